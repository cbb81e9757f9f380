"""How strongly columns depend on each other, on the scale of a correlation, whatever kind of numbers they hold."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
BINS = 10


def associations(columns: Floats) -> Floats:
    """Return the association of every pair of columns, from 0 to 1, float array (columns, columns).

    The larger of two: Spearman's correlation, which is precise for monotone dependence; and Pearson's coefficient of
    contingency, which sees any dependence, also between codes of categories whose order means nothing. For two normal
    columns both estimate the absolute correlation. What independent columns have by chance is taken off the latter.

    Parameters
    ----------
    columns : float array, shape (rows, columns)
        Numbers, or codes of categories. Columns of more than 10 values are cut at their deciles.

    References
    ----------
    Pearson, K. (1904). On the theory of contingency and its relation to association and normal correlation. Drapers'
    Company Research Memoirs. Bergsma, W. (2013). A bias-correction for Cramér's V and Tschuprow's T. Journal of the
    Korean Statistical Society 42(3).

    Examples
    --------
    >>> x = np.arange(-50.0, 50.0)
    >>> associations(np.column_stack([x, np.abs(x)]))[0, 1].round(1).item()
    0.9
    """
    ranks = rankdata(columns, axis=0)
    ranks -= ranks.mean(axis=0)
    size = np.sqrt((ranks**2).sum(axis=0))
    ranks /= np.where(size > 0, size, 1.0)
    found = np.maximum(np.abs(ranks.T @ ranks), _contingency(columns))
    np.fill_diagonal(found, 1.0)
    return np.asarray(np.minimum(found, 1.0))


def _contingency(columns: Floats) -> Floats:
    """Return Pearson's coefficient √(φ² / (1 + φ²)) of every pair, φ² less its expectation under independence."""
    rows, width = columns.shape
    bins = [_bins(column) for column in columns.T]
    owner = np.repeat(np.arange(width), [b.shape[1] for b in bins])
    member = np.concatenate(bins, axis=1)
    counts, totals = member.T @ member, member.sum(axis=0)
    expected = np.outer(totals, totals) / rows
    cells = (counts - expected) ** 2 / expected
    columns_of = (owner[:, None] == np.arange(width)).astype(np.float64)
    squared = columns_of.T @ cells @ columns_of / rows
    free = columns_of.sum(axis=0) - 1
    squared = np.maximum(squared - np.outer(free, free) / (rows - 1), 0.0)
    return np.asarray(np.sqrt(squared / (1 + squared)))


def _bins(column: Floats) -> Floats:
    """Return which of its values, or deciles, each row has, one-hot (rows, values)."""
    values = np.unique(column)
    if len(values) > BINS:
        values = np.unique(np.quantile(column, np.arange(BINS) / BINS))
    place = np.searchsorted(values, column, side="right") - 1
    member = (place[:, None] == np.arange(len(values))).astype(np.float64)
    return np.asarray(member[:, member.any(axis=0)])
