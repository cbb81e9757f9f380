"""The groups of a column: a code for each row, and the names; whose group is not known is a group of its own."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.core.errors import DataError, shown
from xaikit.core.evidence import JOIN, UNKNOWN

SINGLE = ("float16", "float32", "Float32", "float[pyarrow]", "halffloat[pyarrow]")
MIXED = ("mixed", "mixed-integer")
NUMBER = r"-?[0-9.]+(?:e[+-][0-9]+)?"
BAND = re.compile(f"<{NUMBER}|(?P<low>{NUMBER})–<{NUMBER}|≥(?P<least>{NUMBER})")


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
        Sorted (bands of numbers: from the lowest); "unknown" last, when any row has none.
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


def groups_of(column: pd.Series, name: str, bins: Sequence[float] = ()) -> Groups:
    """Return the groups of a column; missing and blank values become "unknown", always the last name.

    Parameters
    ----------
    column : pandas.Series
        A value a row.
    name : str
        The feature.
    bins : sequence of float
        Cut points, rising: the groups are then bands of numbers, each from its cut point (included) to the next.

    Raises
    ------
    DataError
        Where there are cut points and a value that is no number.

    Examples
    --------
    >>> groups_of(pd.Series([39, 40, 65, None]), "age", [40, 65]).names
    ('<40', '40–<65', '≥65', 'unknown')
    """
    codes, values = coded(column)
    text = [group_name(v) for v in values]
    blank = np.array([not t.strip() or t.strip().casefold() == UNKNOWN for t in text], dtype=bool)
    if len(bins):
        known, place = _banded(text, blank, bins, name)
    else:
        known = in_order({t for t, b in zip(text, blank, strict=True) if not b})
        at = {t: i for i, t in enumerate(known)}
        place = np.array([len(known) if b else at[t] for t, b in zip(text, blank, strict=True)], dtype=np.intp)
    out = np.append(place, len(known))[codes].astype(np.intp)
    return Groups(name, out, (*known, UNKNOWN) if (out == len(known)).any() else known)


def coded(column: pd.Series) -> tuple[NDArray[np.intp], list[Any]]:
    """Return a code for each row, −1 where it has no value, and the values in the order in which they come.

    Values of several types in one column are told apart by their names, for to a hash table True is 1, whichever
    comes first; so are values that cannot be hashed.
    """
    kind = column.dtype
    if str(kind) in SINGLE:  # a value is named with the digits that it has, and not those of a double
        codes, short = pd.factorize(column.to_numpy(dtype=np.float32, na_value=np.nan))
        return np.asarray(codes, dtype=np.intp), list(short)
    if not pd.api.types.is_object_dtype(kind) or pd.api.types.infer_dtype(column, skipna=True) not in MIXED:
        try:
            codes, values = pd.factorize(column)
        except (TypeError, NotImplementedError):
            pass
        else:
            return np.asarray(codes, dtype=np.intp), list(values)
    missing = column.isna().to_numpy(dtype=bool)
    names = [None if gap else group_name(v) for v, gap in zip(column, missing, strict=True)]
    codes, values = pd.factorize(np.array(names, dtype=object))
    return np.asarray(codes, dtype=np.intp), list(values)


def _banded(
    text: Sequence[str], blank: NDArray[np.bool_], bins: Sequence[float], name: str
) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Return the bands that anybody is in, and the band of each text; blank ones come after the last."""
    numbers = np.array([np.nan if b else _number(t, name) for t, b in zip(text, blank, strict=True)])
    place = np.searchsorted(np.asarray(bins, dtype=np.float64), numbers, side="right")
    there = np.unique(place[~blank])
    names = bands(bins)
    return tuple(names[i] for i in there), np.where(blank, len(there), np.searchsorted(there, place))


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return names of groups sorted, bands from the lowest; "unknown", where it is one, last.

    Examples
    --------
    >>> in_order(["≥65", "unknown", "<9", "9–<65"])
    ('<9', '9–<65', '≥65', 'unknown')
    """
    return tuple(sorted(names, key=lambda n: (n == UNKNOWN, *_place(n))))


def _place(name: str) -> tuple[float, str]:
    band = BAND.fullmatch(name)
    if band is None:
        return 0.0, name
    return float(band["low"] or band["least"] or "-inf"), ""


def _number(text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if number != number:
        raise DataError(f"column '{name}', which roles.bins cuts", shown(text), "numbers, or nothing")
    return number


def bands(bins: Sequence[float]) -> tuple[str, ...]:
    """Return the names of the bands between cut points.

    Examples
    --------
    >>> bands([40]), bands([0.5, 2])
    (('<40', '≥40'), ('<0.5', '0.5–<2', '≥2'))
    """
    names = [group_name(float(b)) for b in bins]
    between = [f"{low}–<{high}" for low, high in pairwise(names)]
    return (f"<{names[0]}", *between, f"≥{names[-1]}")


def group_name(value: Any) -> str:
    """Return the name of the group that a value of a column stands for.

    Examples
    --------
    >>> group_name(3.0), group_name(" F "), group_name("a×b")
    ('3', 'F', 'a✕b')
    """
    if isinstance(value, (float, np.floating)) and value.is_integer():
        return str(int(value))
    if isinstance(value, timedelta):
        value = pd.Timedelta(value)  # Arrow gives Python's own, which writes a duration in another way
    # the cross joins the values of an intersection; a value that holds one gets its twin
    return whole_text(value).strip().replace(JOIN, "✕")


def whole_text(value: Any) -> str:
    r"""Return the text of a value; half a character, which no file can hold, is replaced.

    Examples
    --------
    >>> whole_text("a\ud83d"), whole_text(None)
    ('a�', 'None')
    """
    text = str(value)
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
