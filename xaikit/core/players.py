"""Which columns of the input are one player: features, and one-hot groups that stand for one feature."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaikit.core.errors import SpecError, unknown_name


@dataclass(frozen=True, slots=True)
class Players:
    """A partition of the columns of a flat input `(n, columns)`.

    Parameters
    ----------
    names : tuple of str
        One a player, in the order of their first column.
    owner : int array, shape (columns,)
        The player to which each column belongs.
    columns : tuple of str
        The names of the columns.
    scales : mapping of str to (low, high)
        Players whose one column the model takes rescaled to 0–1, and the natural values of 0 and 1: for display.
    """

    names: tuple[str, ...]
    owner: NDArray[np.intp]
    columns: tuple[str, ...]
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def grouped(self) -> bool:
        """Whether any player owns more than one column."""
        return len(self.names) < len(self.columns)

    def members(self, player: int) -> NDArray[np.intp]:
        """Return the indices of the columns of one player."""
        return np.flatnonzero(self.owner == player)

    def natural(self, player: int, values: Any) -> Any:
        """Return the values of a player of one column in the unit that people use, where one is declared.

        Examples
        --------
        >>> Players.of(["age"], scales={"age": (17, 90)}).natural(0, 0.5)
        53.5
        """
        if self.names[player] not in self.scales:
            return values
        low, high = self.scales[self.names[player]]
        return low + values * (high - low)

    def label(self, player: int, column: str) -> str:
        """Return the name of one column of a group without the group's own name before it.

        Examples
        --------
        >>> Players.of(["job=clerk", "job=cook"], {"job": ["job=clerk", "job=cook"]}).label(0, "job=cook")
        'cook'
        """
        return column.removeprefix(self.names[player]).lstrip("_=:. ") or column

    @classmethod
    def of(
        cls,
        columns: Sequence[str],
        groups: Mapping[str, Sequence[str]] | None = None,
        scales: Mapping[str, tuple[float, float]] | None = None,
        where: str = "groups",
    ) -> "Players":
        """Return the players of `columns`, those of one group joined into one; `where` names the groups in errors.

        Raises
        ------
        SpecError
            When a group names a column that is not there, two groups share one, or a scale names no player of one
            column.

        Examples
        --------
        >>> p = Players.of(["age", "job_a", "job_b"], {"job": ["job_a", "job_b"]})
        >>> p.names, p.owner.tolist()
        (('age', 'job'), [0, 1, 1])
        """
        group_of = _owners(columns, groups or {}, where)
        names: list[str] = []
        owner = np.empty(len(columns), dtype=np.intp)
        for i, column in enumerate(columns):
            name = group_of.get(column, column)
            if name not in names:
                names.append(name)
            owner[i] = names.index(name)
        made = cls(tuple(names), owner, tuple(columns), dict(scales or {}))
        for name in made.scales:
            if name not in names:
                raise unknown_name("scales", "feature", name, names)
            if len(made.members(names.index(name))) > 1:
                raise SpecError(f"scales.{name}", "a group of several columns", "a feature of one column")
        return made


def _owners(columns: Sequence[str], groups: Mapping[str, Sequence[str]], where: str) -> dict[str, str]:
    group_of: dict[str, str] = {}
    for name, members in groups.items():
        for column in members:
            if column not in columns:
                raise unknown_name(f"{where}.{name}", "column", column, columns)
            if column in group_of:
                raise SpecError(f"{where}.{name}", f"column '{column}' twice", "each column in one group")
            group_of[column] = name
    clash = [n for n in groups if n in columns and n not in group_of]
    if clash:
        raise SpecError(f"{where}.{clash[0]}", "the name of another column", "a name of its own for the group")
    return group_of
