"""Intervals for rates, for any function of counts, and simultaneous ones for ratios of rates."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from xaikit.stats.rates import selection_rate
from xaikit.stats.resampling import REPLICATES, affordable, effective_n, replicates
from xaikit.stats.table import Floats, Table

CONFIDENCE = 0.95


def wilson(x: Any, n: Any, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Return Wilson score limits for x of n; (0, 1) where n is 0.

    References
    ----------
    Wilson (1927), JASA 22, 209–212; recommended by Brown, Cai & DasGupta (2001).

    Examples
    --------
    >>> [round(float(v), 4) for v in wilson(3, 20)]
    [0.0524, 0.3604]
    """
    x, n = np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64)
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    size = np.where(n > 0, n, 1.0)
    p = x / size
    centre, half = p + z * z / (2 * size), z * np.sqrt(p * (1 - p) / size + z * z / (4 * size * size))
    low, high = (centre - half) / (1 + z * z / size), (centre + half) / (1 + z * z / size)
    low, high = np.where(x <= 0, 0.0, low), np.where(x >= n, 1.0, high)
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)


def clopper_pearson(x: Any, n: Any, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Return exact (conservative) binomial limits for x of n; (0, 1) where n is 0.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26, 404–413.
    """
    x, n = np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64)
    tail = (1 - confidence) / 2
    low = np.where(x > 0, stats.beta.ppf(tail, np.maximum(x, 1e-9), n - x + 1), 0.0)
    high = np.where(x < n, stats.beta.ppf(1 - tail, x + 1, np.maximum(n - x, 1e-9)), 1.0)
    return low, high


def newcombe(x: Any, n: Any, x_ref: Any, n_ref: Any, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Return limits for the difference x/n − x_ref/n_ref from the Wilson limits of each.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873–890, method 10.
    """
    (low, high), (low_ref, high_ref) = wilson(x, n, confidence), wilson(x_ref, n_ref, confidence)
    p, q = np.asarray(x) / np.maximum(n, 1e-300), np.asarray(x_ref) / np.maximum(n_ref, 1e-300)
    below = np.sqrt((p - low) ** 2 + (high_ref - q) ** 2)
    above = np.sqrt((high - p) ** 2 + (q - low_ref) ** 2)
    return p - q - below, p - q + above


def percentile(values: Floats, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Return percentile limits over the first axis, passing over undefined replicates; NaN where all are."""
    tail = (1 - confidence) / 2
    if values.size == 0:  # no replicates, or no groups
        return np.full(values.shape[1:], np.nan), np.full(values.shape[1:], np.nan)
    empty = np.isnan(values).all(axis=0)
    safe = np.where(empty, 0.0, values)
    low, high = np.nanquantile(safe, [tail, 1 - tail], axis=0)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def bootstrap(
    table: Table,
    statistic: Callable[[Floats], Floats],
    rng: np.random.Generator,
    count: int = REPLICATES,
    confidence: float = CONFIDENCE,
) -> tuple[Floats, Floats]:
    """Return percentile limits of a statistic of counts, `(…, k, L, D) → (…, m)`."""
    return percentile(statistic(replicates(table, rng, count)), confidence)


@dataclass(frozen=True, slots=True, eq=False)
class SimultaneousRatios:
    """Limits of all ratios of rates that hold together.

    Parameters
    ----------
    low, high : float array, shape (k, k)
        Of rate g ÷ rate h.
    critical : float
        What the largest studentised log ratio stays under, with the confidence.
    """

    low: Floats
    high: Floats
    critical: float

    def to_best(self) -> tuple[Floats, Floats]:
        """Return limits of each rate ÷ the highest rate, whichever group truly has it, shape (k,).

        Rate ÷ highest rate is the least of the ratios to all groups, so its limits are the least of theirs; that
        holds however the best group was found.
        """
        return self.low.min(axis=1), self.high.min(axis=1)


def simultaneous_ratios(
    table: Table,
    rng: np.random.Generator,
    count: int = REPLICATES,
    confidence: float = CONFIDENCE,
    reference: int | None = None,
) -> SimultaneousRatios:
    """Return simultaneous limits for the ratios of all pairs of rates, or of all to one reference.

    The largest |log ratio* − log ratio| ÷ its standard error is found in each bootstrap replicate; its quantile is
    the critical value for all. One half is added to the selected and one to the people, so that a group of whom
    nobody is selected still has a limit.

    References
    ----------
    Romano & Wolf (2005), Econometrica 73, 1237–1282 (studentised maximum); Hsu (1996), Multiple Comparisons, ch. 4
    (comparisons with the best from all pairs).
    """
    size = effective_n(table)
    scale = np.where(table.mass.sum(axis=(1, 2)) > 0, size / np.maximum(table.mass.sum(axis=(1, 2)), 1e-300), 0.0)
    count = affordable(count, len(size) * (len(size) - 1) // 2)
    drawn = replicates(table, rng, count) * scale[:, None, None]
    rates = np.nan_to_num(selection_rate(table.mass))
    log, variance = _log_rate(rates * size, size)
    log_, variance_ = _log_rate(drawn[..., 1].sum(axis=-1), drawn.sum(axis=(-2, -1)))
    critical = float(np.quantile(_largest(log_ - log, variance_, reference), confidence))
    gap = log[:, None] - log[None, :]
    half = critical * np.sqrt(variance[:, None] + variance[None, :])
    low, high = np.exp(gap - half), np.exp(gap + half)
    point = np.divide(rates[:, None], rates[None, :], out=np.full(low.shape, np.nan), where=rates[None, :] > 0)
    point[(rates[:, None] > 0) & (rates[None, :] == 0)] = np.inf  # somebody against nobody
    low, high = np.fmin(low, point), np.fmax(high, point)
    low[rates == 0] = 0.0
    for a in (low, high):
        np.fill_diagonal(a, 1.0)
    return SimultaneousRatios(low, high, critical)


def _log_rate(x: Floats, n: Floats) -> tuple[Floats, Floats]:
    x, n = x + 0.5, n + 1.0
    return np.log(x / n), 1 / x - 1 / n


def _largest(shift: Floats, variance: Floats, reference: int | None) -> Floats:
    """Return max |shift_g − shift_h| ÷ √(v_g + v_h) of each replicate, in slices that fit in cache."""
    out = np.empty(len(shift))
    k = shift.shape[1]
    if k == 1:
        return np.zeros(len(shift))
    left, right = np.triu_indices(k, 1) if reference is None else (np.delete(np.arange(k), reference), reference)
    step = max(1, 500_000 // max(len(np.atleast_1d(left)), 1))
    for i in range(0, len(shift), step):
        s, v = shift[i : i + step], variance[i : i + step]
        gap = np.abs(s[:, left] - (s[:, right] if reference is None else s[:, [reference]]))
        spread = v[:, left] + (v[:, right] if reference is None else v[:, [reference]])
        out[i : i + step] = (gap / np.sqrt(spread)).max(axis=1)
    return out
