"""Whether an estimate moved towards its ideal, away from it, or stayed within error."""

import math
from dataclasses import dataclass

from scipy.stats import norm


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval; without one it is exact (a count of all rows)."""

    value: float
    low: float | None = None
    high: float | None = None


def ratio_estimate(x: int, n: int, x_ref: int, n_ref: int, confidence: float = 0.95) -> Estimate:
    """Return the ratio of x/n to x_ref/n_ref with limits from its counts alone, half a person added to each.

    Parameters
    ----------
    x, n, x_ref, n_ref : int
        Selected and all people of the group and of its reference; at least one is selected in each.
    confidence : float
        Of the limits.

    References
    ----------
    Katz, Baptista, Azen & Pike (1978), Biometrics 34, 469–474; Walter (1975), Biometrika 62, 371–374 (the halves).

    Examples
    --------
    >>> e = ratio_estimate(30, 100, 60, 100)
    >>> e.value, round(e.low, 2), round(e.high, 2)
    (0.5, 0.36, 0.7)
    """
    value = (x / n) / (x_ref / n_ref)
    spread = 1 / (x + 0.5) - 1 / (n + 0.5) + 1 / (x_ref + 0.5) - 1 / (n_ref + 0.5)
    half = float(norm.isf((1 - confidence) / 2)) * math.sqrt(spread)
    return Estimate(value, value * math.exp(-half), value * math.exp(half))


@dataclass(frozen=True, slots=True)
class Change:
    """The difference of two estimates.

    Parameters
    ----------
    difference, low, high : float
        After less before, with its interval; of ratios: after divided by before.
    p : float
        Two-sided, of no change.
    nearer : bool
        Whether the later estimate lies nearer to the ideal.
    """

    difference: float
    low: float
    high: float
    p: float
    nearer: bool


def change(before: Estimate, after: Estimate, ideal: float, *, ratio: bool, confidence: float = 0.95) -> Change:
    """Return the change between two estimates that are taken as independent.

    Parameters
    ----------
    before, after : Estimate
        With intervals of the same confidence.
    ideal : float
        The best value of the measure: 1 for a ratio of rates, 0 for a difference.
    ratio : bool
        Whether to compare on the log scale, as ratios are.
    confidence : float
        Of the intervals given and of the one returned.

    Notes
    -----
    Standard errors are read from the intervals. Where both audits hold the same rows, the estimates are positively
    correlated as a rule, and the interval returned is too wide; where one was simultaneous, it is wider still.
    Both make "within error" likelier, never less likely.

    Examples
    --------
    >>> c = change(Estimate(0.5, 0.45, 0.55), Estimate(0.8, 0.75, 0.85), 1.0, ratio=False)
    >>> round(c.difference, 3), c.p < 0.001, c.nearer
    (0.3, True, True)
    """
    z = float(norm.isf((1 - confidence) / 2))
    logs = ratio and min(before.value, after.value) > 0
    a, b = (math.log(e.value) if logs else e.value for e in (before, after))
    error = math.hypot(_error(before, z, logs), _error(after, z, logs))
    gap = b - a
    p = float(2 * norm.sf(abs(gap) / error)) if error > 0 else float(gap == 0)
    ends = gap - z * error, gap + z * error
    shown = tuple(map(math.exp, (gap, *ends))) if logs else (gap, *ends)
    target = math.log(ideal) if logs else ideal
    return Change(shown[0], shown[1], shown[2], p, abs(b - target) < abs(a - target))


def _error(estimate: Estimate, z: float, logs: bool) -> float:
    low, high = estimate.low, estimate.high
    if low is None or high is None:
        return 0.0
    if not logs:
        return (high - low) / (2 * z)
    if low <= 0:
        # the lower end has no logarithm: the upper half of the interval stands for both
        return (math.log(high) - math.log(estimate.value)) / z
    return (math.log(high) - math.log(low)) / (2 * z)
