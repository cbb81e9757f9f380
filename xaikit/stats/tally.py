"""One pass over decisions leaves counts; counts merge; everything else is a function of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.core.decisions import Decisions
from xaikit.core.errors import DataError, unknown_name
from xaikit.core.evidence import JOIN
from xaikit.core.groups import Groups, coded, group_name
from xaikit.stats import merging, score_bins
from xaikit.stats.axis import Axis
from xaikit.stats.cells import counted, summed
from xaikit.stats.score_bins import ScoreBins
from xaikit.stats.table import Floats, Ints, ScoreTable, Table

RANDOM_GROUPS = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Mergeable counts of decisions over strata × sensitive features × label × decision.

    Only cells that occur are kept, so that many features with many values stay small.

    Parameters
    ----------
    axes : tuple of Axis
        Sensitive features, then control features.
    cells : int array, shape (m, axes)
        The code of each occurring cell on each axis, in lexicographic order.
    counts : int array, shape (m, L, D)
        Rows; see `Table`.
    weights, squares : float array, shape (m, L, D), or None
        Sums of the row weights and of their squares.
    scores : ScoreBins, optional
        Rows by sensitive cell, score bin and label.
    clusters : int array, shape (e, 1 + axes), or None
        Cluster (a stable hash of its value) and cell of each pair that occurs.
    cluster_mass : float array, shape (e, L, D), or None
        Rows (or weight) of each pair.
    """

    axes: tuple[Axis, ...]
    cells: Ints
    counts: Ints
    weights: Floats | None = None
    squares: Floats | None = None
    scores: ScoreBins | None = None
    clusters: Ints | None = None
    cluster_mass: Floats | None = None

    def __add__(self, other: "Tally") -> "Tally":
        return merging.merged(self, other)

    def __len__(self) -> int:
        return int(self.counts.sum())

    @property
    def sensitive(self) -> tuple[str, ...]:
        """The sensitive features."""
        return tuple(a.name for a in self.axes if a.role == "sensitive")

    @property
    def control(self) -> tuple[str, ...]:
        """The features that make strata."""
        return tuple(a.name for a in self.axes if a.role == "control")

    @property
    def views(self) -> tuple[tuple[str, ...], ...]:
        """Each sensitive feature alone, then all of them crossed."""
        single = tuple((s,) for s in self.sensitive)
        return (*single, self.sensitive) if len(single) > 1 else single

    @property
    def assumption(self) -> dict[str, str]:
        """What a test of plain counts takes for granted and does not hold here, for the detail of evidence."""
        plain = self.weights is None and self.clusters is None
        return {} if plain else {"assumes": "independent rows of equal weight; these are not"}

    @property
    def labelled(self) -> bool:
        """Whether the ground truth is known."""
        return bool(self.counts.shape[1] == 2)

    @property
    def decided(self) -> bool:
        """Whether decisions were taken."""
        return bool(self.counts.shape[2] == 2)

    @classmethod
    def of(cls, decisions: Decisions, *, edges: Floats | None = None) -> "Tally":
        """Return the counts of a table of decisions.

        Parameters
        ----------
        decisions : Decisions
            One row a decision.
        edges : float array, optional
            Upper edges of the score bins; shards of a stream of many-valued scores must share them.
        """
        roles = decisions.roles
        groups = [(c, "sensitive") for c in roles.sensitive]
        groups += [(c, "control") for c in roles.control if c not in roles.sensitive]
        return of_codes(
            [(decisions.groups(c), role) for c, role in groups],
            label=decisions.label,
            selected=decisions.selected,
            score=decisions.score,
            weight=decisions.weight,
            cluster=hashed_clusters(decisions),
            edges=edges,
            rows=len(decisions),
        )

    def table(self, *names: str) -> Table:
        """Return the table of one sensitive feature, or of an intersection, over all strata.

        Raises
        ------
        SpecError
            When the tally has no such axis.
        """
        places, keys, codes = self.keyed(names)
        known, rows = keys >= 0, len(codes)

        def margin(values: NDArray[Any]) -> NDArray[Any]:
            out = np.zeros((rows, *values.shape[1:]), dtype=values.dtype)
            np.add.at(out, keys[known], values[known])
            return out

        made = Table(
            tuple(names),
            self._names(places, codes),
            margin(self.counts),
            self.counts[~known].sum(axis=0),
            None if self.weights is None else margin(self.weights),
            None if self.squares is None else margin(self.squares),
            unknown_weights=None if self.weights is None else self.weights[~known].sum(axis=0),
            unknown_squares=None if self.squares is None else self.squares[~known].sum(axis=0),
        )
        return made if self.clusters is None else self._bundled(made, keys)

    def strata(self, *names: str, control: Sequence[str] | None = None) -> tuple[tuple[str, ...], Ints]:
        """Return the names of the strata and their counts, shape (s, k, L, D); groups as in `table`."""
        control = self.control if control is None else tuple(control)
        _, keys, codes = self.keyed(names)
        places = [self._place(c) for c in control]
        values, stratum = np.unique(self.cells[:, places], axis=0, return_inverse=True)
        out = np.zeros((len(values), len(codes), *self.counts.shape[1:]), dtype=np.int64)
        known = keys >= 0
        np.add.at(out, (stratum.ravel()[known], keys[known]), self.counts[known])
        return self._names(places, values), out

    def score_table(self, *names: str) -> ScoreTable:
        """Return the counts by score bin of one sensitive feature, or of an intersection.

        Raises
        ------
        DataError
            When the tally holds no scores.
        """
        if self.scores is None:
            raise DataError("tally", "no scores", "decisions with a score column or a model")
        places, keys, codes = self.keyed(names, self.scores.cells)
        return self.scores.table(tuple(names), self._names(places, codes), keys)

    def _place(self, name: str) -> int:
        known = [a.name for a in self.axes]
        if name not in known:
            raise unknown_name("tally", "axis", name, known)
        return known.index(name)

    def keyed(self, names: Sequence[str], cells: Ints | None = None) -> tuple[list[int], Ints, Ints]:
        """Return axis places, the group of every cell (−1: unknown), and the codes of the groups."""
        places = [self._place(n) for n in names]
        own = (self.cells if cells is None else cells)[:, places]
        last = np.array([self.axes[p].unknown for p in places])
        known = (own != last).all(axis=1)
        # groups are those of all rows, so that a table of scores has the groups of the table of decisions
        every = self.cells[:, places]
        codes = np.unique(every[(every != last).all(axis=1)], axis=0)
        place = {tuple(c): i for i, c in enumerate(codes.tolist())}
        keys = np.array([place.get(tuple(c), -1) for c in own.tolist()], dtype=np.int64)
        return places, np.where(known, keys, -1), codes

    def _names(self, places: Sequence[int], codes: Ints) -> tuple[str, ...]:
        return tuple(JOIN.join(self.axes[p].groups[v] for p, v in zip(places, row, strict=True)) for row in codes)

    def cells_of_clusters(self) -> Ints:
        """Return the row of `cells` of each pair of cluster and cell; there are clusters."""
        assert self.clusters is not None
        if not self.axes:
            return np.zeros(len(self.clusters), dtype=np.int64)
        sizes = tuple(len(a.groups) for a in self.axes)
        cells, own = (np.ravel_multi_index(tuple(c.T), sizes) for c in (self.cells, self.clusters[:, 1:]))
        return np.asarray(np.searchsorted(cells, own))  # cells are in lexicographic order

    def _bundled(self, table: Table, keys: Ints) -> Table:
        """Return the table with the distinct patterns of its clusters.

        Above RANDOM_GROUPS clusters, those with the same remainder of their hash are resampled together: the variance
        of rates stays the same in expectation, and rests on as many groups.
        """
        assert self.clusters is not None
        assert self.cluster_mass is not None
        group = keys[self.cells_of_clusters()]
        known = group >= 0
        ids, who = np.unique(self.clusters[known, 0], return_inverse=True)
        if len(ids) > RANDOM_GROUPS:
            ids, who = np.unique(self.clusters[known, 0] % RANDOM_GROUPS, return_inverse=True)
        if not len(ids):  # of nobody is the group known
            return replace(table, bundles=np.zeros((0, *table.counts.shape)), copies=np.zeros(0, dtype=np.int64))
        filled = np.zeros((len(ids), *table.counts.shape))
        np.add.at(filled, (who, group[known]), self.cluster_mass[known])
        patterns, copies = np.unique(filled.reshape(len(ids), table.counts.size), axis=0, return_counts=True)
        return replace(table, bundles=patterns.reshape(-1, *table.counts.shape), copies=copies.astype(np.int64))


def hashed_clusters(decisions: Decisions) -> NDArray[np.uint64] | None:
    """Return a hash of the cluster of each row, the same in every shard; None where rows have no clusters."""
    column = decisions.roles.cluster
    if not column:
        return None
    codes, values = coded(decisions.frame[column])
    return hashed(values)[codes]


def hashed(values: Sequence[Any]) -> NDArray[np.uint64]:
    """Return a hash of each value by its name: the same whether a shard has it as a number or as a text."""
    return np.asarray(pd.util.hash_array(np.array([group_name(v) for v in values], dtype=object)), dtype=np.uint64)


def of_codes(
    groups: Sequence[tuple[Groups, str]],
    *,
    label: NDArray[np.bool_] | None = None,
    selected: NDArray[np.bool_] | None = None,
    score: Floats | None = None,
    weight: Floats | None = None,
    cluster: NDArray[np.uint64] | None = None,
    edges: Floats | None = None,
    rows: int | None = None,
) -> Tally:
    """Return the counts of coded columns; the fast way in.

    Parameters
    ----------
    groups : sequence of (Groups, role)
        The axes; sensitive features first.
    label, selected : bool arrays, shape (n,), optional
        Ground truth and decision.
    score, weight : float arrays, shape (n,), optional
        Finite.
    cluster : uint64 array, shape (n,), optional
        A hash of the cluster that is the same in every shard.
    edges : float array, optional
        Upper edges of the score bins.
    rows : int, optional
        Number of rows, needed when there is no other column.
    """
    axes = tuple(Axis(g.name, role, g.names) for g, role in groups)
    codes = [g.codes for g, _ in groups]
    sizes = [len(a.groups) for a in axes]
    outcome = [None if a is None else np.asarray(a, dtype=np.int8) for a in (label, selected)]
    cells, arrays = counted(codes, sizes, outcome, weight, rows)
    kept = cluster_mass = None
    if cluster is not None:
        kept, cluster_mass = _clustered(cluster.view(np.int64), codes, outcome, weight)
    scores = None
    if score is not None:
        sensitive = [i for i, a in enumerate(axes) if a.role == "sensitive"]
        scores = score_bins.of_rows([codes[i] for i in sensitive], [sizes[i] for i in sensitive], score, label, edges)
    return Tally(axes, cells, arrays[0], arrays[1], arrays[2], scores, kept, cluster_mass)


def _clustered(
    cluster: Ints, codes: list[NDArray[np.intp]], outcome: list[NDArray[np.int8] | None], weight: Floats | None
) -> tuple[Ints, Floats]:
    rows = len(cluster)
    shape = [1 if a is None else 2 for a in outcome]
    one = np.zeros((rows, *shape))
    place = [np.zeros(rows, dtype=np.int8) if a is None else a for a in outcome]
    one[np.arange(rows), place[0], place[1]] = 1.0 if weight is None else weight
    keys = np.stack([cluster, *codes], axis=1).astype(np.int64)
    unique, (mass,) = summed(keys, one)
    return unique, mass
