"""Tallies of several sets of rows made one: categories are aligned by name, equal cells are summed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from xaikit.core.errors import DataError
from xaikit.stats import axis, score_bins
from xaikit.stats.axis import Axis
from xaikit.stats.cells import summed
from xaikit.stats.table import Ints

if TYPE_CHECKING:
    from xaikit.stats.tally import Tally


def merged(a: "Tally", b: "Tally") -> "Tally":
    """Return the counts of two sets of rows together; categories that appear late are aligned by name.

    Raises
    ------
    DataError
        When the two do not count the same columns.
    """
    for what in ("sensitive", "control", "labelled", "decided"):
        if getattr(a, what) != getattr(b, what):
            raise DataError(f"merging tallies: {what}", f"{getattr(b, what)}", f"{getattr(a, what)} as in the first")
    for what in ("weights", "clusters", "scores"):
        if (getattr(a, what) is None) != (getattr(b, what) is None):
            raise DataError(f"merging tallies: {what}", "in one shard only", "in all shards or in none")
    axes = tuple(axis.joined(x, y) for x, y in zip(a.axes, b.axes, strict=True))
    a, b = (_coded(t, axes, [axis.codes(n, o) for n, o in zip(axes, t.axes, strict=True)]) for t in (a, b))

    def joined(name: str) -> Any:
        left, right = getattr(a, name), getattr(b, name)
        return None if left is None else np.concatenate([left, right])

    parts = ("cells", "counts", "weights", "squares", "clusters", "cluster_mass")
    both = replace(a, scores=None, **{name: joined(name) for name in parts})
    out = _summed(both)
    if a.scores is not None and b.scores is not None:
        out = replace(out, scores=score_bins.merged(a.scores, b.scores))
    return out


def regrouped(tally: "Tally", axes: tuple[Axis, ...], maps: Sequence[Ints]) -> "Tally":
    """Return the tally with its groups renamed; groups that get the same name become one.

    Parameters
    ----------
    tally : Tally
        Any.
    axes : tuple of Axis
        The new axes.
    maps : sequence of int arrays
        The new code of each old code, one array an axis.
    """
    out = _coded(tally, axes, list(maps))
    scores = None if out.scores is None else score_bins.merged(out.scores, score_bins.nothing(out.scores))
    return replace(_summed(replace(out, scores=None)), scores=scores)


def _coded(tally: "Tally", axes: tuple[Axis, ...], maps: list[Ints]) -> "Tally":
    scores, clusters = tally.scores, tally.clusters
    if scores is not None:
        scores = replace(scores, cells=axis.recoded(scores.cells, maps[: len(tally.sensitive)]))
    if clusters is not None:
        clusters = np.concatenate([clusters[:, :1], axis.recoded(clusters[:, 1:], maps)], axis=1)
    return replace(tally, axes=axes, cells=axis.recoded(tally.cells, maps), scores=scores, clusters=clusters)


def _summed(tally: "Tally") -> "Tally":
    """Return the tally with equal cells made one."""
    cells, (counts,) = summed(tally.cells, tally.counts)
    out = replace(tally, cells=cells, counts=counts)
    if tally.weights is not None and tally.squares is not None:
        _, (weights, squares) = summed(tally.cells, tally.weights, tally.squares)
        out = replace(out, weights=weights, squares=squares)
    if tally.clusters is not None and tally.cluster_mass is not None:
        clusters, (mass,) = summed(tally.clusters, tally.cluster_mass)
        out = replace(out, clusters=clusters, cluster_mass=mass)
    return out
