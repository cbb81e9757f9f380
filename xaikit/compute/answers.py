"""What a model answered, made into numbers that can be relied on, or an error that says what is wrong with it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaikit.compute.batches import in_batches, is_out_of_memory, is_tensor, length, take
from xaikit.core.errors import ModelError, XaikitError, shown

Array = NDArray[np.float64]


def checked(raw: Any, rows: int, where: str, first: int = 0) -> Array:
    """Return a model's answer as float64 array `(rows, outputs)`.

    Parameters
    ----------
    raw : array, tensor, list, Series or frame
        Shape `(rows,)`, `(rows, outputs)`, or `(rows, …)`, which is flattened.
    rows : int
        How many rows were asked.
    where : str
        For errors: "model 'adult.pth'".
    first : int
        Position of the first of these rows in the table, for errors.

    Raises
    ------
    ModelError
        For another number of rows, one number for all rows, no numbers at all, complex numbers, NaN or Inf.

    Examples
    --------
    >>> checked([0.25, 0.5], 2, "model").tolist()
    [[0.25], [0.5]]
    """
    values = _numbers(raw, where)
    if values.ndim == 0:
        raise ModelError(where, "one number for the whole batch", f"one answer for each of {rows} rows")
    if len(values) != rows:
        hint = "Does the model return one row per row of its input, with the rows first?"
        raise ModelError(where, f"answers of shape {values.shape} to {rows} rows", f"shape ({rows}, outputs)", hint)
    values = values.reshape(rows, int(np.prod(values.shape[1:], dtype=int)))
    if rows and values.shape[1] == 0:
        raise ModelError(where, "answers without any output", "at least one output per row")
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        kind = "NaN" if np.isnan(values[bad]).any() else "infinite"
        raise ModelError(
            where,
            f"{kind} answers to {len(bad)} of {rows} rows: {_rows(bad + first)}",
            "finite numbers for every row",
        )
    return values


def answers(
    function: Callable[[Any], Any], batch: Any, where: str, *, size: int = 4096, exact: int | None = None
) -> Array:
    """Ask a model in batches and return its checked answers, float64 `(n, outputs)`.

    Parameters
    ----------
    function : callable
        Takes a part of the batch, returns what the model answers.
    batch : array, tensor, table or list
        All rows.
    where : str
        For errors.
    size : int
        Rows asked at once.
    exact : int, optional
        The model takes exactly this many rows at once: the last part is filled up with copies of its last row.

    Raises
    ------
    ModelError
        As `checked`, and when the model raises: the first rows that make it raise are found by halving.
    """
    done, width = 0, None

    def part(rows: Any) -> Array:
        nonlocal done, width
        n = length(rows)
        values = checked(_asked(function, rows, where, done, exact), n, where, done)
        width = width or values.shape[1]
        if values.shape[1] != width:
            got = f"{values.shape[1]} outputs for rows {done + 1} to {done + n}"
            raise ModelError(where, got, f"{width} outputs, as for the rows before")
        done += n
        return values

    return np.asarray(in_batches(part, batch, size=exact or size), dtype=np.float64)


def _asked(function: Callable[[Any], Any], rows: Any, where: str, first: int, exact: int | None) -> Any:
    n = length(rows)
    asked = take(rows, np.minimum(np.arange(exact), n - 1)) if exact and n and n != exact else rows
    try:
        raw = function(_copy(asked))
    except XaikitError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise
        low, high, error = _narrowed(function, rows, error) if exact is None else (0, n, error)
        place = f"row {first + low + 1}" if high - low == 1 else f"rows {first + low + 1} to {first + high}"
        raise ModelError(
            f"{where}, {place}", f"{type(error).__name__}: {shown(str(error), 300)}", "an answer to every row"
        ) from error
    return raw[:n] if asked is not rows else raw


def _copy(rows: Any) -> Any:
    """Return rows that a model may alter in place: the caller's own must stay as they are (tables copy on write)."""
    if is_tensor(rows):
        return rows.clone()
    return np.array(rows) if isinstance(rows, np.ndarray) else rows


def _narrowed(function: Callable[[Any], Any], rows: Any, error: Exception) -> tuple[int, int, Exception]:
    low, high = 0, length(rows)
    while high - low > 1:
        middle = (low + high) // 2
        for a, b in ((low, middle), (middle, high)):
            try:
                function(_copy(take(rows, np.arange(a, b))))
            except Exception as found:
                low, high, error = a, b, found
                break
        else:
            break
    return low, high, error


def _numbers(raw: Any, where: str) -> Array:
    if hasattr(raw, "detach"):  # a tensor; bfloat16 and gradients have no NumPy form
        raw = raw.detach().cpu()
        raw = raw.double().numpy() if not raw.is_complex() else raw.numpy()
    if isinstance(raw, dict | set | str | bytes) or raw is None:
        kind = "nothing" if raw is None else f"a {type(raw).__name__}"
        raise ModelError(where, f"{kind} as answer", "an array with one row of numbers per row")
    if hasattr(raw, "toarray"):  # a sparse matrix
        raw = raw.toarray()
    if isinstance(raw, list | tuple) and any(hasattr(r, "detach") for r in raw):
        raw = [r.detach().cpu().double().numpy() if hasattr(r, "detach") else r for r in raw]
    try:
        values = np.asarray(raw)
    except (ValueError, TypeError):
        raise ModelError(where, "answers of different lengths", "the same number of outputs for every row") from None
    if values.dtype.kind in "USmMcV":
        words = {"c": "complex numbers", "m": "durations", "M": "dates"}.get(values.dtype.kind, "words")
        example = f", such as {shown(str(values.flat[0]), 40)}" if values.size else ""
        raise ModelError(where, f"{words} as answers{example}", "numbers: scores, not names of classes")
    try:
        return np.asarray(values, dtype=np.float64)
    except (ValueError, TypeError):
        example = shown(str(values.flat[0]), 40)
        raise ModelError(where, f"answers such as {example}", "numbers: scores, not names of classes") from None


def _rows(positions: NDArray[np.intp]) -> str:
    shown_rows = ", ".join(str(p + 1) for p in positions[:5])
    return f"row {shown_rows}" + (", …" if len(positions) > 5 else "")
