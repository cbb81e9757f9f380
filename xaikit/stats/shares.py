"""Shares of groups among all rows, and how many independent rows each share rests on."""

from dataclasses import dataclass

import numpy as np

from xaikit.core.evidence import UNKNOWN
from xaikit.stats.rates import ratio
from xaikit.stats.table import Floats, Ints
from xaikit.stats.tally import RANDOM_GROUPS, Tally


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Arrays of shape (k,), one entry a group; "unknown" is the last where any row has none.

    Parameters
    ----------
    groups : tuple of str
        The names.
    n : int array
        Rows.
    share : float array
        Of all rows, or of all weight; NaN where there is none.
    effective_n : float array
        The number of independent rows that would give each share the same variance; the rows, where rows are
        independent and of equal weight.
    """

    groups: tuple[str, ...]
    n: Ints
    share: Floats
    effective_n: Floats


def shares(tally: Tally, *names: str) -> Shares:
    """Return the share of each group of one sensitive feature, or of an intersection.

    Variances of weighted rows and of clusters are linearised: of Σ (w · (in the group − share)), by row or cluster.

    References
    ----------
    Binder (1983), International Statistical Review 51, 279–292; Kish (1965), Survey Sampling, § 8.2.
    """
    _, keys, codes = tally.keyed(names)
    place = np.where(keys < 0, len(codes), keys)
    people = _by_group(tally.counts, place, len(codes) + 1)
    mass = people if tally.weights is None else _by_group(tally.weights, place, len(codes) + 1)
    share = ratio(mass, mass.sum())
    size = _effective(tally, place, share, mass)
    groups = (*tally.table(*names).groups, UNKNOWN)
    keep = slice(None) if people[-1] else slice(len(codes))
    return Shares(groups[keep], people[keep].astype(np.int64), share[keep], size[keep])


def _by_group(values: Floats | Ints, place: Ints, k: int) -> Floats:
    return np.bincount(place, weights=values.sum(axis=(1, 2)), minlength=k).astype(np.float64)


def _effective(tally: Tally, place: Ints, share: Floats, mass: Floats) -> Floats:
    n = np.full(len(share), float(len(tally)))
    if tally.clusters is not None:
        squares = _of_clusters(tally, place, share)
    elif tally.squares is not None:
        own = _by_group(tally.squares, place, len(share))
        squares = own * (1 - share) ** 2 + (own.sum() - own) * share**2
    else:
        return n
    out = ratio(share * (1 - share) * mass.sum() ** 2, squares)
    return np.where(np.isfinite(out) & (out > 0), np.minimum(out, n), n)


def _of_clusters(tally: Tally, place: Ints, share: Floats) -> Floats:
    """Return the sum over clusters of the squared linearised total of each group's share."""
    assert tally.clusters is not None
    assert tally.cluster_mass is not None
    who = tally.clusters[:, 0]
    ids, index = np.unique(who, return_inverse=True)
    if len(ids) > RANDOM_GROUPS:  # as `Tally.table` does: the same variance in expectation
        ids, index = np.unique(who % RANDOM_GROUPS, return_inverse=True)
    filled = np.zeros((len(ids), len(share)))
    np.add.at(filled, (index, place[tally.cells_of_clusters()]), tally.cluster_mass.sum(axis=(1, 2)))
    away = filled - filled.sum(axis=1, keepdims=True) * share
    return np.asarray((away**2).sum(axis=0) * len(ids) / max(len(ids) - 1, 1))
