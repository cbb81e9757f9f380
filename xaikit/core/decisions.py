"""A table of decisions and the roles of its columns; the rows are never altered."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.core.columns import Bools, check_ids, check_names, clusters, numbers, outcome, weights
from xaikit.core.errors import DataError, nearest, shown
from xaikit.core.groups import Groups, groups_of
from xaikit.core.roles import Roles

__all__ = ["Bools", "Decisions", "Roles"]

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
        check_names(frame.columns)
        _columns_exist(frame, roles)
        if roles.id:
            check_ids(frame[roles.id])
        notes: list[str] = []
        if selected is None and roles.decision:
            selected = outcome(frame[roles.decision], roles.favourable, "decision", notes)
        label = outcome(frame[roles.label], roles.favourable, "label", notes) if roles.label else None
        if score is None and roles.score:
            score = numbers(frame[roles.score], f"score column {shown(roles.score)}")
        _not_cut(frame, roles, notes)
        weight = weights(frame[roles.weight]) if roles.weight else None
        cluster = clusters(frame[roles.cluster]) if roles.cluster else None
        return cls(frame, roles, selected, label, score, weight, cluster, tuple(notes))


def _not_cut(frame: pd.DataFrame, roles: Roles, notes: list[str]) -> None:
    """Say which sensitive numbers make many groups, each of few people."""
    for name in roles.sensitive:
        cut_or_words = name in roles.bins or not pd.api.types.is_numeric_dtype(frame[name].dtype)
        many = 0 if cut_or_words else frame[name].nunique()
        if many > MANY:
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
