"""Expected gradients by sampling: a background row and a point on the path to it are drawn together."""

from typing import Annotated, Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.attributions import by_player, mean_and_error, note, precise
from xaikit.compute.batches import in_batches
from xaikit.compute.gradients import Scores, gradients, scores_of
from xaikit.compute.tables import player_data
from xaikit.compute.tensors import as_tensor, rows_a_call
from xaikit.core.explanation import Explanation
from xaikit.core.model import Differentiable
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target


def explain(
    model: Differentiable,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players | None,
    rng: np.random.Generator,
    progress: Progress,
    *,
    samples: Annotated[int, Field(ge=4)] = 256,
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
    samples : int
        Draws a row. Each baseline is drawn equally often, and every draw walks a point and its mirror image on the
        path (α and 1 − α).
    tolerance : float
        Converged means: standard error ≤ tolerance × the row's largest absolute value.

    Returns
    -------
    Explanation
        Values (rows, players or features…, outputs); they add up to prediction − base within their errors.

    References
    ----------
    Erion, G. et al. (2021). Improving performance of deep learning models with axiomatic attribution priors and
    expected gradients. Nature Machine Intelligence 3.
    Lundberg, S. M. and Lee, S.-I. (2017). A unified approach to interpreting model predictions. NeurIPS 30.
    """
    rows, behind = as_tensor(inputs, model), as_tensor(background, model)
    scores, draws = scores_of(model, target), -(-samples // 2)
    if draws > len(behind):
        draws = -(-draws // len(behind)) * len(behind)  # whole rounds: no baseline counts more than another
    rounds = [rng.permutation(len(behind)) for _ in range(-(-draws // len(behind)))]
    drawn = np.concatenate(rounds)[:draws]
    starts = behind[torch.as_tensor(drawn, device=rows.device)]
    at = torch.as_tensor((rng.permutation(draws) + rng.random(draws)) / draws, dtype=rows.dtype, device=rows.device)
    at = at.view(-1, *[1] * (rows.ndim - 1))
    size = rows_a_call(model, tuple(rows.shape[1:]))
    means, errors, block = [], [], max(1, size // draws)
    for start in range(0, len(rows), block):
        progress("gradient_shap", start, len(rows))
        path = rows[start : start + block, None] - starts[None]
        slopes = sum(_slopes(scores, starts[None] + a * path, size) for a in (at, 1 - at))
        each = slopes / 2 * path.cpu().numpy()[..., None]
        for values in each.astype(np.float64):
            mean, error = mean_and_error(_by_baseline(by_player(values, players), drawn), axis=0)
            means.append(mean)
            errors.append(np.zeros_like(mean) if error is None else error)
    progress("gradient_shap", len(rows), len(rows))
    with torch.inference_mode():
        whole, nobody = (in_batches(scores, b, size).astype(np.float64) for b in (rows, behind))
    values, stderr = np.stack(means), np.stack(errors)
    fine = precise(values, stderr, tolerance)
    return Explanation(
        values=values,
        base=np.broadcast_to(nobody.mean(axis=0), whole.shape).copy(),
        prediction=whole,
        feature_names=players.names if players is not None else (),
        output_names=target.outputs,
        engine="gradient_shap",
        stderr=stderr,
        converged=fine,
        data=player_data(inputs, players) if players is not None else rows.cpu().numpy(),
        target=target.name,
        budget={"model_rows": 2 * draws * len(rows), "because": f"{draws} baselines drawn a row, two points each"},
        notes=note(fine, f"have standard errors above {tolerance:g} of their largest value", "give more samples"),
    )


def _slopes(scores: Scores, points: torch.Tensor, size: int) -> NDArray[Any]:
    """Return gradients at points (rows, draws, …), with the outputs last."""

    def slopes(batch: torch.Tensor) -> torch.Tensor:
        return gradients(scores, batch).movedim(0, -1)

    found = in_batches(slopes, points.reshape(-1, *points.shape[2:]), size)
    return found.reshape(*points.shape, -1)


def _by_baseline(each: NDArray[np.float64], drawn: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the mean over the draws of each baseline: draws of one baseline are not independent of each other."""
    used, where, times = np.unique(drawn, return_inverse=True, return_counts=True)
    if len(used) == 1:
        return each
    out = np.zeros((len(used), *each.shape[1:]))
    np.add.at(out, where, each)
    return np.asarray(out / times.reshape(-1, *[1] * (each.ndim - 1)))
