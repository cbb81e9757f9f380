"""The dimensions of a tally, and how those of two tallies are aligned by name."""

from dataclasses import dataclass

import numpy as np

from xaikit.core.evidence import UNKNOWN
from xaikit.core.groups import in_order
from xaikit.stats.table import Ints


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension of a tally.

    Parameters
    ----------
    name : str
        The column.
    role : str
        "sensitive" or "control".
    groups : tuple of str
        Sorted values; "unknown" last, when any row has none.
    """

    name: str
    role: str
    groups: tuple[str, ...]

    @property
    def unknown(self) -> int:
        """The code of "unknown", or −1 when every value is known."""
        return len(self.groups) - 1 if self.groups and self.groups[-1] == UNKNOWN else -1


def joined(a: Axis, b: Axis) -> Axis:
    """Return the axis that has the groups of both."""
    return Axis(a.name, a.role, in_order({*a.groups, *b.groups}))


def codes(axis: Axis, own: Axis) -> Ints:
    """Return, for each group of `own`, its code on `axis`."""
    place = {g: i for i, g in enumerate(axis.groups)}
    return np.array([place[g] for g in own.groups], dtype=np.int64)


def recoded(cells: Ints, maps: list[Ints]) -> Ints:
    """Return cells under new codes, one map an axis."""
    if not maps:
        return cells
    return np.stack([m[c] for m, c in zip(maps, cells.T, strict=True)], axis=1)
