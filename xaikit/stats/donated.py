"""Means over people who were each given the values of several donors: the error of both."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from xaikit.stats.intervals import wilson
from xaikit.stats.table import Floats


def error_of(values: Floats, donors: NDArray[np.intp]) -> float:
    """Return the standard error of the mean of `values`, over people and over donors.

    Parameters
    ----------
    values : float array, shape (n, k)
        What each person gave with each donor's value; of one donor, what donors differ by cannot be told.
    donors : int array, shape (n, k)
        Who the donors are; one may serve many.

    References
    ----------
    Abadie, A. and Imbens, G. W. (2006). Large sample properties of matching estimators for average treatment effects.
    Econometrica 74, 235–267 (a donor who serves many counts as often).
    """
    n, k = values.shape
    means = values.mean(axis=1)
    people = float(means.var(ddof=1)) / n if n > 1 else 0.0
    if k < 2:
        return float(np.sqrt(people))
    _, who = np.unique(donors, return_inverse=True)
    served = np.bincount(who.ravel(), weights=(values - means[:, None]).ravel()) / (n * k)
    return float(np.sqrt(people + k / (k - 1) * float((served**2).sum())))


def share_limits(share: float, error: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's limits of a share with a given error: for as many people as would have that error.

    A share of 0 or 1 has no error of its own; it is limited as one of `n` people.

    Examples
    --------
    >>> [round(v, 3) for v in share_limits(0.5, 0.05, 400)], [round(v, 3) for v in share_limits(0.0, 0.0, 100)]
    ([0.404, 0.596], [0.0, 0.037])
    """
    people = share * (1 - share) / error**2 if error > 0 and 0 < share < 1 else float(n)
    low, high = (float(v) for v in wilson(share * people, people, confidence))
    return min(low, share), max(high, share)


def mean_limits(mean: float, error: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Student's limits of a mean over `n` people."""
    reach = float(stats.t.isf((1 - confidence) / 2, max(n - 1, 1))) * error
    return mean - reach, mean + reach
