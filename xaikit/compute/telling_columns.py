"""The columns that a sensitive feature may be told from: inputs of the model, and codes and names beside them."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.compute.batches import as_array
from xaikit.compute.column_kinds import FULL_NAME, ZIP, first_words, kind_of, prefix_of, texts_of
from xaikit.compute.telling import Column
from xaikit.core.players import Players

AREA = 3


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One thing to tell from.

    Parameters
    ----------
    feature : str
        Its name.
    column : Column
        Its values.
    kind : str
        "zip code", "first name", "last name", "name of a person", or empty.
    part : str
        What of it is taken, where not all: "first 3 characters", "first word".
    read : bool
        Whether the model reads it.
    """

    feature: str
    column: Column
    kind: str = ""
    part: str = ""
    read: bool = True

    @property
    def about(self) -> dict[str, str]:
        """What names it in evidence."""
        return {
            "feature": self.feature,
            **({"kind": self.kind} if self.kind else {}),
            **({"part": self.part} if self.part else {}),
        }


def sources(
    inputs: Any, players: Players | None, frame: pd.DataFrame, beside: Mapping[str, Hashable]
) -> tuple[Source, ...]:
    """Return what a sensitive feature may be told from.

    Parameters
    ----------
    inputs : table or array, shape (n, columns), or None
        What the model reads.
    players : Players, optional
        Which of its columns are one feature.
    frame : pandas.DataFrame
        The same rows as they were given: postal codes and names among its columns are looked at too.
    beside : mapping
        Columns of the frame that have a role of their own and are not looked at.
    """
    out: list[Source] = []
    if players is not None and inputs is not None:
        for player, name in enumerate(players.names):
            out += _read(inputs, players, player, name, frame)
    taken = {s.feature for s in out} | set(players.columns if players is not None else ()) | set(beside)
    for name in frame.columns:
        if str(name) not in taken:
            kind = kind_of(str(name), frame[name])
            out += _coded(str(name), texts_of(frame[name]), kind, False) if kind else []
    return tuple(out)


def _read(inputs: Any, players: Players, player: int, name: str, frame: pd.DataFrame) -> list[Source]:
    columns = players.members(player)
    values = _values(inputs, columns)
    given = name if name in frame.columns else players.columns[columns[0]]
    if len(columns) > 1 and name not in frame.columns:
        chosen = np.asarray(values, dtype=np.float64).argmax(axis=1)
        original = pd.Series([players.label(player, players.columns[columns[c]]) for c in chosen])
    else:
        original = frame[given] if given in frame.columns else pd.Series(values[:, 0])
    kind = kind_of(name, original)
    if kind:
        return _coded(name, texts_of(original), kind, True)
    if len(columns) > 1:
        return [Source(name, Column.of(_patterns(values), category=True))]
    return [Source(name, Column.of(_plain(values[:, 0])))]


def _coded(name: str, texts: Sequence[str], kind: str, read: bool) -> list[Source]:
    array = np.array(texts, dtype=object)
    out = [Source(name, Column.of(array, category=True), kind, "", read)]
    if kind == ZIP:
        area = Column.of(prefix_of(texts, AREA), category=True)
        out.append(Source(name, area, kind, f"first {AREA} characters", read))
    elif kind == FULL_NAME:
        out.append(Source(name, Column.of(first_words(texts), category=True), kind, "first word", read))
    return out


def _values(inputs: Any, columns: NDArray[np.intp]) -> NDArray[Any]:
    if isinstance(inputs, pd.DataFrame):
        return np.asarray(inputs.iloc[:, columns].to_numpy())
    return np.asarray(as_array(inputs))[:, columns]


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    """Return a column of a mixed table as numbers where it is numbers."""
    if values.dtype != object:
        return values
    numbers = pd.to_numeric(pd.Series(values), errors="coerce")
    missing = pd.Series(values).isna()
    return values if (numbers.isna() & ~missing).any() else numbers.to_numpy(dtype=np.float64)


def _patterns(values: NDArray[Any]) -> NDArray[Any]:
    """Return the code of each row's pattern over the columns of a group."""
    rows = pd.DataFrame(values).map(str)
    return np.asarray(rows.groupby(list(rows.columns), sort=True).ngroup().to_numpy())
