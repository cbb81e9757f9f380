"""Shapley values of any black box: what each feature added to the output, with a standard error.

A small game is enumerated, and exact. A larger one is estimated from complementary pairs of coalitions by weighted
least squares under the efficiency constraint; one set of coalitions serves all rows, and one matrix product solves
them. Every value carries the error from drawing coalitions *and* the error from drawing the background.
"""

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.masking import Masked, masked
from xaikit.compute.tables import player_data
from xaikit.core.errors import SpecError
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target
from xaikit.stats.coalitions import paired_design, total_pairs
from xaikit.stats.shapley_sampling import Estimate, Game, Looks, doubling, estimate, never_read
from xaikit.stats.shapley_values import minimum_pairs

Floats = NDArray[np.float64]
BLOCK = 2**23  # numbers held at once: 64 MB


def explain(
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players,
    rng: np.random.Generator,
    progress: Progress,
    *,
    budget: Annotated[int, Field(ge=2)] | Literal["auto"] = "auto",
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.05,
) -> Explanation:
    """Explain rows by Shapley values of the marginal game: features outside a coalition come from the background.

    Parameters
    ----------
    model : Model
        Any black box.
    inputs : array, tensor or table, shape (rows, columns)
        What to explain.
    background : like `inputs`, shape (background, columns)
        What an absent feature is drawn from. Several rows are a sample of a population, and their sampling error is
        part of `stderr`; a single row is the baseline itself, and has none.
    target : Target
        The scalars to explain.
    players : Players
        Features, and one-hot groups that are one feature.
    rng : numpy.random.Generator
        Draws the coalitions.
    progress : Progress
        Told of rows done.
    budget : int or "auto"
        Coalitions a row, each evaluated against the whole background. 2^players or more: exact. "auto" doubles until
        the tolerance is met, and stops at max(4096, 40 × players).
    tolerance : float
        Converged means: standard error from sampling ≤ tolerance × the row's largest absolute value.

    Returns
    -------
    Explanation
        Values (rows, players, outputs); `stderr` is the total, `detail` holds its parts `stderr_sampling` and
        `stderr_background`.

    Raises
    ------
    SpecError
        When the budget is too small for this number of players.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games.
    Lundberg, S. M. and Lee, S.-I. (2017). A unified approach to interpreting model predictions. NeurIPS 30.
    Covert, I. and Lee, S.-I. (2021). Improving KernelSHAP. AISTATS.
    Musco, C. and Witter, R. T. (2025). Provably accurate Shapley value estimation via leverage score sampling. ICLR.
    """
    game = masked(model, inputs, background, target, players)
    whole, nobody = game.whole(), game.nobody()
    unread = never_read(game.values, len(whole), len(players), rng)
    ends = _ends(int((~unread).sum()), budget)
    found = _by_blocks(game, whole, nobody, ~unread, ends, tolerance, rng, progress)
    sampling, behind = np.sqrt(found.sampling), np.sqrt(found.background)
    because = _because(int((~unread).sum()), ends, budget)
    return Explanation(
        values=found.values,
        base=np.broadcast_to(nobody.mean(axis=0), whole.shape).copy(),
        prediction=whole,
        feature_names=players.names,
        output_names=target.outputs,
        engine="shapley",
        stderr=np.hypot(sampling, behind),
        converged=found.converged,
        data=player_data(inputs, players),
        target=target.name,
        budget={"model_rows": game.spent, "coalitions": int(found.coalitions.max(initial=0)), "because": because},
        notes=_notes(found, players, unread, tolerance),
        detail={
            "stderr_sampling": sampling,
            "stderr_background": behind,
            "stderr_base": _spread(nobody),
            "coalitions": found.coalitions,
        },
    )


def _ends(players: int, budget: int | str) -> tuple[int, ...]:
    """Return the pairs at which to look."""
    if players < 2:
        return ()
    every = total_pairs(players)
    if budget == "auto":
        return doubling(max(64, 3 * players), min(every, max(2048, 20 * players)))
    pairs = min(every, int(budget) // 2 if int(budget) < 2**players else every)
    least = minimum_pairs(players)
    if pairs < least:
        raise SpecError("shapley.budget", str(budget), f"at least {2 * least} coalitions for {players} features")
    return (pairs,)


def _by_blocks(
    game: Masked,
    whole: Floats,
    nobody: Floats,
    read: NDArray[np.bool_],
    ends: tuple[int, ...],
    tolerance: float,
    rng: np.random.Generator,
    progress: Progress,
) -> Estimate:
    """Estimate block by block of rows, so that memory does not grow with them."""
    rows, outputs, players = len(whole), whole.shape[1], int(read.sum())
    if not ends:
        return _trivial(whole - nobody.mean(axis=0), whole[:, :, None] - nobody.T, read)
    looks = Looks.at(paired_design(players, ends[-1], rng), ends)
    step = max(1, BLOCK // (2 * ends[-1] * outputs * len(nobody)))
    parts = []
    for start in range(0, rows, step):
        progress("shapley", start, rows)
        block = np.arange(start, min(start + step, rows))
        parts.append(estimate(_among(game, block, read), looks, whole[block], nobody, tolerance))
    progress("shapley", rows, rows)
    return _joined(parts, read)


def _among(game: Masked, block: NDArray[np.intp], read: NDArray[np.bool_]) -> Game:
    """Return the game of some rows, played by the features that are read."""

    def play(rows: NDArray[np.intp], masks: NDArray[np.bool_]) -> Floats:
        whole = np.zeros((len(masks), len(read)), dtype=bool)
        whole[:, read] = masks
        return game.values(block[rows], whole)

    return play


def _trivial(total: Floats, each: Floats, read: NDArray[np.bool_]) -> Estimate:
    """Return the values where at most one feature is read: it gets all, exactly."""
    rows, outputs = total.shape
    values, behind = (np.zeros((rows, len(read), outputs)) for _ in range(2))
    values[:, read] = total[:, None]
    if each.shape[2] > 1:
        behind[:, read] = (each.var(axis=2, ddof=1) / each.shape[2])[:, None]
    precise = np.ones((rows, outputs), dtype=bool)
    return Estimate(values, np.zeros_like(values), behind, np.zeros(rows, dtype=np.intp), precise)


def _joined(parts: list[Estimate], read: NDArray[np.bool_]) -> Estimate:
    """Return the blocks as one, with 0 for the features that are never read."""

    def full(name: str) -> Floats:
        a = np.concatenate([getattr(p, name) for p in parts])
        out = np.zeros((len(a), len(read), a.shape[2]))
        out[:, read] = a
        return out

    spent = np.concatenate([p.coalitions for p in parts])
    precise = np.concatenate([p.converged for p in parts])
    return Estimate(full("values"), full("sampling"), full("background"), spent, precise)


def _spread(nobody: Floats) -> Floats:
    """Return the standard error of the base, shape (outputs,)."""
    if len(nobody) == 1:
        return np.zeros(nobody.shape[1])
    return np.asarray(nobody.std(axis=0, ddof=1) / np.sqrt(len(nobody)))


def _because(players: int, ends: tuple[int, ...], budget: int | str) -> str:
    if not ends:
        return "at most one feature is read: its value is the whole difference"
    if ends == (total_pairs(players),):
        return f"2^{players} coalitions are within the budget: enumerated, exact"
    how = (
        f"up to {2 * ends[-1]} coalitions, doubled until precise"
        if budget == "auto"
        else f"{2 * ends[-1]} coalitions"
    )
    return f"2^{players} coalitions are too many: paired leverage sampling, {how}"


def _notes(found: Estimate, players: Players, unread: NDArray[np.bool_], tolerance: float) -> tuple[str, ...]:
    notes = []
    open_rows = int((~found.converged.all(axis=1)).sum())
    if open_rows:
        notes.append(
            f"NOT CONVERGED: {open_rows} of {len(found.values)} rows have a sampling error above {tolerance:g} of "
            "their largest value; give a larger budget"
        )
    if unread.any():
        named = ", ".join(np.array(players.names)[unread])
        notes.append(f"never read by the model in any probe, so worth 0: {named}")
    return tuple(notes)
