"""Scores as counts: by group, bin and label, mergeable, fine enough for medians, AUC and calibration."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaikit.core.errors import DataError
from xaikit.stats.cells import summed
from xaikit.stats.table import Floats, Ints, ScoreTable

DISTINCT = 1000  # up to so many distinct scores, each is its own bin
QUANTILES = 512


@dataclass(frozen=True, slots=True, eq=False)
class ScoreBins:
    """Rows by sensitive cell, score bin and label.

    Parameters
    ----------
    edges : float array, shape (b,)
        Upper edge of each bin, which belongs to it; the last is the largest score or infinity.
    exact : bool
        Each bin holds one distinct score only; such bins merge with any others of their kind.
    cells : int array, shape (m, sensitive features)
        Codes of the cells that occur.
    counts, sums : arrays, shape (m, b, L)
        Rows, and the sums of their scores.
    """

    edges: Floats
    exact: bool
    cells: Ints
    counts: Ints
    sums: Floats

    def table(self, sensitive: tuple[str, ...], groups: tuple[str, ...], keys: Ints) -> ScoreTable:
        """Return the counts of groups; `keys` names the group of each cell, −1 where unknown."""
        known = keys >= 0
        counts = np.zeros((len(groups), *self.counts.shape[1:]), dtype=np.int64)
        sums = np.zeros(counts.shape)
        np.add.at(counts, keys[known], self.counts[known])
        np.add.at(sums, keys[known], self.sums[known])
        return ScoreTable(sensitive, groups, self.edges, self.exact, counts, sums, self.counts[~known].sum(axis=0))


def edges_of(score: Floats) -> tuple[Floats, bool]:
    """Return upper bin edges for scores, and whether each bin holds one distinct score.

    The median and, for scores between 0 and 1, every hundredth are among the edges, so that the share above the
    median and the usual reliability bins are exact.
    """
    distinct = np.unique(score)
    if len(distinct) <= DISTINCT:
        return distinct.astype(np.float64), True
    cuts: list[Floats] = [
        np.quantile(score, np.linspace(0, 1, QUANTILES + 1)[1:]),
        np.array([np.median(score), distinct[-1]]),
    ]
    if distinct[0] >= 0 and distinct[-1] <= 1:
        cuts.append(np.linspace(0, 1, 101))
    return np.unique(np.concatenate(cuts)), False


def of_rows(
    codes: Sequence[NDArray[Any]],
    sizes: Sequence[int],
    score: Floats,
    label: NDArray[np.bool_] | None,
    edges: Floats | None = None,
) -> ScoreBins:
    """Return the counts of scores.

    Raises
    ------
    DataError
        When a score lies above the last edge that was given.
    """
    exact = False
    if edges is None:
        edges, exact = edges_of(score)
    bins = np.searchsorted(edges, score, side="left")
    if len(score) and bins.max() >= len(edges):
        raise DataError("score", f"{score.max():g}", f"at most {edges[-1]:g}, the last bin edge")
    width = 1 if label is None else 2
    cell = np.zeros(len(score), dtype=np.int64)
    for c, size in zip(codes, sizes, strict=True):
        cell = cell * size + c
    cells, cell = np.unique(cell, return_inverse=True)
    index = (cell * len(edges) + bins) * width + (0 if label is None else label.astype(np.int64))
    shape = (len(cells), len(edges), width)
    counts = np.bincount(index, minlength=prod(shape)).reshape(shape)
    sums = np.asarray(np.bincount(index, score, minlength=prod(shape)).reshape(shape), dtype=np.float64)
    names = (
        np.stack(np.unravel_index(cells, tuple(sizes)), axis=1)
        if sizes
        else np.zeros((len(cells), 0), dtype=np.int64)
    )
    return ScoreBins(
        np.asarray(edges, dtype=np.float64), exact, names.astype(np.int64), counts.astype(np.int64), sums
    )


def merged(a: ScoreBins, b: ScoreBins) -> ScoreBins:
    """Return the counts of two sets of rows together.

    Raises
    ------
    DataError
        When the two were binned at different edges.
    """
    if a.exact and b.exact:
        edges = np.union1d(a.edges, b.edges)
        a, b = _widened(a, edges), _widened(b, edges)
    elif len(a.edges) != len(b.edges) or (a.edges != b.edges).any():
        raise DataError("merging scores", "bins with different edges", "one set of edges for all shards")
    cells, (counts, sums) = summed(
        np.concatenate([a.cells, b.cells]),
        np.concatenate([a.counts, b.counts]),
        np.concatenate([a.sums, b.sums]),
    )
    return ScoreBins(a.edges, a.exact and b.exact, cells, counts, sums)


def nothing(like: ScoreBins) -> ScoreBins:
    """Return bins of nobody, at the same edges."""
    return replace(like, cells=like.cells[:0], counts=like.counts[:0], sums=like.sums[:0])


def _widened(bins: ScoreBins, edges: Floats) -> ScoreBins:
    place = np.searchsorted(edges, bins.edges)
    shape = (len(bins.cells), len(edges), bins.counts.shape[2])
    counts, sums = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    counts[:, place], sums[:, place] = bins.counts, bins.sums
    return replace(bins, edges=edges, counts=counts, sums=sums)
