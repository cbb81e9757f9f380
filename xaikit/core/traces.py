"""What a check alone knows of single rows, kept for a comparison of the same people: never part of a result."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from xaikit.core.decisions import Decisions

Floats = NDArray[np.float64]
Key = tuple[str, ...]


class Traces:
    """Numbers by row, as checks note them while an audit runs.

    Parameters
    ----------
    rows : int
        Of the audited decisions.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.noted: dict[Key, Floats] = {}

    def note(self, key: Key, rows: NDArray[np.intp], values: NDArray[np.generic]) -> None:
        """Note a number for some rows; what else was noted under the key stays.

        Parameters
        ----------
        key : tuple of str
            The measure, and what it is about where that is not the row's own group.
        rows : int array, shape (m,)
            Places among the audited rows.
        values : array, shape (m,)
            What each of them moved.
        """
        if key not in self.noted:
            self.noted[key] = np.full(self.rows, np.nan)
        self.noted[key][rows] = values


@dataclass(frozen=True, slots=True, eq=False)
class Traced(Decisions):
    """Decisions with what checks noted of each row.

    Parameters
    ----------
    traces : mapping of tuple of str to float array, shape (n,)
        By what was noted; NaN for rows of which nothing was.
    """

    traces: Mapping[Key, Floats] = field(default_factory=dict)

    @classmethod
    def with_traces(cls, decisions: Decisions, traces: Mapping[Key, Floats]) -> "Traced":
        """Return decisions with what was noted of their rows."""
        return cls(**{f.name: getattr(decisions, f.name) for f in fields(Decisions)}, traces=traces)


def traces_of(decisions: Decisions) -> Mapping[Key, Floats]:
    """Return what was noted of rows; nothing where nobody noted anything."""
    return decisions.traces if isinstance(decisions, Traced) else {}
