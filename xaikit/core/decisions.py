"""A table of decisions and the roles of its columns; the rows are never altered."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.core.errors import DataError, nearest, shown
from xaikit.core.groups import Groups, group_name, groups_of
from xaikit.core.roles import Roles

__all__ = ["Bools", "Decisions", "Roles"]

Bools = NDArray[np.bool_]
MANY = 20  # different numbers of a sensitive feature, each a group, above which a reader is told of roles.bins


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """One row a decision.

    Parameters
    ----------
    frame : pandas.DataFrame
        As it was given.
    roles : Roles
        Of its columns.
    selected : bool array, shape (n,), or None
        Who got the favourable decision.
    label : bool array, shape (n,), or None
        Whose ground truth is favourable.
    score : float array, shape (n,), or None
        Finite.
    weight : float array, shape (n,), or None
        Finite and not negative.
    cluster : int array, shape (n,), or None
        Codes of the clusters.
    notes : tuple of str
        What a reader must know of the table.
    """

    frame: pd.DataFrame
    roles: Roles
    selected: Bools | None
    label: Bools | None
    score: NDArray[np.float64] | None
    weight: NDArray[np.float64] | None = None
    cluster: NDArray[np.intp] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    def groups(self, column: str, frame: pd.DataFrame | None = None) -> Groups:
        """Return the groups of one column, cut where roles.bins says; missing and blank values become "unknown".

        Parameters
        ----------
        column : str
            A sensitive feature or stratum.
        frame : pandas.DataFrame, optional
            Another table with the same columns, such as the population; by default that of the decisions.
        """
        values = (self.frame if frame is None else frame)[column]
        return groups_of(values, column, self.roles.bins.get(column, ()))

    @property
    def ids(self) -> tuple[str, ...]:
        """The name of each row: the id column, or its position."""
        column = self.roles.id
        return tuple(map(str, self.frame[column] if column else range(len(self.frame))))

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        roles: Roles,
        *,
        selected: Bools | None = None,
        score: NDArray[np.float64] | None = None,
    ) -> "Decisions":
        """Return the validated decisions of a frame.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a decision.
        roles : Roles
            Of its columns.
        selected, score : arrays of shape (n,), optional
            What the model decided and scored, in place of columns.

        Raises
        ------
        DataError
            For an empty table, a column that is not there, duplicate ids, a decision or label that is not binary or
            has gaps, a score or weight that is not finite.
        """
        if len(frame) == 0:
            raise DataError("the table of decisions", "no rows", "at least one decision")
        _columns_exist(frame, roles)
        _ids_unique(frame, roles)
        notes: list[str] = []
        if selected is None and roles.decision:
            selected = _favourable(frame[roles.decision], roles, "decision", notes)
        label = _favourable(frame[roles.label], roles, "label", notes) if roles.label else None
        if score is None and roles.score:
            score = _numbers(frame[roles.score], f"score column '{roles.score}'")
        _not_cut(frame, roles, notes)
        weight = _numbers(frame[roles.weight], f"weight column '{roles.weight}'") if roles.weight else None
        if weight is not None and (weight < 0).any():
            raise DataError(f"weight column '{roles.weight}'", f"{weight.min():g}", "weights of 0 or more")
        cluster = pd.factorize(frame[roles.cluster])[0].astype(np.intp) if roles.cluster else None
        if cluster is not None and (cluster < 0).any():
            raise DataError(f"cluster column '{roles.cluster}'", "missing values", "a cluster for every row")
        return cls(frame, roles, selected, label, score, weight, cluster, tuple(notes))


def _not_cut(frame: pd.DataFrame, roles: Roles, notes: list[str]) -> None:
    """Say which sensitive numbers make many groups, each of few people."""
    for name in roles.sensitive:
        many = frame[name].nunique()
        if name not in roles.bins and many > MANY and pd.api.types.is_numeric_dtype(frame[name].dtype):
            notes.append(
                f"Each of the {many} numbers in column '{name}' is a group; roles.bins cuts them into bands."
            )


def _columns_exist(frame: pd.DataFrame, roles: Roles) -> None:
    for column, role in roles.columns().items():
        if column not in frame.columns:
            near = nearest(column, frame.columns)
            raise DataError(
                f"roles.{role}",
                f"column {shown(column)}, which the table does not have",
                f"one of {', '.join(shown(str(c), 30) for c in frame.columns[:12])}",
                f"Did you mean {shown(near)}?" if near else None,
            )


def _ids_unique(frame: pd.DataFrame, roles: Roles) -> None:
    if roles.id is None:
        return
    twice = frame[roles.id][frame[roles.id].duplicated()]
    if len(twice):
        raise DataError(
            f"id column '{roles.id}'",
            f"{len(twice)} duplicate ids, the first {shown(str(twice.iloc[0]))}",
            "a different id for every decision",
        )


def _numbers(column: pd.Series, where: str) -> NDArray[np.float64]:
    try:
        values = np.asarray(pd.to_numeric(column), dtype=np.float64)
    except (ValueError, TypeError):
        raise DataError(where, f"values such as {shown(str(column.iloc[0]))}", "numbers") from None
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise DataError(where, f"{len(bad)} NaN or infinite values, the first in row {bad[0] + 1}", "finite numbers")
    return values


def _favourable(column: pd.Series, roles: Roles, role: str, notes: list[str]) -> Bools:
    where = f"{role} column '{column.name}'"
    missing = int(column.isna().sum())
    if missing:
        first = int(np.flatnonzero(column.isna())[0]) + 1
        raise DataError(where, f"{missing} missing values, the first in row {first}", f"a {role} in every row")
    values = list(pd.unique(column))
    if len(values) > 2:
        raise DataError(
            where,
            f"{len(values)} different values ({', '.join(shown(str(v), 20) for v in values[:4])}, …)",
            "two: one favourable and one not",
            "For a score, use roles.score and a model threshold.",
        )
    wanted = _match(roles.favourable, values)
    if wanted is None:
        if len(values) == 2 or not _same_kind(roles.favourable, values[0]):
            near = nearest(roles.favourable, values)
            raise DataError(
                f"roles.favourable for {where}",
                shown(roles.favourable),
                f"one of {', '.join(shown(str(v), 20) for v in values)}",
                f"Did you mean {shown(near)}?" if near else None,
            )
        notes.append(f"Every value of {where} is {shown(str(values[0]), 30)}: nobody has the favourable one.")
        return np.zeros(len(column), dtype=bool)
    if len(values) == 1:
        notes.append(f"Every value of {where} is {shown(str(values[0]), 30)}: everybody has the favourable one.")
    return np.asarray(column == wanted, dtype=bool)


def _match(favourable: Hashable, values: list[Any]) -> Any:
    for value in values:
        if value == favourable:
            return value
    for value in values:
        if group_name(value) == group_name(favourable):
            return value
    return None


def _same_kind(favourable: Hashable, value: Any) -> bool:
    number = (int, float, np.integer, np.floating, bool, np.bool_)
    return isinstance(favourable, number) == isinstance(value, number)
