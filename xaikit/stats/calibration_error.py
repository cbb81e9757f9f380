"""Limits of an expected calibration error: a sum of absolute values, which chance alone makes larger than 0."""

from collections.abc import Callable

import numpy as np

from xaikit.stats.rates import ratio
from xaikit.stats.table import Floats

HALVINGS = 24


def calibration_error_limits(
    counts: Floats, sums: Floats, rng: np.random.Generator, replicates: int = 2_000, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Return limits (0–1) of an expected calibration error, and what chance alone makes of an error of 0.

    A value of t is inside where an error as large, and one as small, as the observed is not too rare when the true
    error is t. How t is spread over the bins is not known. The observed error is largest when all of t lies in one
    bin and every other adds its full error of chance, and smallest when each bin's share is proportional to its
    standard error: the lower limit is made with the first, the upper with the second. They cover at least as often
    as they say, and more often where the truth is neither.

    Parameters
    ----------
    counts : float array, shape (b, 2)
        Rows by reliability bin and label.
    sums : float array, shape (b,)
        Sums of their scores.
    rng : numpy.random.Generator
        For the law of the observed error.
    replicates : int
        Of the law.
    confidence : float
        Of both limits together.

    References
    ----------
    Naeini, Cooper & Hauskrecht (2015), AAAI; Roelofs et al. (2022), AISTATS (bias of the binned error); Neyman
    (1937), Phil. Trans. R. Soc. A 236, 333–380 (limits from tests).
    """
    used = counts.sum(axis=1) > 0
    n, right, mean = counts[used].sum(axis=1), counts[used, 1], sums[used] / counts[used].sum(axis=1)
    share, gap = n / n.sum(), np.abs(right / n - mean)
    # two more rows at the mean score: a bin of one label is not without error
    rate = (right + 2 * mean) / (n + 2)
    error = np.sqrt(np.maximum(rate * (1 - rate), 1e-12) / n)
    observed = float((share * gap).sum())
    shares = rng.multinomial(int(n.sum()), share, size=replicates) / n.sum()
    noise = rng.standard_normal(shares.shape) * error * np.sqrt(np.nan_to_num(ratio(share, shares)))

    def law(true: float, shape: Floats) -> Floats:
        return np.asarray((shares * np.abs(true * shape / (share * shape).sum() + noise)).sum(axis=1))

    alone = (np.arange(len(share)) == np.argmax(share * gap)).astype(np.float64)
    tail = (1 - confidence) / 2
    most = observed + 8 * float(np.sqrt((share**2 * error**2).sum())) + float((share * error).sum())
    low = _crossing(lambda t: float((law(t, alone) >= observed).mean()) >= tail, most)
    high = _crossing(lambda t: float((law(t, error) <= observed).mean()) <= tail, most)
    return min(low, 1.0), min(high, 1.0), float(law(0.0, error).mean())


def _crossing(beyond: Callable[[float], bool], most: float) -> float:
    """Return where a condition that holds from some value on begins to, by halving; 0 where it holds throughout."""
    if beyond(0.0):
        return 0.0
    low, high = 0.0, most
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if beyond(middle) else (middle, high)
    return (low + high) / 2
