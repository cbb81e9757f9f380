"""The groups of a column: a code for each row, and the names; whose group is not known is a group of its own."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.core.evidence import JOIN, UNKNOWN


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The groups of one sensitive feature (or stratum): a code for each row, and the names.

    Parameters
    ----------
    name : str
        The feature.
    codes : int array, shape (n,)
        Index into `names`.
    names : tuple of str
        Sorted; "unknown" last, when any row has none.
    """

    name: str
    codes: NDArray[np.intp]
    names: tuple[str, ...]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Rows whose group is known."""
        if self.names and self.names[-1] == UNKNOWN:
            return np.asarray(self.codes != len(self.names) - 1)
        return np.ones(len(self.codes), dtype=bool)


def groups_of(column: pd.Series, name: str) -> Groups:
    """Return the groups of a column; missing and blank values become "unknown", always the last name."""
    codes, values = pd.factorize(column)
    text = np.array([group_name(v) for v in values], dtype=object)
    blank = np.array([not t.strip() or t.strip().casefold() == UNKNOWN for t in text], dtype=bool)
    known = sorted({t for t, b in zip(text, blank, strict=True) if not b})
    place = {t: i for i, t in enumerate(known)}
    lookup = np.array([len(known) if b else place[t] for t, b in zip(text, blank, strict=True)] + [len(known)])
    out = lookup[codes].astype(np.intp)
    names = (*known, UNKNOWN) if (out == len(known)).any() else tuple(known)
    return Groups(name, out, names)


def group_name(value: Any) -> str:
    """Return the name of the group that a value of a column stands for.

    Examples
    --------
    >>> group_name(3.0), group_name(" F "), group_name("a×b")
    ('3', 'F', 'a✕b')
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # the cross joins the values of an intersection; a value that holds one gets its twin
    return str(value).strip().replace(JOIN, "✕")
