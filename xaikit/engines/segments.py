"""Which parts of a picture or a series moved the score? Shapley values or occlusion of its cells, for any callable.

For lists of pictures (of PIL, or arrays of differing size) and of series, and any model that scores them: each row is
cut into a grid, or into steps of time, and a coalition is the row with its other cells covered.
"""

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.budgets import Budget
from xaikit.compute.segments import Baseline, Kind, SegmentGame, pictures
from xaikit.core.errors import DataError, SpecError
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.progress import Progress
from xaikit.core.target import Target
from xaikit.stats.coalitions import total_pairs
from xaikit.stats.shapley_sampling import Looks, doubling, estimate
from xaikit.stats.shapley_values import minimum_pairs, regular_design

Floats = NDArray[np.float64]
CELLS = {1: 12, 2: 6}  # of a series, and on each side of a picture
COVERED = "A picture with cells covered is not one that anybody took: values show what the model used."


def explain(
    model: Model,
    inputs: Any,
    target: Target,
    rng: np.random.Generator,
    progress: Progress,
    *,
    kind: Kind = "auto",
    cells: Annotated[int, Field(ge=1, le=64)] | Literal["auto"] = "auto",
    baseline: Baseline = "blur",
    method: Literal["shapley", "occlusion"] = "shapley",
    budget: Budget = "auto",
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.1,
) -> Explanation:
    """Explain pictures or series by the Shapley values of their cells.

    Parameters
    ----------
    model : Model
        Scores a list of pictures or series; one array of them, where such was given.
    inputs : list or array
        Pictures of PIL; arrays (height, width), (height, width, channels) or (channels, height, width); series
        (time,) or (time, channels). Those of a list may differ in size.
    target : Target
        The scalars to explain.
    rng : numpy.random.Generator
        Draws coalitions where there are too many to try all.
    progress : Progress
        Told after every row.
    kind : {"auto", "picture", "series"}
        "auto" takes rows of one axis for series, and all others for pictures.
    cells : int or "auto"
        Cells on each side of a picture (6), or steps of a series (12), or fewer in small rows: as many for every row.
    baseline : {"blur", "mean"}, float or list of float
        What covers a cell: the same place out of focus, the mean colour of the row, or the number or colour given.
    method : {"shapley", "occlusion"}
        Shapley values, or what is lost when one cell alone is covered.
    budget : int or "auto"
        Pictures asked for each that is explained. From 2^cells: exact. "auto" doubles until the tolerance is met, and
        stops at max(2048, 40 × cells).
    tolerance : float
        Converged means: standard error ≤ tolerance × the row's largest absolute value.

    Returns
    -------
    Explanation
        Values (rows, cells down, cells across, outputs), or (rows, steps, outputs); `base` is the score of the row
        all covered.

    Raises
    ------
    DataError
        For rows that are neither pictures nor series, or not of one kind, or of too few places for the cells.
    SpecError
        When the budget is too small for the cells.

    References
    ----------
    Lundberg, S. M. and Lee, S.-I. (2017). A unified approach to interpreting model predictions. NeurIPS 30.
    Ribeiro, M. T., Singh, S. and Guestrin, C. (2016). "Why should I trust you?" KDD. (pictures by their segments)
    Zeiler, M. D. and Fergus, R. (2014). Visualizing and understanding convolutional networks. ECCV. (occlusion)
    Fong, R. and Vedaldi, A. (2017). Interpretable explanations of black boxes by meaningful perturbation. ICCV.
    """
    rows = pictures(inputs, kind, baseline, _asked_for(cells, 2))
    cut = {len(r.axes) for r in rows}
    if len(cut) > 1:
        raise DataError("inputs", "pictures and series together", "rows of one kind, or kind=")
    small = min((r.pixels.shape[a], i) for i, r in enumerate(rows) for a in r.axes)
    side = min(_asked_for(cells, cut.pop()), small[0] if cells == "auto" else 64)
    if small[0] < side:
        expected = f"at least {side} places on each side, or fewer cells"
        raise DataError("inputs", f"{small[0]} places on a side of row {small[1] + 1}", expected)
    grid = (side,) * len(rows[0].axes)
    n, looks = int(np.prod(grid)), None
    if method == "shapley" and n > 1:
        looks = _looks(n, budget, rng)
    games = [SegmentGame(model, target, r, grid, isinstance(inputs, list)) for r in rows]
    found = []
    for i, game in enumerate(games):
        found.append(_lost(game, n) if looks is None else _shared(game, n, looks, tolerance))
        progress("segments", i + 1, len(games))
    values, error, base, whole, fine = (np.stack(parts) for parts in zip(*found, strict=True))
    shape = (len(rows), *grid, len(target.outputs))
    spent = sum(g.asked for g in games)
    return Explanation(
        values=values.reshape(shape),
        base=base,
        prediction=whole,
        feature_names=tuple(f"step {k + 1}" for k in range(n)) if len(grid) == 1 else (),
        output_names=target.outputs,
        engine="segments",
        stderr=error.reshape(shape) if looks is not None else None,
        converged=fine if looks is not None else None,
        target=target.name,
        budget={
            "model_rows": spent,
            "because": f"{n} cells, {spent // len(rows)} pictures asked a row",
        },
        background={"covered_by": baseline if isinstance(baseline, str) else str(baseline)},
        notes=(COVERED, *_notes(fine, method)),
    )


def _asked_for(cells: int | str, axes: int) -> int:
    return CELLS[axes] if cells == "auto" else int(cells)


def _looks(n: int, budget: int | str, rng: np.random.Generator) -> Looks:
    every = total_pairs(n)
    last = min(every, max(1024, 20 * n) if budget == "auto" else int(budget) // 2)
    if last < minimum_pairs(n):
        raise SpecError("segments.budget", str(budget), f"at least {2 * minimum_pairs(n)} for {n} cells")
    ends = doubling(max(64, 3 * n), last) if budget == "auto" and last < every else (last,)
    return Looks.at(regular_design(n, ends, rng), ends)


def _shared(game: SegmentGame, n: int, looks: Looks, tolerance: float) -> tuple[Floats, ...]:
    """Return values and standard errors (cells, outputs), base, prediction, and what converged (outputs,)."""
    base, whole = game.scores(np.array([np.zeros(n, dtype=bool), np.ones(n, dtype=bool)]))
    seen = [base, whole]

    def play(_: object, masks: NDArray[np.bool_]) -> Floats:
        made = game.scores(masks)
        seen.extend([made.min(axis=0), made.max(axis=0)])
        reach[:] = np.ptp(seen, axis=0)
        return made[None, :, None]

    reach = np.abs(whole - base)
    found = estimate(play, looks, whole[None], base[None], tolerance, reach=reach)
    return found.values[0], np.sqrt(found.sampling[0]), base, whole, found.converged[0]


def _lost(game: SegmentGame, n: int) -> tuple[Floats, ...]:
    """Return the same of occlusion, whose errors are 0."""
    scores = game.scores(np.concatenate([np.zeros((1, n)), np.ones((1, n)), 1 - np.eye(n)]).astype(bool))
    values = scores[1] - scores[2:]
    return values, np.zeros_like(values), scores[0], scores[1], np.ones(len(scores[0]), dtype=bool)


def _notes(fine: NDArray[np.bool_], method: str) -> tuple[str, ...]:
    if method == "occlusion":
        return ("differences, not shares: the values do not add up to prediction − base",)
    few = int((~fine.all(axis=1)).sum())
    note = f"NOT CONVERGED: {few} of {len(fine)} rows have errors above the tolerance; give a larger budget"
    return (note,) if few else ()
