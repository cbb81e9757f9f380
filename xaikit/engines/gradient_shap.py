"""Expected gradients by sampling: a background row and a point on the path to it are drawn together."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.attributions import by_player, note, precise
from xaikit.compute.batches import as_array, in_batches
from xaikit.compute.budgets import Budget, Samples
from xaikit.compute.budgets import draws as draws_of
from xaikit.compute.gradients import Scores, gradients, scores_of
from xaikit.compute.tables import player_data
from xaikit.compute.tensors import as_tensor, rows_a_call
from xaikit.core.explanation import Explanation
from xaikit.core.model import Differentiable
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target
from xaikit.stats.studentised import mean_and_error

Floats = NDArray[np.float64]
ROUNDS = 8  # of points, where there is one baseline


def explain(
    model: Differentiable,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players | None,
    rng: np.random.Generator,
    progress: Progress,
    *,
    budget: Budget = "auto",
    samples: Samples = None,
    tolerance: Annotated[float, Field(gt=0)] = 0.1,
) -> Explanation:
    """Explain rows by expected gradients.

    Parameters
    ----------
    model : Differentiable
        A net.
    inputs, background : array or tensor, shape (rows, …)
        What to explain, and the baselines.
    target : Target
        The scalars to explain.
    players : Players or None
        Columns that are one feature are summed.
    rng : numpy.random.Generator
        Draws baselines and points.
    progress : Progress
        Told of rows done.
    budget : int or "auto"
        Model evaluations a row: points on paths, rounded up so that each baseline is drawn equally often; every draw
        takes a point and its mirror image (α and 1 − α). "auto" takes 256.
    samples : int, optional
        The older word for the same.
    tolerance : float
        Converged means: standard error ≤ tolerance × the row's largest absolute value.

    Returns
    -------
    Explanation
        Values (rows, players or features…, outputs); they add up to prediction − base within their errors. `stderr`
        is that of the draw of baselines and points; the draws of one baseline count as one observation. Intervals are
        Student's t, widened where the draws are skewed (`xaikit.stats.studentised`): simulated coverage of nominal
        95 % on three nets .947–.961 at 64 samples, .946–.954 at 128, .945–.953 at 400; of one baseline .950–.954.

    References
    ----------
    Erion, G. et al. (2021). Improving performance of deep learning models with axiomatic attribution priors and
    expected gradients. Nature Machine Intelligence 3.
    Lundberg, S. M. and Lee, S.-I. (2017). A unified approach to interpreting model predictions. NeurIPS 30.
    """
    rows, behind = as_tensor(inputs, model), as_tensor(background, model)
    points, said = draws_of("engine gradient_shap", budget, samples, 256)
    scores, drawn = scores_of(model, target), _drawn(len(behind), -(-points // 2), rng)
    draws, starts = len(drawn.at), behind[torch.as_tensor(drawn.baseline, device=rows.device)]
    at = torch.as_tensor(drawn.at, dtype=rows.dtype, device=rows.device).view(-1, *[1] * (rows.ndim - 1))
    size = rows_a_call(model, tuple(rows.shape[1:]))
    found, block = [], max(1, size // draws)
    for start in range(0, len(rows), block):
        progress("gradient_shap", start, len(rows))
        path = rows[start : start + block, None] - starts[None]
        slopes = sum(_slopes(scores, starts[None] + a * path, size) for a in (at, 1 - at))
        each = slopes / 2 * as_array(path)[..., None]
        found.append(_estimate(_by_player(each.astype(np.float64), players), drawn.clusters))
    progress("gradient_shap", len(rows), len(rows))
    with torch.inference_mode():
        whole, nobody = (in_batches(scores, b, size).astype(np.float64) for b in (rows, behind))
    values, stderr, degrees = (np.concatenate(part) for part in zip(*found, strict=True))
    fine = precise(values, stderr, tolerance)
    return Explanation(
        values=values,
        base=np.broadcast_to(nobody.mean(axis=0), whole.shape).copy(),
        prediction=whole,
        feature_names=players.names if players is not None else (),
        output_names=target.outputs,
        engine="gradient_shap",
        stderr=stderr,
        degrees=degrees,
        converged=fine,
        data=player_data(inputs, players) if players is not None else as_array(rows),
        target=target.name,
        budget={"model_rows": 2 * draws * len(rows), "because": f"{draws} baselines drawn a row, two points each"},
        notes=(
            *note(fine, f"have standard errors above {tolerance:g} of their largest value", "give a larger budget"),
            *said,
        ),
    )


def _slopes(scores: Scores, points: torch.Tensor, size: int) -> NDArray[Any]:
    """Return gradients at points (rows, draws, …), with the outputs last."""

    def slopes(batch: torch.Tensor) -> torch.Tensor:
        return gradients(scores, batch).movedim(0, -1)

    found = in_batches(slopes, points.reshape(-1, *points.shape[2:]), size)
    return found.reshape(*points.shape, -1)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Each draw's baseline and point on the path, and how many draws in a row depend on each other.

    `clusters` clusters of equally many draws, one after the other.
    """

    baseline: NDArray[np.intp]
    at: Floats
    clusters: int


def _drawn(baselines: int, draws: int, rng: np.random.Generator) -> _Drawn:
    if baselines == 1:  # no spread between baselines: the points come in independent rounds, whose means have one
        rounds = min(ROUNDS, draws)
        each = -(-draws // rounds)
        at = np.concatenate([_stratified(each, rng) for _ in range(rounds)])
        return _Drawn(np.zeros(len(at), dtype=np.intp), at, rounds)
    if draws > baselines:
        draws = -(-draws // baselines) * baselines  # whole rounds: no baseline counts more than another
    dealt = np.concatenate([rng.permutation(baselines) for _ in range(-(-draws // baselines))])[:draws]
    together = np.argsort(dealt, kind="stable")
    return _Drawn(dealt[together], _stratified(draws, rng)[together], min(draws, baselines))


def _stratified(count: int, rng: np.random.Generator) -> Floats:
    """Return points in (0, 1), one in each of `count` equal parts, in random order."""
    return np.asarray((rng.permutation(count) + rng.random(count)) / count)


def _by_player(each: Floats, players: Players | None) -> Floats:
    """Return draws of several rows, (rows, draws, …), by player."""
    flat = by_player(each.reshape(-1, *each.shape[2:]), players)
    return flat.reshape(*each.shape[:2], *flat.shape[1:])


def _estimate(each: Floats, clusters: int) -> tuple[Floats, Floats, Floats]:
    """Return the mean over clusters of draws, its standard error and its degrees of freedom, row by row."""
    if each.shape[1] > clusters:
        each = each.reshape(len(each), clusters, -1, *each.shape[2:]).mean(axis=2)
    mean, error, degrees = mean_and_error(each, axis=1)
    assert error is not None  # there are two clusters at least
    assert degrees is not None
    return mean, error, degrees
