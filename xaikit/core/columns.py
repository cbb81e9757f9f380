"""What a column must be for its role: two outcomes, finite numbers, weights, clusters, ids; or a clear error."""

from collections.abc import Collection, Hashable, Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_complex_dtype, is_datetime64_any_dtype, is_timedelta64_dtype

from xaikit.core.errors import DataError, nearest, printable, shown
from xaikit.core.groups import coded
from xaikit.core.values import meaning, same_kind, same_value, unquoted

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
LEAST, MOST = 1e-100, 1e100  # of weights: squares of others leave the range of floating-point numbers
NO_NUMBERS = (is_datetime64_any_dtype, is_timedelta64_dtype, is_complex_dtype)
WEIGHTS = "weights of 0 or more"


def outcome(column: pd.Series, favourable: Hashable, role: str, notes: list[str]) -> Bools:
    """Return which rows of a binary column have the favourable value; what a reader must know goes into `notes`.

    Parameters
    ----------
    column : pandas.Series
        Two values at most; a number and its text are one value.
    favourable : hashable
        One of them.
    role : str
        "decision" or "label", for messages.
    notes : list of str
        Grows where there is one value only.

    Raises
    ------
    DataError
        For missing values, a third value, or when none can be the opposite of the favourable one.
    """
    where = f"{role} column '{printable(str(column.name))}'"
    codes, values = coded(column)
    missing = _blank(codes, values)
    if len(missing):
        got = f"{len(missing)} missing values, the first in row {missing[0] + 1}"
        raise DataError(where, got, f"a {role} in every row")
    if len({meaning(v) for v in values}) > 2:
        raise DataError(
            where,
            f"{len(values)} different values ({', '.join(shown(str(v), 20) for v in values[:4])}, …)",
            "two: one favourable and one not",
            "For a score, use roles.score and a model threshold.",
        )
    wanted = np.array([same_value(v, favourable) for v in values], dtype=bool)
    check_favourable(values, favourable, f"roles.favourable for {where}")
    values = sorted(map(str, values))
    if wanted.all():
        notes.append(f"Every value of {where} is {shown(values[0], 30)}: everybody has the favourable one.")
    if not wanted.any():
        notes.append(f"Every value of {where} is {shown(values[0], 30)}: nobody has the favourable one.")
    return np.asarray(wanted[codes])


def _blank(codes: NDArray[np.intp], values: Sequence[object]) -> NDArray[np.intp]:
    """Return the rows without a value, or with blanks alone."""
    blank = np.array([*(not str(v).strip() for v in values), True])  # the last stands for no value, of code −1
    return np.flatnonzero(blank[codes])


def check_favourable(values: Collection[object], favourable: Hashable, place: str) -> None:
    """Check that the favourable value is among those that came, or could have been.

    Raises
    ------
    DataError
        When none of the values is it, nor can be its opposite; with the nearest.
    """
    if any(same_value(v, favourable) for v in values):
        return
    if len({meaning(v) for v in values}) < 2 and all(same_kind(v, favourable) for v in values):
        return
    names = sorted(map(str, values))
    near = nearest(favourable, names)
    hint = f"Did you mean {shown(near)}?" if near else unquoted(favourable, names)
    raise DataError(place, shown(favourable), f"one of {', '.join(shown(n, 20) for n in names)}", hint)


def numbers(column: pd.Series, place: str) -> Floats:
    """Return a column as finite numbers.

    Raises
    ------
    DataError
        For dates, words (the first is named), missing and infinite values.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.dtype.categories.dtype)
    plain = not any(is_kind(column.dtype) for is_kind in NO_NUMBERS)
    try:
        values = np.asarray(pd.to_numeric(column) if plain else None, dtype=np.float64)
    except (ValueError, TypeError, OverflowError, NotImplementedError):
        plain = False
    if not plain or values.shape != (len(column),):
        row = _first_word(column)
        got = f"values such as {shown(str(column.iloc[row]))} in row {row + 1}"
        raise DataError(place, got, "numbers") from None
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise DataError(place, f"{len(bad)} NaN or infinite values, the first in row {bad[0] + 1}", "finite numbers")
    return values


def _first_word(column: pd.Series) -> int:
    """Return the row of the first value that is no number; 0 where none tells."""
    for row, value in enumerate(column):
        try:
            float(value)
        except (ValueError, TypeError, OverflowError):
            return row
    return 0


def weights(column: pd.Series) -> Floats:
    """Return a column as weights of rows.

    Raises
    ------
    DataError
        For what is no finite number, is negative, or of a size whose squares floating-point numbers do not hold.
    """
    place = f"weight column {shown(str(column.name))}"
    values = numbers(column, place)
    check_weights(values, place)
    check_heaviest(float(values.max(initial=0.0)), place)
    return values


def check_weights(values: Floats, place: str) -> None:
    """Check that weights are neither negative nor too large to be squared.

    Raises
    ------
    DataError
        With the first that is.
    """
    for wrong, expected in ((values < 0, WEIGHTS), (values > MOST, f"weights up to {MOST:g}")):
        bad = np.flatnonzero(wrong)
        if len(bad):
            hint = None if expected == WEIGHTS else "Only their proportions count: divide them by the largest."
            raise DataError(place, f"a weight of {values[bad[0]]:g} in row {bad[0] + 1}", expected, hint)


def check_heaviest(most: float, place: str) -> None:
    """Check that weights are not all too small to be squared; all may be 0.

    Raises
    ------
    DataError
        When they are.
    """
    if 0 < most < LEAST:
        hint = "Only their proportions count: divide them by the largest."
        raise DataError(place, f"no weight above {most:g}", f"one above {LEAST:g}", hint)


def clusters(column: pd.Series) -> NDArray[np.intp]:
    """Return the codes of the clusters of the rows.

    Raises
    ------
    DataError
        For a missing or blank one: rows without a cluster are not one cluster.
    """
    codes, values = coded(column)
    bad = _blank(codes, values)
    if len(bad):
        got = f"{len(bad)} missing values, the first in row {bad[0] + 1}"
        raise DataError(f"cluster column {shown(str(column.name))}", got, "a cluster for every row")
    return np.asarray(codes)


def check_ids(column: pd.Series) -> None:
    """Check that every row has an id of its own.

    Raises
    ------
    DataError
        For missing ids, and for one that comes again.
    """
    place, expected = f"id column {shown(str(column.name))}", "a different id for every decision"
    codes, values = coded(column)
    missing = np.flatnonzero(codes < 0)
    if len(missing):
        raise DataError(place, f"{len(missing)} missing ids, the first in row {missing[0] + 1}", expected)
    again = pd.Series(codes).duplicated().to_numpy()
    if again.any():
        first = shown(str(values[codes[again.argmax()]]))
        raise DataError(place, f"{again.sum()} duplicate ids, the first {first}", expected)


def check_names(names: Iterable[object]) -> None:
    """Check that every column has a name of its own.

    Raises
    ------
    DataError
        With the first name that comes again.
    """
    seen: set[str] = set()
    for name in map(str, names):
        if name in seen:
            raise DataError("the table", f"more than one column named {shown(name)}", "a name of its own for each")
        seen.add(name)
