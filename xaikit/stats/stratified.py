"""Comparing two groups within strata: pooled odds ratio, its test, and whether the strata agree."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from xaikit.stats.best_of_k import SIMULATIONS, BestOfK, affordable, step_down
from xaikit.stats.rates import best, ratio
from xaikit.stats.table import Floats, Ints


@dataclass(frozen=True, slots=True)
class Stratified:
    """A comparison of one group with a reference over strata; NaN where undefined.

    Parameters
    ----------
    odds_ratio, low, high : float
        Mantel–Haenszel odds ratio, group against reference, and its limits.
    cmh, cmh_p : float
        Cochran–Mantel–Haenszel χ² with continuity correction of one half (by default), and its p.
    breslow_day, breslow_day_p : float
        Heterogeneity of the odds ratios over strata, Tarone-corrected, and its p.
    strata : int
        Strata that say anything: both groups there, and neither nobody nor everybody selected.
    """

    odds_ratio: float
    low: float
    high: float
    cmh: float
    cmh_p: float
    breslow_day: float
    breslow_day_p: float
    strata: int


def mantel_haenszel(
    x: Ints, n: Ints, x_ref: Ints, n_ref: Ints, confidence: float = 0.95, correction: bool = True
) -> Stratified:
    """Return the comparison over strata; arrays of shape (s,) hold selected and all people of each stratum.

    References
    ----------
    Mantel & Haenszel (1959), JNCI 22, 719–748; Robins, Breslow & Greenland (1986) (variance); Breslow & Day (1980),
    Statistical Methods in Cancer Research I, p. 142; Tarone (1985).
    """
    a, n1, c, n0 = (np.asarray(v, dtype=np.float64) for v in (x, n, x_ref, n_ref))
    use = (n1 > 0) & (n0 > 0) & (a + c > 0) & (a + c < n1 + n0)
    a, n1, c, n0 = a[use], n1[use], c[use], n0[use]
    nothing = float("nan")
    if not len(a):
        return Stratified(nothing, nothing, nothing, nothing, nothing, nothing, nothing, 0)
    b, d, total = n1 - a, n0 - c, n1 + n0
    top, bottom = a * d / total, b * c / total
    pooled = float(ratio(top.sum(), bottom.sum()))
    low, high = _robins(a, b, c, d, confidence)
    statistic = _cmh(a, c, n1, n0, correction)
    day = _breslow_day(a, c, n1, n0, pooled)
    return Stratified(
        pooled,
        low,
        high,
        statistic,
        float(stats.chi2.sf(statistic, 1)),
        day,
        float(stats.chi2.sf(day, len(a) - 1)) if len(a) > 1 and np.isfinite(day) else nothing,
        len(a),
    )


def _robins(a: Floats, b: Floats, c: Floats, d: Floats, confidence: float) -> tuple[float, float]:
    t = a + b + c + d
    r, s = a * d / t, b * c / t
    if r.sum() == 0 or s.sum() == 0:
        return float("nan"), float("nan")
    p, q = (a + d) / t, (b + c) / t
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    half = stats.norm.ppf(0.5 + confidence / 2) * np.sqrt(variance)
    centre = np.log(r.sum() / s.sum())
    return float(np.exp(centre - half)), float(np.exp(centre + half))


def _cmh(a: Floats, c: Floats, n1: Floats, n0: Floats, correction: bool) -> float:
    t, m = n1 + n0, a + c
    expected = n1 * m / t
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(t > 1, n1 * n0 * m * (t - m) / (t * t * (t - 1)), 0.0).sum()
    if variance == 0:
        return float("nan")
    gap = max(0.0, abs((a - expected).sum()) - (0.5 if correction else 0.0))
    return float(gap * gap / variance)


def _breslow_day(a: Floats, c: Floats, n1: Floats, n0: Floats, pooled: float) -> float:
    if not np.isfinite(pooled) or pooled <= 0:
        return float("nan")
    fitted = _fitted(a + c, n1, n0, pooled)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = 1 / (1 / fitted + 1 / (n1 - fitted) + 1 / (a + c - fitted) + 1 / (n0 - a - c + fitted))
        first = ((a - fitted) ** 2 / variance).sum()
        tarone = (a - fitted).sum() ** 2 / variance.sum()
    return float(first - tarone)


def _fitted(m: Floats, n1: Floats, n0: Floats, odds: float) -> Floats:
    """Return how many of the group would be selected in each stratum at this odds ratio, margins kept."""
    if abs(odds - 1) < 1e-12:
        return n1 * m / (n1 + n0)
    p, q, r = 1 - odds, n0 - m + odds * (n1 + m), -odds * n1 * m
    root = np.sqrt(q * q - 4 * p * r)
    roots = np.stack([(-q + root) / (2 * p), (-q - root) / (2 * p)])
    inside = (roots > np.maximum(0, m - n0) - 1e-9) & (roots < np.minimum(n1, m) + 1e-9)
    return np.asarray(np.where(inside[0], roots[0], roots[1]))


def cmh_z(x: Ints, n: Ints, x_ref: Ints, n_ref: Ints) -> Floats:
    """Return the signed root of the CMH statistic, shape (…), from arrays of shape (…, s)."""
    t, m = np.asarray(n + n_ref, dtype=np.float64), np.asarray(x + x_ref, dtype=np.float64)
    use = (n > 0) & (n_ref > 0) & (t > 1)
    safe = np.where(use, t, 2.0)
    gap = np.where(use, x - n * m / safe, 0.0).sum(axis=-1)
    variance = np.where(use, n * (n_ref * m) * (t - m) / (safe * safe * (safe - 1)), 0.0).sum(axis=-1)
    return np.where(variance > 0, gap / np.sqrt(np.where(variance > 0, variance, 1.0)), 0.0)


def standardised(x: Ints, n: Ints) -> Floats:
    """Return each group's rate if it were spread over the strata as all people are, shape (…, k) from (…, s, k).

    Strata where a group has nobody are left out for it, and the weights of the others scaled up.
    """
    weight = n.sum(axis=-1, keepdims=True) * (n > 0)
    rate = np.nan_to_num(ratio(x, n))
    return ratio((weight * rate).sum(axis=-2), weight.sum(axis=-2))


def stratified_best_of_k(
    x: Ints, n: Ints, rng: np.random.Generator, simulations: int = SIMULATIONS, alpha: float = 0.05
) -> BestOfK:
    """Return the test of every group against the best of k within strata, from arrays of shape (s, k).

    The best is that of the directly standardised rates; the statistic of a group is the largest signed CMH z of any
    group above it, its law is simulated at each stratum's own pooled rate.

    References
    ----------
    Westfall & Young (1993), ch. 2; Mantel & Haenszel (1959).
    """
    size = np.asarray(n.T)
    pooled = np.nan_to_num(ratio(x.sum(axis=1), n.sum(axis=1)))

    def z(drawn: Ints) -> Floats:
        return cmh_z(drawn[:, :, None], size[:, None], drawn[:, None], size[None])

    def draw(count: int) -> Ints:
        return np.asarray(rng.binomial(size, pooled, size=(count, *size.shape)))

    return step_down(best(standardised(x, n)), x.T, z, draw, affordable(simulations, x.size), alpha)
