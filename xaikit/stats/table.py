"""The counts of one table of groups: what every rate, test, interval and bound is a function of."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xaikit.core.errors import DataError, unknown_name

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Counts of people by group, label and decision.

    Parameters
    ----------
    sensitive : tuple of str
        The features that were crossed.
    groups : tuple of str
        k known groups; the values of an intersection are joined by ×.
    counts : int array, shape (k, L, D)
        People; `L` is 2 (label not favourable, favourable) or 1 (no label), `D` is 2 (not selected, selected) or 1.
    unknown : int array, shape (L, D)
        People of whom a value is not known; they are outside every comparison.
    weights, squares : float array, shape (k, L, D), or None
        Sums of the row weights and of their squares, when rows have weights.
    bundles : float array, shape (s, k, L, D), or None
        The distinct patterns in which clusters fill the table, when rows come in clusters.
    copies : int array, shape (s,), or None
        How many clusters have each pattern.
    unknown_weights, unknown_squares : float array, shape (L, D), or None
        Sums of the weights, and of their squares, of those of whom a value is not known.
    """

    sensitive: tuple[str, ...]
    groups: tuple[str, ...]
    counts: Ints
    unknown: Ints
    weights: Floats | None = None
    squares: Floats | None = None
    bundles: Floats | None = None
    copies: Ints | None = None
    unknown_weights: Floats | None = None
    unknown_squares: Floats | None = None

    @property
    def labelled(self) -> bool:
        """Whether the ground truth is known."""
        return bool(self.counts.shape[1] == 2)

    @property
    def decided(self) -> bool:
        """Whether decisions were taken."""
        return bool(self.counts.shape[2] == 2)

    @property
    def n(self) -> Ints:
        """People in each group, shape (k,)."""
        return np.asarray(self.counts.sum(axis=(1, 2)))

    @property
    def selected(self) -> Ints:
        """People selected in each group, shape (k,)."""
        return np.asarray(self.counts[..., -1].sum(axis=1))

    @property
    def independent(self) -> bool:
        """Whether every row counts once and rows do not depend on one another."""
        return self.weights is None and self.bundles is None

    @property
    def assumption(self) -> dict[str, str]:
        """What a test of plain counts takes for granted and does not hold here, for the detail of evidence."""
        return {} if self.independent else {"assumes": "independent rows of equal weight; these are not"}

    @property
    def mass(self) -> Floats:
        """What rates are made of: sums of weights, or counts, shape (k, L, D)."""
        return self.weights if self.weights is not None else self.counts.astype(np.float64)

    def index(self, group: str) -> int:
        """Return the place of a group.

        Raises
        ------
        SpecError
            When there is no such group; the nearest is named.
        """
        if group not in self.groups:
            raise unknown_name("×".join(self.sensitive), "group", group, self.groups)
        return self.groups.index(group)

    def only(self, keep: list[int]) -> "Table":
        """Return the table of some of its groups."""
        kept = [None if a is None else a[keep] for a in (self.weights, self.squares)]
        bundles = None if self.bundles is None else self.bundles[:, keep]
        names = tuple(self.groups[i] for i in keep)
        return replace(
            self, groups=names, counts=self.counts[keep], weights=kept[0], squares=kept[1], bundles=bundles
        )


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTable:
    """Counts of people by group, score bin and label.

    Parameters
    ----------
    sensitive, groups : tuple of str
        As in `Table`.
    edges : float array, shape (b,)
        The upper edge of each bin, which belongs to it.
    exact : bool
        Every bin holds one distinct score only.
    counts : int array, shape (k, b, L)
        People.
    sums : float array, shape (k, b, L)
        Sums of their scores.
    unknown : int array, shape (b, L)
        People of whom a value is not known.
    """

    sensitive: tuple[str, ...]
    groups: tuple[str, ...]
    edges: Floats
    exact: bool
    counts: Ints
    sums: Floats
    unknown: Ints

    @property
    def labelled(self) -> bool:
        """Whether the ground truth is known."""
        return bool(self.counts.shape[2] == 2)


def of_counts(
    groups: dict[str, tuple[int, int]], sensitive: str = "group", unknown: tuple[int, int] = (0, 0)
) -> Table:
    """Return the table of published counts: the selected and all applicants of each group.

    Examples
    --------
    >>> of_counts({"F": (555, 1181), "M": (667, 1390)}).selected.tolist()
    [555, 667]
    """
    for name, (selected, n) in groups.items():
        if not 0 <= selected <= n:
            raise DataError(f"group '{name}'", f"{selected} selected of {n}", "0 ≤ selected ≤ applicants")
    counts = np.array([[[n - x, x]] for x, n in groups.values()], dtype=np.int64).reshape(len(groups), 1, 2)
    rest = np.array([[unknown[1] - unknown[0], unknown[0]]], dtype=np.int64)
    return Table((sensitive,), tuple(groups), counts, rest)
