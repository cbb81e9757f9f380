"""Differences of means between any two of several groups, with intervals that hold for all of them at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of one group less that of another.

    Parameters
    ----------
    group, reference : str
        Whose mean is greater, and whose less.
    value, low, high : float
        The difference, 0 or more, and its interval.
    n : int
        Values in both.
    """

    group: str
    reference: str
    value: float
    low: float
    high: float
    n: int


def mean_interval(values: Floats, confidence: float) -> tuple[float, float, float]:
    """Return the mean with its Student interval; of a single value, the interval is the whole line.

    Examples
    --------
    >>> [round(v, 3) for v in mean_interval(np.array([1.0, 2.0, 3.0]), 0.95)]
    [2.0, -0.484, 4.484]
    """
    mean = float(values.mean())
    if len(values) < 2:
        return mean, -np.inf, np.inf
    reach = float(t.isf((1 - confidence) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return mean, mean - reach, mean + reach


def differences(groups: Mapping[str, Floats], confidence: float) -> list[Difference]:
    """Return the difference of every two groups of two values or more, the greater mean first.

    The intervals hold for all pairs at once, so that one may look first and then choose which to compare: with the
    group that happens to be best, too. Variances may differ; for two groups it is Welch's interval, for more
    it is widened by Šidák's inequality over all pairs (Tamhane's T2).

    Parameters
    ----------
    groups : mapping of str to float array
        The values of each group; independent.
    confidence : float
        That all intervals hold together.

    References
    ----------
    Tamhane, A. C. (1979). A comparison of procedures for multiple comparisons of means with unequal variances.
    Journal of the American Statistical Association 74, 471–480.
    Welch, B. L. (1947). The generalization of "Student's" problem. Biometrika 34, 28–35.

    Examples
    --------
    >>> differences({"a": np.array([1.0, 2.0, 3.0]), "b": np.array([4.0, 5.0, 6.0])}, 0.95)[0].value
    3.0
    """
    able = {k: np.asarray(v, dtype=np.float64) for k, v in groups.items() if len(v) > 1}
    pairs = list(combinations(able, 2))
    tail = (1 - confidence ** (1 / max(len(pairs), 1))) / 2
    return [_difference(a, b, able, tail) for a, b in pairs]


def _difference(a: str, b: str, groups: Mapping[str, Floats], tail: float) -> Difference:
    if groups[a].mean() < groups[b].mean():
        a, b = b, a
    x, y = groups[a], groups[b]
    parts = np.array([v.var(ddof=1) / len(v) for v in (x, y)])
    error, value = float(np.sqrt(parts.sum())), float(x.mean() - y.mean())
    if not error:
        return Difference(a, b, value, value, value, len(x) + len(y))
    degrees = float(parts.sum() ** 2 / (parts**2 / [len(x) - 1, len(y) - 1]).sum())
    reach = float(t.isf(tail, degrees)) * error
    return Difference(a, b, value, value - reach, value + reach, len(x) + len(y))
