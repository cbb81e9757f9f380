"""Shapley values of any black box: what each feature added to the output, with a standard error.

A small game is enumerated, and exact. A larger one is estimated from complementary pairs of coalitions by weighted
least squares under the efficiency constraint; one set of coalitions serves all rows, and one matrix product solves
them. Every value carries the error from drawing coalitions *and* the error from drawing the background.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.masking import Masked, masked
from xaikit.compute.tables import player_data
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target
from xaikit.stats.permutations import Walks, balanced, estimate_by_orders, orders
from xaikit.stats.shapley_plan import Plan, enumerable, planned
from xaikit.stats.shapley_sampling import Estimate, Looks, estimate
from xaikit.stats.shapley_values import regular_design
from xaikit.stats.studentised import clusters, joined_degrees
from xaikit.stats.unread import Unread, unread

Floats = NDArray[np.float64]
KNOWN = {"standard": 0, "auto": 256, "high": 4096}  # pairs that the help learns from, at the cost of their cube
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
    method: Literal["auto", "regression", "permutation"] = "auto",
    partition: Mapping[str, Sequence[str]] | None = None,
    accuracy: Literal["auto", "high", "standard"] = "auto",
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
        Coalitions a row, each evaluated against the whole background; permutations spend as many model rows. From
        2^players: exact. "auto" doubles until the tolerance is met, and stops at max(4096, 40 × players) or
        at half a million model rows a row.
    tolerance : float
        Converged means: standard error from sampling ≤ tolerance × the row's largest absolute value, of features that
        take part. One that moved the output in none of up to 1000 probes of every row does not: it is given 0 with
        the error that these probes leave open.
    method : {"auto", "regression", "permutation"}
        Weighted least squares on paired coalitions, or antithetic permutations that each meet one background row.
        "auto" enumerates where the budget allows, takes permutations where there are 20 background rows or more (the
        same background row cancels in their differences, so they need fewer model rows), else regression;
        `budget["because"]` says which and why.
    partition : mapping of str to sequence of str, optional
        Unions of features that join together: the values are then Owen values, by permutations.
    accuracy : {"auto", "high", "standard"}
        "auto" helps the regression by a Gaussian process over odd interactions that learns from the first 256 pairs
        of coalitions, from 20 coalitions a feature on: the same evaluations give 1.2 to 1.4 times less error where
        interactions are smooth, for .03 s a call. "high" lets it learn from 4096 pairs: 2.2 times less error at 4096
        evaluations, for seconds. "standard" goes without. The errors of all three are proven (coverage).

    Returns
    -------
    Explanation
        Values (rows, players, outputs); `stderr` is the total, `detail` holds its parts `stderr_sampling` and
        `stderr_background`. `degrees` count the background rows, so that intervals from few of them are wide enough.

    Raises
    ------
    SpecError
        When the budget is too small for this number of players, or the partition names no feature.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games.
    Lundberg, S. M. and Lee, S.-I. (2017). A unified approach to interpreting model predictions. NeurIPS 30.
    Covert, I. and Lee, S.-I. (2021). Improving KernelSHAP. AISTATS.
    Musco, C. and Witter, R. T. (2025). Provably accurate Shapley value estimation via leverage score sampling. ICLR.
    Mitchell, R. et al. (2022). Sampling permutations for Shapley value estimation. JMLR 23.
    Owen, G. (1977). Values of games with a priori unions.
    """
    game = masked(model, inputs, background, target, players)
    whole, nobody = game.whole(), game.nobody()
    none = np.zeros(len(players), dtype=bool)
    idle = Unread(none, 0, np.zeros(whole.shape[1]), none)
    if partition or method == "permutation" or not enumerable(len(players), budget):
        most = None if budget == "auto" else int(budget)
        idle = unread(game.values, whole, nobody, len(players), rng, most=most)
    plan = planned(players, ~idle.players, len(nobody), budget, method, partition)
    plan = replace(plan, known=KNOWN[accuracy])
    found = _by_blocks(game, whole, nobody, plan, tolerance, rng, progress, idle)
    found.sampling[:, idle.players] = idle.variance
    sampling, behind = np.sqrt(found.sampling), np.sqrt(found.background)
    return Explanation(
        values=found.values,
        base=np.broadcast_to(nobody.mean(axis=0), whole.shape).copy(),
        prediction=whole,
        feature_names=players.names,
        output_names=target.outputs,
        engine="shapley",
        stderr=np.hypot(sampling, behind),
        degrees=_degrees(found, plan, len(nobody)),
        converged=found.converged,
        data=player_data(inputs, players),
        target=target.name,
        budget={
            "model_rows": game.spent,
            "coalitions": int(found.coalitions.max(initial=0)),
            "because": plan.because,
        },
        notes=_notes(found, players, idle, tolerance),
        detail={
            "stderr_sampling": sampling,
            "stderr_background": behind,
            "stderr_base": _spread(nobody),
            "coalitions": found.coalitions,
        },
    )


def _by_blocks(
    game: Masked,
    whole: Floats,
    nobody: Floats,
    plan: Plan,
    tolerance: float,
    rng: np.random.Generator,
    progress: Progress,
    idle: Unread,
) -> Estimate:
    """Estimate block by block of rows, so that memory does not grow with them."""
    rows, outputs, count = len(whole), whole.shape[1], int(plan.read.sum())
    if plan.way == "trivial":
        return _trivial(whole - nobody.mean(axis=0), whole[:, :, None] - nobody.T, plan.read)
    solve = _solver(game, plan, nobody, tolerance, rng, idle)
    held = 2 * plan.ends[-1] if plan.way == "regression" else 4 * count
    step = max(1, BLOCK // (held * outputs * len(nobody)))
    parts = []
    for start in range(0, rows, step):
        progress("shapley", start, rows)
        block = np.arange(start, min(start + step, rows))
        parts.append(solve(block, whole[block]))
    progress("shapley", rows, rows)
    return _joined(parts, plan.read)


def _solver(
    game: Masked, plan: Plan, nobody: Floats, tolerance: float, rng: np.random.Generator, idle: Unread
) -> Callable[[NDArray[np.intp], Floats], Estimate]:
    """Return what estimates a block; the coalitions or orders are drawn once, for all blocks."""
    count = int(plan.read.sum())

    def full(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
        everyone = np.zeros((len(masks), len(plan.read)), dtype=bool)
        everyone[:, plan.read] = masks
        return everyone

    if plan.way == "regression":
        looks = Looks.at(regular_design(count, plan.ends, rng), plan.ends, plan.known)
        return lambda block, whole: estimate(
            lambda rows, masks: game.values(block[rows], full(masks)), looks, whole, nobody, tolerance,
            reach=idle.reach, rare=idle.rare[plan.read],
        )  # fmt: skip
    order = orders(count, plan.ends[-1], rng, plan.blocks)
    walks = Walks(order, balanced(len(order), len(nobody), rng), plan.ends)
    return lambda block, whole: estimate_by_orders(
        lambda rows, masks, behind: game.values(block[rows], full(masks), behind)[:, :, 0],
        walks, whole, nobody, tolerance, reach=idle.reach,
    )  # fmt: skip


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


def _degrees(found: Estimate, plan: Plan, background: int) -> Floats | None:
    """Return the degrees of freedom of the errors: background rows, or orders before one of them, are few."""
    if plan.way != "permutation":
        return joined_degrees(found.sampling, found.background, background)
    drawn = found.coalitions // (2 * max(1, int(plan.read.sum()) - 1))
    out = np.full_like(found.values, np.inf)
    out[:, plan.read] = np.array([max(1, clusters(n, background) - 1) for n in drawn.tolist()])[:, None, None]
    return out


def _spread(nobody: Floats) -> Floats:
    """Return the standard error of the base, shape (outputs,)."""
    if len(nobody) == 1:
        return np.zeros(nobody.shape[1])
    return np.asarray(nobody.std(axis=0, ddof=1) / np.sqrt(len(nobody)))


def _notes(found: Estimate, players: Players, idle: Unread, tolerance: float) -> tuple[str, ...]:
    notes = []
    open_rows = int((~found.converged.all(axis=1)).sum())
    if open_rows:
        notes.append(
            f"NOT CONVERGED: {open_rows} of {len(found.values)} rows have a sampling error above {tolerance:g} of "
            "their largest value; give a larger budget"
        )
    if idle.players.any():
        named = ", ".join(np.array(players.names)[idle.players])
        limit = idle.limit.max()
        notes.append(
            f"moved the output in none of {idle.probes} probes of each row: 0, or at most {limit:.2g} either way "
            f"(95 %) if read rarely, in steps no larger than the answers seen were apart: {named}"
        )
    return tuple(notes)
