"""What people hand over, as what engines take: tables to pandas, the rest as it is; and the values of players."""

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.compute.batches import as_array, is_tensor, length
from xaikit.core.errors import DataError, listed
from xaikit.core.players import Players


def as_rows(batch: Any, where: str = "inputs", like: Any = None) -> Any:
    """Return polars and Arrow tables as pandas; arrays, tensors, pandas tables and lists of objects as they are.

    Parameters
    ----------
    batch : array, tensor, table or list
        Rows. A series is texts or one column, or one row where its index holds the names of the columns of `like`.
    where : str
        For errors.
    like : pandas.DataFrame or other, optional
        What the rows stand beside.

    Raises
    ------
    DataError
        When there are no rows or no columns, or the batch has no rows at all (a scalar).

    Examples
    --------
    >>> as_rows([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    if isinstance(batch, pd.Series):
        batch = _from_series(batch, like)
    elif not isinstance(batch, pd.DataFrame):
        batch = _native(batch, where)
    if not hasattr(batch, "__len__"):
        raise DataError(where, type(batch).__name__, "an array, tensor, table or list, with rows")
    if getattr(batch, "ndim", 2) == 0 or length(batch) == 0:
        raise DataError(where, "no rows", "at least one row")
    if 0 in getattr(batch, "shape", ()):
        raise DataError(where, f"rows of shape {tuple(batch.shape[1:])}: no columns", "at least one column")
    return batch


def _from_series(series: "pd.Series[Any]", like: Any) -> Any:
    if isinstance(like, pd.DataFrame) and list(series.index) == list(like.columns):
        return series.to_frame().T.astype(dict(like.dtypes))
    return series.tolist() if len(series) and isinstance(series.iloc[0], str) else series.to_frame()


def _native(batch: Any, where: str) -> Any:
    """Return tables as pandas, subclasses of arrays as arrays, and lists of numbers as arrays."""
    if hasattr(batch, "toarray") or getattr(batch, "is_sparse", False) or getattr(batch, "is_sparse_csr", False):
        hint = f"Use .{'to_dense' if is_tensor(batch) else 'toarray'}()."
        raise DataError(where, "a sparse matrix", "rows whose numbers all stand there", hint)
    if nw.dependencies.is_into_dataframe(batch):
        return nw.from_native(batch, eager_only=True).to_pandas()
    if nw.dependencies.is_polars_lazyframe(batch):
        raise DataError(where, "a LazyFrame, without rows as yet", "a table", "Use .collect().")
    if type(batch).__module__.startswith("pyarrow") and hasattr(batch, "to_pandas"):
        return batch.to_pandas()  # a record batch
    if isinstance(batch, np.ma.MaskedArray) and np.ma.is_masked(batch):
        return np.where(np.ma.getmaskarray(batch), np.nan, np.asarray(batch, dtype=np.float64))
    if nw.dependencies.is_polars_series(batch):
        return as_rows(batch.to_frame().to_pandas().iloc[:, 0], where)
    if isinstance(batch, np.ndarray):
        texts = batch.ndim == 1 and batch.size and isinstance(batch[0], str)
        return batch.tolist() if texts else np.asarray(batch)
    return _from_list(list(batch), where) if isinstance(batch, (list, tuple)) else batch


def _from_list(rows: list[Any], where: str) -> Any:
    if not rows or isinstance(rows[0], str) or type(rows[0]).__module__.startswith(("torch", "PIL")):
        return rows
    try:
        return np.asarray(rows)
    except ValueError:
        if all(isinstance(row, np.ndarray) for row in rows):
            return rows  # pictures or series, each of a size of its own
        raise DataError(where, "rows of different lengths", "as many values in each row") from None


def columns_of(batch: Any) -> list[str] | None:
    """Return the names of the columns of a flat input, made up where it has none; None where it is not flat."""
    if isinstance(batch, pd.DataFrame):
        return [str(c) for c in batch.columns]
    if getattr(batch, "ndim", 0) != 2:
        return None
    return [f"x{i}" for i in range(int(batch.shape[1]))]


def complete(batch: Any, where: str, *, gaps: bool = False) -> None:
    """Check that numbers are finite and tables have no missing values.

    Parameters
    ----------
    batch : array, tensor, table or list
        Rows.
    where : str
        What they are, for the error.
    gaps : bool
        Missing values may be there: the model takes them.

    Raises
    ------
    DataError
        Naming the first columns and rows that are not.
    """
    wanted = "finite values: fill or drop them first, as the model's training did"
    if isinstance(batch, pd.DataFrame):
        bad = np.column_stack([_infinite(batch.iloc[:, i]) for i in range(batch.shape[1])])
        bad = bad if gaps else bad | batch.isna().to_numpy()
        if bad.any():
            columns = batch.columns[bad.any(axis=0)]
            got = f"missing or infinite values in {int(bad.any(axis=1).sum())} rows, columns {listed(columns, 6)}"
            raise DataError(where, got, wanted)
        return
    if isinstance(batch, list):
        return
    array = as_array(batch)
    if array.dtype.kind != "f":
        return
    wrong = np.isinf(array) if gaps else ~np.isfinite(array)
    if wrong.any():
        rows = np.flatnonzero(wrong.reshape(len(array), -1).any(axis=1))
        raise DataError(where, f"NaN or Inf in {len(rows)} rows, the first of them row {rows[0] + 1}", wanted)


def _infinite(column: "pd.Series[Any]") -> NDArray[np.bool_]:
    """Return which values of a column are infinite; Arrow would compare other types than numbers after a cast."""
    if pd.api.types.is_float_dtype(column.dtype):
        return np.asarray(np.isinf(column.to_numpy(dtype=np.float64, na_value=np.nan)), dtype=bool)
    may_hold = column.dtype == object or isinstance(column.dtype, pd.CategoricalDtype | pd.SparseDtype)
    return np.asarray(column.isin([np.inf, -np.inf]) if may_hold else np.zeros(len(column)), dtype=bool)


def with_gaps(batch: Any) -> NDArray[np.intp]:
    """Return the rows in which a value is missing.

    Examples
    --------
    >>> with_gaps(np.array([[1.0, 2.0], [3.0, np.nan]])).tolist()
    [1]
    """
    if isinstance(batch, pd.DataFrame):
        return np.flatnonzero(batch.isna().to_numpy().any(axis=1))
    if isinstance(batch, list):
        return np.zeros(0, dtype=np.intp)
    array = as_array(batch)
    if array.dtype.kind != "f":
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(np.isnan(array).reshape(len(array), -1).any(axis=1))


def replaced(rows: Any, others: Any, columns: NDArray[np.intp]) -> Any:
    """Return a copy of the rows whose columns come from other rows, one for one.

    Examples
    --------
    >>> replaced(np.zeros((2, 3)), np.ones((2, 3)), np.array([1])).tolist()
    [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]
    """
    if isinstance(rows, pd.DataFrame):
        out = rows.reset_index(drop=True)
        for column in columns:
            name = rows.columns[column]
            out[name] = others[name].reset_index(drop=True)
        return out
    changed = rows.clone() if is_tensor(rows) else np.array(rows)
    changed[:, columns] = others[:, columns]
    return changed


def player_data(inputs: Any, players: Players) -> NDArray[Any]:
    """Return the value that each player has in each row, shape (rows, players).

    A player of one column has that column's value, in its natural unit where one is declared; a one-hot group has the
    name of its column that is set, or all its values in words where none or several are.

    Examples
    --------
    >>> p = Players.of(["age", "job_a", "job_b"], {"job": ["job_a", "job_b"]})
    >>> player_data(np.array([[30.0, 0.0, 1.0]]), p).tolist()
    [[30.0, 'b']]
    """
    values = inputs.to_numpy() if isinstance(inputs, pd.DataFrame) else as_array(inputs)
    if not players.grouped and not players.scales:
        return values
    out = np.empty((len(values), len(players)), dtype=object)
    for player in range(len(players)):
        members = players.members(player)
        part = values[:, members]
        names = [players.label(player, players.columns[m]) for m in members]
        out[:, player] = players.natural(player, part[:, 0]) if len(members) == 1 else _labels(part, names)
    return out


def _labels(part: NDArray[Any], names: list[str]) -> list[str]:
    if any(isinstance(v, str) for v in part.ravel().tolist()):
        return [", ".join(map(str, row)) for row in part.tolist()]
    return [
        names[int(np.argmax(row != 0))] if np.count_nonzero(row) == 1 else ", ".join(f"{v:g}" for v in row)
        for row in part.astype(np.float64)
    ]
