"""How unequally a benefit is spread over individuals, and how much of that lies between groups."""

from typing import Any

import numpy as np

from xaikit.stats.rates import ratio
from xaikit.stats.table import Floats

BENEFIT = np.array([[1.0, 2.0], [0.0, 1.0]])  # decision − label + 1, by (label, decision)


def generalized_entropy(counts: Any, benefit: Any, alpha: float = 2.0) -> Floats:
    """Return the generalized entropy index of benefits that are held by so many people each.

    Parameters
    ----------
    counts : array, shape (…, m)
        People.
    benefit : array, shape (m,)
        0 or more, what each of them gets.
    alpha : float
        1 is the Theil index, 0 the mean log deviation, 2 half the squared coefficient of variation.

    References
    ----------
    Speicher et al. (2018), A unified approach to quantifying algorithmic unfairness, KDD; Theil (1967).

    Examples
    --------
    >>> float(generalized_entropy(np.array([1, 1]), np.array([0.0, 2.0])))
    0.5
    """
    counts, benefit = np.asarray(counts, dtype=np.float64), np.asarray(benefit, dtype=np.float64)
    n = counts.sum(axis=-1)
    mean = ratio((counts * benefit).sum(axis=-1), n)
    share = ratio(np.broadcast_to(benefit, counts.shape), mean[..., None])
    return ratio((counts * _term(share, alpha)).sum(axis=-1), n)


def between_groups(counts: Any, benefit: Any, alpha: float = 2.0) -> Floats:
    """Return the part of the index that lies between groups, shape (…), from counts of shape (…, k, m).

    It is the index if everybody had the mean benefit of their group; the rest lies within groups.

    References
    ----------
    Shorrocks (1984), Econometrica 52, 1369–1385 (additive decomposition).
    """
    counts, benefit = np.asarray(counts, dtype=np.float64), np.asarray(benefit, dtype=np.float64)
    n = counts.sum(axis=-1)
    mean = np.nan_to_num(ratio((counts * benefit).sum(axis=-1), n))
    whole = ratio((n * mean).sum(axis=-1), n.sum(axis=-1))
    share = ratio(mean, np.broadcast_to(whole[..., None], mean.shape))
    return ratio((n * _term(share, alpha)).sum(axis=-1), n.sum(axis=-1))


def _term(share: Floats, alpha: float) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        if alpha == 1:
            return np.where(
                share > 0, share * np.log(np.where(share > 0, share, 1.0)), np.where(share == 0, 0.0, np.nan)
            )
        if alpha == 0:
            return np.asarray(-np.log(share))
        return np.asarray((share**alpha - 1) / (alpha * (alpha - 1)))
