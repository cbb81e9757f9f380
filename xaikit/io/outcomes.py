"""Binary outcomes of a stream: two values at most, met in whatever order, one of them the favourable one."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from xaikit.core.columns import check_favourable
from xaikit.core.errors import DataError, printable, shown
from xaikit.core.values import meaning, same_value


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
        self._no_gaps(array.null_count, where)
        if pa.types.is_nested(array.type):
            raise DataError(where, f"column {shown(self.column)} of {array.type}", f"a binary {self.role}")
        if pa.types.is_integer(array.type) and isinstance(self.favourable, (int, np.integer)):
            return self._integers(array.to_numpy(zero_copy_only=False), where)
        coded = array if pa.types.is_dictionary(array.type) else pc.dictionary_encode(array)
        values, indices = coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False)
        rows = np.bincount(indices, minlength=len(values))  # a dictionary may hold values that no row has
        gaps = np.array([v != v or not str(v).strip() for v in values], dtype=bool)
        self._no_gaps(int(rows[gaps].sum()), where)
        self._note([values[i] for i in np.flatnonzero(rows)], where)
        wanted = np.array([same_value(v, self.favourable) for v in values], dtype=bool)
        return np.asarray(wanted[indices])

    def _no_gaps(self, missing: int, where: str) -> None:
        if missing:
            raise DataError(where, f"{missing} missing values in column '{self.column}'", f"a {self.role}")

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
        if len({meaning(v) for v in self.met}) > 2:
            some = ", ".join(shown(str(v), 20) for v in sorted(map(str, self.met))[:4])
            raise DataError(
                where, f"more than two values in column {shown(self.column)} ({some})", f"a binary {self.role}"
            )

    def finish(self) -> str | None:
        """Return what a reader must know of an outcome of one value only; None where there are two.

        Raises
        ------
        DataError
            When none of the values that came can be the opposite of the favourable one.
        """
        check_favourable(self.met, self.favourable, f"roles.favourable for '{self.column}'")
        found = [same_value(v, self.favourable) for v in self.met]
        if any(found) and not all(found):
            return None
        who = "everybody" if all(found) else "nobody"
        value = shown(str(min(self.met, key=str)), 30)
        return (
            f"Every value of {self.role} column '{printable(self.column)}' is {value}: {who} has the favourable one."
        )
