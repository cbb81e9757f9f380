"""The groups of a column: a code for each row, and the names; whose group is not known is a group of its own."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.core.errors import DataError, shown
from xaikit.core.evidence import JOIN, UNKNOWN

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
    codes, values = pd.factorize(column)
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
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    # the cross joins the values of an intersection; a value that holds one gets its twin
    return str(value).strip().replace(JOIN, "✕")
