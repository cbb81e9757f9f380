"""How far two attributions of the same rows agree, row by row."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata, sem, t

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def rank_correlation(one: Floats, other: Floats) -> Floats:
    """Return Spearman's correlation of two attributions of each row, float array (rows,); NaN where one is constant.

    Parameters
    ----------
    one, other : float array, shape (rows, features)
        Attribution values.

    Examples
    --------
    >>> rank_correlation(np.array([[1.0, 2.0, 3.0]]), np.array([[0.1, 0.5, 0.9]])).round(12)
    array([1.])
    """
    a, b = (rankdata(x, axis=1) for x in (one, other))
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (a, b))
    scale = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.asarray(np.divide((a * b).sum(axis=1), scale, out=np.full(len(a), np.nan), where=scale > 0))


def top_agreement(one: Floats, other: Floats, top: int) -> Floats:
    """Return the share of the `top` largest absolute values that both name, with the same sign, (rows,).

    Values that tie for the last places share them: an order that is not there decides nothing.

    References
    ----------
    Krishna, S. et al. (2022). The disagreement problem in explainable machine learning. arXiv 2202.01602.

    Examples
    --------
    >>> top_agreement(np.array([[3.0, 1.0, 1.0]]), np.array([[3.0, 1.0, 0.0]]), 2).tolist()
    [0.75]
    """
    top = min(top, one.shape[1])
    share = np.minimum(_membership(np.abs(one), top), _membership(np.abs(other), top))
    return np.asarray((share * (np.sign(one) == np.sign(other))).sum(axis=1) / top)


def _membership(size: Floats, top: int) -> Floats:
    """Return by how much each feature is among the `top` largest, (rows, features): values that tie share places."""
    last = -np.sort(-size, axis=1)[:, top - 1 : top]
    above, tied = size > last, size == last
    left = top - above.sum(axis=1, keepdims=True)
    return np.asarray(above + tied * left / tied.sum(axis=1, keepdims=True))


def relative_distance(one: Floats, other: Floats) -> Floats:
    """Return |one − other| / mean of |one| and |other| by row, in the L2 norm, (rows,); 0 where both are 0."""
    scale = (np.linalg.norm(one, axis=1) + np.linalg.norm(other, axis=1)) / 2
    away = np.linalg.norm(one - other, axis=1)
    return np.asarray(np.divide(away, scale, out=np.zeros(len(one)), where=scale > 0))


def excess_movement(one: Floats, other: Floats, moved: Floats) -> Floats:
    """Return by how much values moved more than the output that they explain, as a share of their size, (rows,).

    (|one − other|₁ − |moved|₁) ÷ the mean of |one|₁ and |other|₁. Values that add up to the output move at least as
    much as it does, so that it is 0 where all of them moved one way, and at most 2.

    Parameters
    ----------
    one, other : float array, shape (rows, features)
        Attribution values before and after, of all outputs side by side.
    moved : float array, shape (rows, outputs)
        By how much the outputs moved.

    Examples
    --------
    >>> excess_movement(np.array([[1.0, 1.0]]), np.array([[2.0, 1.0]]), np.array([[1.0]])).tolist()
    [0.0]
    >>> excess_movement(np.array([[1.0, 1.0]]), np.array([[2.0, 0.0]]), np.array([[0.0]])).tolist()
    [1.0]
    """
    away = np.abs(one - other).sum(axis=1) - np.abs(moved).sum(axis=1)
    scale = (np.abs(one).sum(axis=1) + np.abs(other).sum(axis=1)) / 2
    return np.asarray(np.divide(away, scale, out=np.zeros(len(one)), where=scale > 0))


def mean_interval(values: Floats) -> tuple[float | None, float | None, float | None, int]:
    """Return the mean over rows, its 95 % t interval, and how many rows are defined.

    Examples
    --------
    >>> mean_interval(np.array([1.0, np.nan]))
    (1.0, None, None, 1)
    """
    kept = values[np.isfinite(values)]
    if not len(kept):
        return None, None, None, 0
    mean = float(kept.mean())
    if len(kept) < 2:
        return mean, None, None, 1
    half = float(t.isf(0.025, len(kept) - 1) * sem(kept))
    return mean, mean - half, mean + half, len(kept)


def tied_ranks(
    values: Floats, stderr: Floats, level: float = 0.95, degrees: float = np.inf
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the best and the worst rank that each feature may have by absolute value, given its error.

    Two features whose order is not established share ranks. Their difference is tested at a level that holds for all
    pairs together (Bonferroni).

    Parameters
    ----------
    values, stderr : float array, shape (features,)
        Importance of each feature, and its standard error.
    level : float
        For all pairs together.
    degrees : float
        Degrees of freedom of the standard errors.

    Returns
    -------
    int array, int array, shape (features,)
        Best and worst rank, 1 being the most important.

    References
    ----------
    Mogstad, M. et al. (2024). Inference for ranks with applications to mobility across neighbourhoods and academic
    achievement across countries. Review of Economic Studies 91(1).

    Examples
    --------
    >>> best, worst = tied_ranks(np.array([5.0, 1.0, 0.9]), np.array([0.1, 0.1, 0.1]))
    >>> best.tolist(), worst.tolist()
    ([1, 2, 2], [1, 3, 3])
    """
    count = len(values)
    quantile = t.isf((1 - level) / max(1, count * (count - 1)), degrees)
    size = np.abs(values)
    margin = quantile * np.hypot(stderr[:, None], stderr[None, :])
    above = size[None, :] - size[:, None] > margin  # [i, j]: j is established to be above i
    return 1 + above.sum(axis=1), count - above.sum(axis=0)
