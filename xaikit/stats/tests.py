"""Tests on 2 × 2 tables and on the rows of one table; the corrections for having made many."""

from typing import Any

import numpy as np
from scipy import stats

from xaikit.stats.table import Floats, Ints


def fisher(x: int, n: int, x_ref: int, n_ref: int) -> float:
    """Return the two-sided p of Fisher's exact test.

    References
    ----------
    Fisher (1935), JRSS 98, 39–82; two-sided by probability.

    Examples
    --------
    >>> round(fisher(170, 390, 412, 797), 5)
    0.00943
    """
    if min(n, n_ref) <= 0:
        return float("nan")
    return float(stats.fisher_exact([[x, n - x], [x_ref, n_ref - x_ref]]).pvalue)


def mid_p(x: int, n: int, x_ref: int, n_ref: int) -> float:
    """Return Fisher's two-sided p less half the probability of the observed table.

    References
    ----------
    Lancaster (1961), JASA 56, 223–234; Hwang & Yang (2001), Statistica Sinica 11, 807–826.
    """
    exact = fisher(x, n, x_ref, n_ref)
    if np.isnan(exact):
        return exact
    observed = float(stats.hypergeom.pmf(x, n + n_ref, x + x_ref, n))
    return float(min(1.0, max(0.0, exact - observed / 2)))


def two_proportion_z(x: Any, n: Any, x_ref: Any, n_ref: Any) -> Floats:
    """Return z of the difference x/n − x_ref/n_ref, pooled, without continuity correction; 0 where all are alike.

    References
    ----------
    Castaneda v. Partida, 430 U.S. 482 (1977); Hazelwood School District v. United States, 433 U.S. 299 (1977).

    Examples
    --------
    >>> round(float(two_proportion_z(555, 1181, 667, 1390)), 3)
    -0.502
    """
    x, n, x_ref, n_ref = (np.asarray(a, dtype=np.float64) for a in (x, n, x_ref, n_ref))
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (x + x_ref) / (n + n_ref)
        spread = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_ref))
        z = (x / n - x_ref / n_ref) / spread
    return np.where(spread > 0, z, np.where((n > 0) & (n_ref > 0), 0.0, np.nan))


def two_sided(z: Any) -> Floats:
    """Return the two-sided p of a standard normal z."""
    return np.asarray(2 * stats.norm.sf(np.abs(z)))


def chi2(x: Ints, n: Ints) -> tuple[float, float, int]:
    """Return χ², its p and degrees of freedom for equal rates in all groups (no continuity correction).

    References
    ----------
    Pearson (1900), Philosophical Magazine 50, 157–175.
    """
    x, n = np.asarray(x)[np.asarray(n) > 0], np.asarray(n)[np.asarray(n) > 0]
    table = np.stack([x, n - x])
    if len(n) < 2 or (table.sum(axis=1) == 0).any():
        return 0.0, 1.0, max(len(n) - 1, 0)
    out = stats.chi2_contingency(table, correction=False)
    return float(out.statistic), float(out.pvalue), int(out.dof)


def holm(p: Any) -> Floats:
    """Return p values adjusted by Holm's step-down method, in the order given; NaN stays NaN.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6, 65–70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p, dtype=np.float64)
    out = np.full(p.shape, np.nan)
    real = np.flatnonzero(~np.isnan(p))
    order = real[np.argsort(p[real], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    out[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * factors))
    return out


def against_rest(x: Ints, n: Ints) -> Floats:
    """Return Holm-adjusted p of each group against all others together, shape (k,).

    A second view beside best-of-k: the comparator is not chosen by looking, so that Holm is valid.
    """
    z = two_proportion_z(x, n, np.sum(x) - x, np.sum(n) - n)
    return holm(two_sided(z))
