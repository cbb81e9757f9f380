"""What a sample could have shown: the smallest disparity that would have been detected."""

import numpy as np
from scipy.special import ndtr

from xaikit.stats.table import Floats


def power(rate: float, rate_ref: float, n: float, n_ref: float, critical: float) -> float:
    """Return the chance that z exceeds `critical` when the true rates are these (normal approximation).

    References
    ----------
    Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, § 4.
    """
    pooled = (rate * n + rate_ref * n_ref) / (n + n_ref)
    null = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_ref))
    own = np.sqrt(rate * (1 - rate) / n + rate_ref * (1 - rate_ref) / n_ref)
    gap = rate_ref - rate
    if own == 0:
        return float(gap > critical * null)
    return float(ndtr((gap - critical * null) / own))


def minimum_detectable_ratio(
    rate_ref: float, n: float, n_ref: float, critical: float, wanted: float = 0.8
) -> float | None:
    """Return the ratio nearest to 1 that would have been detected with power `wanted`; None when no ratio would.

    Parameters
    ----------
    rate_ref : float
        Rate of the reference group, 0–1.
    n, n_ref : float
        People in the group and in the reference group.
    critical : float
        The value that z has to exceed.
    wanted : float
        The power.

    Examples
    --------
    >>> round(minimum_detectable_ratio(0.475, 226, 412, 2.9), 2)
    0.68
    """
    if not 0 < rate_ref <= 1 or n <= 0 or n_ref <= 0:
        return None
    low, high = 0.0, 1.0
    if power(0.0, rate_ref, n, n_ref, critical) < wanted:
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if power(middle * rate_ref, rate_ref, n, n_ref, critical) >= wanted else (low, middle)
        )
    return low


def minimum_detectable_of_best(rates: Floats, n: Floats, critical: float, wanted: float = 0.8) -> list[float | None]:
    """Return for each group the ratio to the highest rate that would have been detected against any other group.

    Parameters
    ----------
    rates : float array, shape (k,)
        Observed.
    n : float array, shape (k,)
        People, or the effective number of them.
    critical : float
        What z has to exceed: the critical value of the largest of all.
    wanted : float
        The power.
    """
    top = float(np.nanmax(rates))
    out: list[float | None] = []
    for g in range(len(rates)):
        found = [
            (r * rates[h]) / top
            for h in range(len(rates))
            if h != g and (r := minimum_detectable_ratio(float(rates[h]), n[g], n[h], critical, wanted)) is not None
        ]
        out.append(max(found, default=None))
    return out
