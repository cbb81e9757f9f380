"""Intervals for means of few and skewed draws: Student's t, with degrees of freedom that pay for the skewness."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

Floats = NDArray[np.float64]
LEVEL = 0.95
CHUNK = 2**22  # numbers held at once
Z = 1.959963984540054
CUBIC, QUINTIC = Z**3 - 3 * Z, Z**5 + 2 * Z**3 - 3 * Z


def mean_and_error(draws: Floats, axis: int = 1) -> tuple[Floats, Floats | None, Floats | None]:
    """Return the mean over independent draws, its standard error and the degrees of freedom for its interval.

    Parameters
    ----------
    draws : float array
        Independent along `axis`. One draw has no error.
    axis : int
        Of the draws.
    """
    count, mean = draws.shape[axis], draws.mean(axis=axis)
    if count < 2:
        return mean, None, None
    return mean, draws.std(axis=axis, ddof=1) / np.sqrt(count), effective_degrees(draws, axis)


def quantile(degrees: Floats | float | None, level: float = LEVEL) -> Floats:
    """Return the two-sided quantile of Student's t; of the normal distribution without degrees.

    Parameters
    ----------
    degrees : float array, float or None
        Degrees of freedom, infinite for the normal distribution.
    level : float
        Confidence of the interval, in (0, 1).

    Examples
    --------
    >>> quantile(None).round(3).item(), quantile(9.0).round(3).item()
    (1.96, 2.262)
    """
    return np.asarray(t.isf((1 - level) / 2, np.inf if degrees is None else degrees), dtype=np.float64)


def clusters(draws: int, background: int) -> int:
    """Return how many observations stand behind a mean of draws that are dealt to background rows in turn.

    The draws of one background row count as one; of a single row, which is the baseline itself, each counts.

    Examples
    --------
    >>> clusters(1000, 20), clusters(12, 100), clusters(64, 1)
    (20, 12, 64)
    """
    return min(draws, background) if background > 1 else draws


def joined_degrees(sampling: Floats, background: Floats, rows: int) -> Floats | None:
    """Return the degrees of freedom of an error that adds that of the draw to that of few background rows.

    A variance seen in `rows` background rows has rows − 1 degrees; that of the draw, from many more coalitions, is
    taken as known. Simulated coverage of nominal 95 % intervals of Shapley values of two nets and a product of
    features, exact, by regression and by permutations (500 backgrounds each), with 1.96 standard errors, then with
    these degrees: 5 rows .87–.90, now .91–.96; 10 rows .91–.93, now .93–.96; 25 rows .93–.94, now .94–.95.

    Parameters
    ----------
    sampling, background : float array
        The two variances.
    rows : int
        Of the background. One row is the baseline itself and has no error: None.

    References
    ----------
    Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics Bulletin
    2(6), 110–114.

    Examples
    --------
    >>> joined_degrees(np.array([0.0, 1.0, 1.0]), np.array([1.0, 1.0, 0.0]), 5).tolist()
    [4.0, 16.0, inf]
    """
    if rows < 2:
        return None
    behind = background > 0
    share = np.divide(background, sampling + background, out=np.zeros_like(background), where=behind)
    return np.asarray(np.divide(rows - 1.0, share**2, out=np.full_like(background, np.inf), where=share > 1e-6))


def effective_degrees(draws: Floats, axis: int = 0) -> Floats:
    """Return the degrees of freedom with which t intervals of the mean of independent draws keep 95 %.

    The usual n − 1 are right for normal draws. Of skewed draws mean and spread are dependent: intervals are too short
    where the mean is too low. The Edgeworth expansion says by how much the two-sided quantile must grow, from the
    skewness γ and the excess kurtosis κ: (γ² (z⁵ + 2 z³ − 3 z) / 18 − κ (z³ − 3 z) / 12) / n. It never shrinks here.
    What comes back are the degrees whose t quantile is the grown one.

    Simulated coverage of nominal 95 % (4,000 samples each; t with n − 1, then with these degrees):

    ============================  ===========  ===========  ===========  ===========
    draws                          n = 10       n = 20       n = 32       n = 64
    ============================  ===========  ===========  ===========  ===========
    normal                         .947  .955   .955  .957   .947  .948   .951  .952
    Student t, 4 degrees           .959  .968   .953  .961   .954  .958   .952  .955
    product of two normal          .963  .973   .950  .962   .950  .958   .949  .954
    exponential                    .908  .924   .918  .931   .926  .942   .934  .942
    χ² of 1 degree                 .846  .879   .888  .916   .919  .938   .928  .941
    cube of a normal (20,000)      .985  .993   .975  .990   .969  .988   .961  .978
    ============================  ===========  ===========  ===========  ===========

    So with fewer than 32 very skewed draws the intervals remain too short: skewness cannot be seen in ten draws. And
    of symmetric draws with very heavy tails they are too wide: one far draw looks like skewness. No method tried has
    both. Johnson's and Hall's transformations hold 95 % of skewed draws, but only 90 % of products of normal draws.
    Bootstrapped t: symmetric .993 and .987 for cubes at n = 12 and 32 (as wide as here), equal-tailed .87 (too
    short). Sign flips, exact for cubes (.97 and .95), hold .85 and .90 of χ². A weight by quantile skewness leaves
    cubes at .99: the samples that look skewed are those where the interval matters.

    Parameters
    ----------
    draws : float array
        Independent along `axis`, two or more.
    axis : int
        Of the draws.

    Returns
    -------
    float array
        In [1, n − 1]; `draws` without `axis`.

    References
    ----------
    Hall, P. (1992). The bootstrap and Edgeworth expansion. Springer, § 2.6 (symmetric intervals of a mean).
    Johnson, N. J. (1978). Modified t tests and confidence intervals for asymmetrical populations. JASA 73.

    Examples
    --------
    >>> bool(effective_degrees(np.array([0.0, 0.0, 0.0, 0.0, 9.0])) < 4)
    True
    """
    moved = np.moveaxis(np.asarray(draws, dtype=np.float64), axis, 0)
    n = len(moved)
    usual = np.full(moved.shape[1:], float(n - 1))
    if n < 4:  # no fourth moment
        return usual
    skew, excess = _shape(moved)
    more = (skew**2 * QUINTIC / 18 - excess * CUBIC / 12) / n
    grown = more > 0
    wanted = float(quantile(n - 1.0)) + np.where(grown, more, 0.0)
    found = np.interp(-wanted, *_quantiles(n))
    return np.where(grown, np.clip(1 / found, 1.0, n - 1.0), usual)


@lru_cache(maxsize=64)
def _quantiles(n: int) -> tuple[Floats, Floats]:
    """Return quantiles, negated, and the inverse of the degrees they belong to: in it they are nearly straight."""
    inverse = np.linspace(1.0, 1.0 / n, 2000)
    return -quantile(1 / inverse), inverse


def _shape(draws: Floats) -> tuple[Floats, Floats]:
    """Return unbiased skewness and excess kurtosis along the first axis; 0 where all draws are equal."""
    n, mean = len(draws), draws.mean(axis=0)
    second, third, fourth = np.zeros((3, *mean.shape))
    for part in np.array_split(draws, min(n, 1 + draws.size // CHUNK)):
        away = part - mean
        square = away * away
        second += square.sum(axis=0)
        third += (square * away).sum(axis=0)
        fourth += (square * square).sum(axis=0)
    varies = second > n * (1e-12 * np.abs(mean)) ** 2
    variance = np.where(varies, second / n, 1.0)
    skew = np.where(varies, third / n / variance**1.5, 0.0)
    kurtosis = np.where(varies, fourth / n / variance**2 - 3, 0.0)
    excess = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * kurtosis + 6)
    return skew * np.sqrt(n * (n - 1)) / (n - 2), np.where(varies, excess, 0.0)
