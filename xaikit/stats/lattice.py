"""Every subgroup of every depth at once: which of them differ from everybody else, all looks accounted for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from xaikit.core.evidence import JOIN
from xaikit.stats.rates import people
from xaikit.stats.table import Floats, Ints, Table
from xaikit.stats.tests import two_proportion_z

MOST = 50_000_000  # subgroups × simulations held


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """The subgroups that have support.

    Parameters
    ----------
    features, groups : tuple of tuple of str
        Which features and values make each of m subgroups.
    members : bool array, shape (m, k)
        The cells of the finest table that belong to each.
    left_out : int
        Subgroups without support, or with the very rows of a broader one.
    """

    features: tuple[tuple[str, ...], ...]
    groups: tuple[tuple[str, ...], ...]
    members: NDArray[np.bool_]
    left_out: int


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Each subgroup against everybody else, shape (m,).

    Parameters
    ----------
    n, selected : int arrays
        People.
    rate, rest : float arrays
        Rates inside and outside.
    z, p : float arrays
        Pooled z, and p adjusted for all subgroups looked at.
    simulations : int
        Tables drawn.
    """

    n: Ints
    selected: Ints
    rate: Floats
    rest: Floats
    z: Floats
    p: Floats
    simulations: int


def lattice(table: Table, depth: int, support: int) -> Lattice:
    """Return the subgroups up to a depth with at least so many people inside and outside.

    A subgroup with the very rows of a broader one is left out, and so is what lies under one without support.
    """
    values = [g.split(JOIN) for g in table.groups]
    n = table.n
    features: list[tuple[str, ...]] = []
    groups: list[tuple[str, ...]] = []
    members: list[NDArray[np.bool_]] = []
    seen: set[bytes] = set()
    left_out = 0
    for places in _subsets(len(table.sensitive), depth):
        keys = [tuple(v[i] for i in places) for v in values]
        for key in sorted(set(keys)):
            inside = np.array([k == key for k in keys])
            people_ = int(n[inside].sum())
            if people_ < support or n.sum() - people_ < support or inside.tobytes() in seen:
                left_out += 1
                continue
            seen.add(inside.tobytes())
            features.append(tuple(table.sensitive[i] for i in places))
            groups.append(key)
            members.append(inside)
    shape = (0, len(values))
    return Lattice(tuple(features), tuple(groups), np.array(members) if members else np.zeros(shape, bool), left_out)


def _subsets(features: int, depth: int) -> Iterator[Sequence[int]]:
    for size in range(1, min(features, depth) + 1):
        yield from combinations(range(features), size)


def search(table: Table, subgroups: Lattice, rng: np.random.Generator, simulations: int = 10_000) -> Found:
    """Return every subgroup against everybody else, with p adjusted by step-down over all of them.

    The law of the largest |z| when no feature matters is simulated on the finest cells at the pooled rate, so that
    nested subgroups keep their dependence, and the price of a deep search is what it is and no more.

    References
    ----------
    Westfall & Young (1993), Resampling-Based Multiple Testing, ch. 2; Kearns et al. (2018), Preventing fairness
    gerrymandering, ICML.
    """
    x, n = people(table.counts)
    m = subgroups.members.astype(np.int64)
    inside, all_x, all_n = m @ n, int(x.sum()), int(n.sum())

    def z(drawn: Ints) -> Floats:
        chosen, total = drawn @ m.T, drawn.sum(axis=-1, keepdims=True)
        return two_proportion_z(chosen, inside, total - chosen, all_n - inside)

    own = z(x[None])[0]
    order = np.argsort(-np.abs(own), kind="stable")
    simulations = min(simulations, max(1000, MOST // max(len(own), 1)))
    exceeded = np.zeros(len(own), dtype=np.int64)
    step = max(1, 1_000_000 // max(len(own), 1))
    for start in range(0, simulations, step):
        count = min(step, simulations - start)
        law = np.abs(z(rng.binomial(n, all_x / all_n, size=(count, len(n)))))[:, order]
        largest = np.maximum.accumulate(law[:, ::-1], axis=1)[:, ::-1]
        exceeded += (largest >= np.abs(own[order]) - 1e-9).sum(axis=0)
    p = np.empty(len(own))
    p[order] = np.maximum.accumulate((1 + exceeded) / (1 + simulations))
    chosen = m @ x
    return Found(inside, chosen, chosen / inside, (all_x - chosen) / (all_n - inside), own, p, simulations)
