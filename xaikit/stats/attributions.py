"""From the attribution values of many rows to one number a feature, with its doubt and its ties."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        95 % t interval over rows; `low` is never negative.
    first, last : int
        The best and worst rank that the intervals leave open, from 1.
    """

    feature: int
    value: float
    low: float
    high: float
    first: int
    last: int


def importance(values: NDArray[np.float64]) -> tuple[Importance, ...]:
    """Return the mean absolute attribution of every feature, the largest first.

    Parameters
    ----------
    values : float array, shape (rows, features)
        Attribution values of one output.

    Returns
    -------
    tuple of Importance
        Ties in order of the features. The interval covers the choice of rows; the standard error of each value is in
        the spread between rows already, since it is independent from row to row given the coalitions.

    References
    ----------
    Lundberg, S. M. et al. (2020). From local explanations to global understanding with explainable AI for trees.
    Nature Machine Intelligence, 2, 56–67.

    Examples
    --------
    >>> [(i.feature, i.value) for i in importance(np.array([[1.0, -3.0], [1.0, 3.0]]))]
    [(1, 3.0), (0, 1.0)]
    """
    rows = len(values)
    size = np.abs(values)
    mean = size.mean(axis=0)
    error = size.std(axis=0, ddof=1) / np.sqrt(rows) if rows > 1 else np.full_like(mean, np.nan)
    half = quantile(float(max(rows - 1, 1))) * np.nan_to_num(error)
    low, high = np.maximum(mean - half, 0.0), mean + half
    order = sorted(range(len(mean)), key=lambda j: (-mean[j], j))
    return tuple(
        Importance(
            j,
            float(mean[j]),
            float(low[j]),
            float(high[j]),
            1 + int((low > high[j]).sum()),
            len(mean) - int((high < low[j]).sum()),
        )
        for j in order
    )
