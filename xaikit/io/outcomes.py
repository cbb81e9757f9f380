"""Binary outcomes of a stream: two values at most, met in whatever order, one of them the favourable one."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from xaikit.core.errors import DataError, nearest, shown
from xaikit.io.csv_values import as_number


@dataclass
class BinaryOutcome:
    """The two values of an outcome.

    Parameters
    ----------
    role : str
        "decision" or "label", for messages.
    column : str
        Where it is.
    favourable : hashable
        The value that is the favourable one.
    met : set
        The values that came so far.
    """

    role: str
    column: str
    favourable: Hashable
    met: set[Any] = field(default_factory=set)

    def read(self, array: pa.Array, where: str) -> NDArray[np.bool_]:
        """Return which rows have the favourable value.

        Raises
        ------
        DataError
            For a missing or a third value.
        """
        if array.null_count:
            raise DataError(where, f"{array.null_count} missing values in column '{self.column}'", f"a {self.role}")
        if pa.types.is_integer(array.type) and isinstance(self.favourable, (int, np.integer)):
            return self._integers(array.to_numpy(zero_copy_only=False), where)
        coded = array if pa.types.is_dictionary(array.type) else pc.dictionary_encode(array)
        values = coded.dictionary.to_pylist()
        self._note(values if len(values) < 3 else [values[i] for i in pc.unique(coded.indices).to_pylist()], where)
        wanted = np.array([same_value(v, self.favourable) for v in values], dtype=bool)
        return np.asarray(wanted[coded.indices.to_numpy(zero_copy_only=False)])

    def _integers(self, values: NDArray[Any], where: str) -> NDArray[np.bool_]:
        low, high = values.min(), values.max()
        found = values == self.favourable
        if np.count_nonzero(values == low) + np.count_nonzero(values == high) < len(values):
            low, high = np.unique(values)[:2]
            self._note([*np.unique(values)[:3].tolist()], where)
        self._note([int(low), int(high)], where)
        return np.asarray(found)

    def _note(self, values: Sequence[Any], where: str) -> None:
        self.met.update(values)
        if len(self.met) > 2:
            some = ", ".join(shown(str(v), 20) for v in sorted(map(str, self.met))[:4])
            raise DataError(
                where, f"more than two values in column '{self.column}' ({some})", f"a binary {self.role}"
            )

    def finish(self) -> str | None:
        """Return what a reader must know of an outcome of one value only; None where there are two.

        Raises
        ------
        DataError
            When none of the values that came can be the opposite of the favourable one.
        """
        found = any(same_value(v, self.favourable) for v in self.met)
        if not found and (len(self.met) == 2 or not all(_same_kind(v, self.favourable) for v in self.met)):
            near = nearest(self.favourable, self.met)
            some = ", ".join(shown(str(v), 20) for v in sorted(map(str, self.met)))
            hint = f"Did you mean {shown(near)}?" if near else None
            raise DataError(f"roles.favourable for '{self.column}'", shown(self.favourable), f"one of {some}", hint)
        if len(self.met) != 1:
            return None
        who = "everybody" if found else "nobody"
        value = shown(str(next(iter(self.met))), 30)
        return f"Every value of {self.role} column '{self.column}' is {value}: {who} has the favourable one."


def same_value(value: Any, wanted: Hashable) -> bool:
    """Return whether a value of a file is the one that was asked for, be it written as text or as a number.

    Examples
    --------
    >>> same_value("1.0", 1), same_value("TRUE", True), same_value("yes", "Yes")
    (True, True, False)
    """
    if value == wanted or str(value).strip() == str(wanted).strip():
        return True
    if not isinstance(value, str):
        return False
    number = as_number(value)
    return number is not None and number == as_number(str(wanted))


def _same_kind(value: Any, favourable: Hashable) -> bool:
    return (as_number(str(value)) is None) == (as_number(str(favourable)) is None)
