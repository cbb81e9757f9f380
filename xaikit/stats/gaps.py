"""The largest gap between groups, over one rate or several, with limits that know that it is the largest."""

import numpy as np

from xaikit.stats.resampling import affordable
from xaikit.stats.table import Floats


def largest_gap(values: Floats) -> Floats:
    """Return the largest difference between groups of any rate, from (…, rates, k); undefined rates are passed over.

    NaN where no rate is defined for two groups.
    """
    top = np.where(np.isnan(values), -np.inf, values).max(axis=-1)
    bottom = np.where(np.isnan(values), np.inf, values).min(axis=-1)
    enough = (~np.isnan(values)).sum(axis=-1) > 1
    gap = np.where(enough, top - bottom, -np.inf).max(axis=-1)
    return np.where(np.isfinite(gap), gap, np.nan)


def gap_limits(values: Floats, spread: Floats, replicates: Floats, confidence: float) -> tuple[float, float]:
    """Return limits of the largest gap, from limits of all pairs that hold together.

    Percentiles of the replicates do not cover: the largest of several gaps is biased upwards, and its bootstrap twice
    over. The largest |difference* − difference| ÷ its standard error, over all pairs and rates, gives one critical
    value; the largest gap then lies between the largest of the pairs' least, and the largest of their most.

    Parameters
    ----------
    values, spread : float array, shape (rates, k)
        Rates and their standard errors.
    replicates : float array, shape (B, rates, k)
        Of the rates; of more than a few dozen groups not all are looked at, but at least 1000.
    confidence : float
        Between 0 and 1.

    References
    ----------
    Romano & Wolf (2005), Econometrica 73, 1237–1282.
    """
    k = values.shape[1]
    left, right = np.triu_indices(k, 1)
    gap = values[:, left] - values[:, right]
    replicates = replicates[: affordable(len(replicates), gap.size)]
    error = np.sqrt(spread[:, left] ** 2 + spread[:, right] ** 2)
    largest = np.zeros(len(replicates))
    step = max(1, 1_000_000 // max(gap.size, 1))
    for start in range(0, len(replicates), step):
        part = replicates[start : start + step]
        away = np.abs((part[:, :, left] - part[:, :, right]) - gap) / error
        largest[start : start + step] = np.where(np.isnan(away), 0.0, away).max(axis=(1, 2))
    half = np.quantile(largest, confidence) * error
    size = np.abs(gap)
    known = ~np.isnan(size)
    return float(max(0.0, (size - half)[known].max())), float(min(1.0, (size + half)[known].max()))


def smoothed_error(numerator: Floats, denominator: Floats) -> Floats:
    """Return the standard error of a share with half a person added either way, so that it is never 0."""
    n = denominator + 1.0
    p = (numerator + 0.5) / n
    return np.asarray(np.sqrt(p * (1 - p) / n))
