"""Only some rows of a stream: those with the values that were asked for."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from xaikit.core.errors import DataError, nearest, shown
from xaikit.core.groups import group_name, groups_of
from xaikit.core.values import same_value
from xaikit.io.batches import Batch

REMEMBERED = 1000


class Filter:
    """Rows with these values, column by column; remembers which values came, to name those that never did.

    Parameters
    ----------
    wanted : mapping of str to value or list of values
        As in `data.where`.
    """

    def __init__(self, wanted: Mapping[str, Any] | None) -> None:
        self.wanted: dict[str, list[Hashable]] = {
            c: list(v) if isinstance(v, (list, tuple)) else [v] for c, v in (wanted or {}).items()
        }
        self.met: dict[str, set[str]] = {c: set() for c in self.wanted}
        self.came: dict[str, set[Hashable]] = {c: set() for c in self.wanted}

    def kept(self, batch: Batch) -> Batch:
        """Return the batch with only the rows that have the values."""
        if not self.wanted:
            return batch
        keep = np.ones(batch.rows, dtype=bool)
        for column in self.wanted:
            keep &= self._matching(batch.column(column), column)
        return Batch(batch.where, batch.table.filter(pa.array(keep)), batch.share)

    def _matching(self, array: pa.Array, column: str) -> Any:
        coded = array if pa.types.is_dictionary(array.type) else pc.dictionary_encode(array)
        indices = pc.fill_null(coded.indices, len(coded.dictionary)).to_numpy(zero_copy_only=False)
        used = np.unique(indices)
        values = [*coded.dictionary.to_pylist(), None]
        lookup = np.zeros(len(values), dtype=bool)
        for i in used:
            lookup[i] = self._is_wanted(values[i], column)
        return lookup[indices]

    def _is_wanted(self, value: Any, column: str) -> bool:
        name = groups_of(pd.Series([value], dtype=object), column).names[0]
        if len(self.met[column]) < REMEMBERED:
            self.met[column].add(name)
        for wanted in self.wanted[column]:
            if same_value(name, group_name(wanted)):
                self.came[column].add(wanted)
                return True
        return False

    def finish(self) -> None:
        """Refuse a value that no row had.

        Raises
        ------
        DataError
            With the nearest value that came.
        """
        for column, values in self.wanted.items():
            for value in values:
                if value not in self.came[column]:
                    names = sorted(self.met[column])
                    near = nearest(value, names)
                    raise DataError(
                        f"data.where.{column}",
                        f"{shown(value)}, which no row has",
                        f"one of {', '.join(names[:12])}",
                        f"Did you mean {shown(near)}?" if near else None,
                    )
