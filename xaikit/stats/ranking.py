"""Where groups stand in a ranking: exposure, the head of the list, and divergence over all prefixes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xaikit.stats.rates import ratio
from xaikit.stats.table import Floats, Ints

Codes = NDArray[np.intp]


def ranked(score: Floats, lists: Codes | None, rng: np.random.Generator) -> tuple[Codes, Codes]:
    """Return the rows in order of list and falling score, ties by lot, and the rank of each in its list (from 1)."""
    lists = np.zeros(len(score), dtype=np.intp) if lists is None else lists
    order = np.lexsort((rng.random(len(score)), -score, lists))
    first = np.r_[True, np.diff(lists[order]) != 0]
    start = np.maximum.accumulate(np.where(first, np.arange(len(score)), 0))
    return order, np.arange(len(score)) - start + 1


def exposure(rank: Codes) -> Floats:
    """Return what attention a rank gets: 1 ÷ log₂(1 + rank).

    References
    ----------
    Singh & Joachims (2018), Fairness of exposure in rankings, KDD; Järvelin & Kekäläinen (2002).
    """
    return np.asarray(1 / np.log2(1 + rank))


def mean_by_group(values: Floats, group: Codes, k: int) -> Floats:
    """Return the mean of each group, NaN where there is nobody."""
    return ratio(np.bincount(group, values, minlength=k), np.bincount(group, minlength=k))


def ndkl(group: Codes, rank: Codes, k: int) -> float:
    """Return the normalised discounted KL divergence of the prefixes of the lists from the whole, 0 when alike.

    Every prefix's distribution over groups is compared with that of the whole of its list, discounted by the log of
    its length; several lists are averaged by their length.

    Parameters
    ----------
    group : int array, shape (n,)
        Groups in the order of the ranking, list after list.
    rank : int array, shape (n,)
        Rank in the list, from 1.
    k : int
        Number of groups.

    References
    ----------
    Geyik, Ambler & Kenthapadi (2019), Fairness-aware ranking in search and recommendation, KDD.
    """
    total = weight = 0.0
    starts = np.flatnonzero(rank == 1)
    for a, b in zip(starts, [*starts[1:], len(rank)], strict=True):
        total += (b - a) * _one_list(group[a:b], k)
        weight += b - a
    return total / weight


def _one_list(group: Codes, k: int) -> float:
    n = len(group)
    whole = np.bincount(group, minlength=k) / n
    prefix = np.cumsum(np.eye(k)[group], axis=0) / np.arange(1, n + 1)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        term = np.where(prefix > 0, prefix * np.log(prefix / whole), 0.0).sum(axis=1)
    discount = 1 / np.log2(np.arange(2, n + 2))
    return float((discount * term).sum() / discount.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Shuffled:
    """What chance alone gives, when groups are dealt at random within each list.

    Parameters
    ----------
    exposure : float array, shape (B, k)
        Mean exposure of each group.
    ndkl : float array, shape (B,)
        The divergence.
    """

    exposure: Floats
    ndkl: Floats


def shuffled(group: Codes, rank: Codes, k: int, rng: np.random.Generator, count: int) -> Shuffled:
    """Return the law of exposure and divergence under random rankings."""
    value = exposure(rank)
    starts = np.flatnonzero(rank == 1)
    lists = np.repeat(np.arange(len(starts)), np.diff([*starts, len(rank)]))
    means, divergences = np.empty((count, k)), np.empty(count)
    for b in range(count):
        again = group[np.lexsort((rng.random(len(group)), lists))]
        means[b], divergences[b] = mean_by_group(value, again, k), ndkl(again, rank, k)
    return Shuffled(means, divergences)


def head(group: Codes, rank: Codes, top: int, k: int) -> tuple[Ints, Ints]:
    """Return how many of each group are among the first `top` of their list, and how many there are."""
    return np.bincount(group[rank <= top], minlength=k), np.bincount(group, minlength=k)
