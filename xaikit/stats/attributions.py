"""From the attribution values of many rows to one number a feature, with its doubt and its ties."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xaikit.stats.agreement import tied_ranks
from xaikit.stats.studentised import quantile


@dataclass(frozen=True, slots=True)
class Importance:
    """How much a feature moves the output, on average over the explained rows.

    Parameters
    ----------
    feature : int
        Its place.
    value : float
        Mean of the absolute attribution values, in the unit of the output.
    low, high : float
        95 % t interval; `low` is never negative.
    first, last : int
        The best and worst rank that the errors leave open at 95 % over all pairs, from 1.
    """

    feature: int
    value: float
    low: float
    high: float
    first: int
    last: int


def importance(values: NDArray[np.float64], stderr: NDArray[np.float64] | None = None) -> tuple[Importance, ...]:
    """Return the mean absolute attribution of every feature, the largest first.

    Parameters
    ----------
    values : float array, shape (rows, features)
        Attribution values of one output.
    stderr : float array, shape (rows, features), optional
        Their standard errors.

    Returns
    -------
    tuple of Importance
        Ties in order of the features. The interval covers the draw of the rows, and the errors of the values: rows
        share coalitions and background, so their errors go together and are averaged, not pooled.

    References
    ----------
    Lundberg, S. M. et al. (2020). From local explanations to global understanding with explainable AI for trees.
    Nature Machine Intelligence, 2, 56–67.
    Mogstad, M. et al. (2024). Inference for ranks with applications to mobility across neighbourhoods and academic
    achievement across countries. Review of Economic Studies 91(1).

    Examples
    --------
    >>> [(i.feature, i.value) for i in importance(np.array([[1.0, -3.0], [1.0, 3.0]]))]
    [(1, 3.0), (0, 1.0)]
    """
    rows = len(values)
    size = np.abs(values)
    mean = size.mean(axis=0)
    spread = size.std(axis=0, ddof=1) / np.sqrt(rows) if rows > 1 else np.zeros_like(mean)
    if stderr is not None:
        spread = np.hypot(spread, stderr.mean(axis=0))
    degrees = float(max(rows - 1, 1))
    first, last = tied_ranks(mean, spread, degrees=degrees)
    half = quantile(degrees) * spread
    low, high = np.maximum(mean - half, 0.0), mean + half
    return tuple(
        Importance(j, float(mean[j]), float(low[j]), float(high[j]), int(first[j]), int(last[j]))
        for j in sorted(range(len(mean)), key=lambda j: (-mean[j], j))
    )
