"""Rows of anything: arrays, tensors, tables, lists; taken, joined, and passed through a model in parts."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.core import plugin
from xaikit.core.errors import DataError

CACHE_ROWS = 4096  # batches of 4096 rows stay in cache; 65,536 run at a third of the speed on a CPU


def length(batch: Any) -> int:
    """Return the number of rows.

    Raises
    ------
    DataError
        When the batch has none (a scalar, a generator).

    Examples
    --------
    >>> length(["a text", "another"])
    2
    """
    try:
        return len(batch)
    except TypeError:
        raise DataError("inputs", type(batch).__name__, "an array, tensor, table or list, with rows") from None


def take(batch: Any, index: Any) -> Any:
    """Return the rows at `index` (positions, mask or slice), in the container that `batch` has.

    Examples
    --------
    >>> take(["a", "b", "c"], [2, 0])
    ['c', 'a']
    """
    if isinstance(batch, (pd.DataFrame, pd.Series)):
        return batch.iloc[index]
    if isinstance(batch, (list, tuple)):
        return batch[index] if isinstance(index, slice) else [batch[i] for i in np.arange(len(batch))[index]]
    if isinstance(index, np.ndarray) and is_tensor(batch):
        index = plugin.function("torch", "as_tensor")(index, device=batch.device)
    return batch[index]


def concatenate(parts: Sequence[Any]) -> Any:
    """Return the rows of all parts in order; they must be of one kind.

    Examples
    --------
    >>> concatenate([np.ones((1, 2)), np.zeros((1, 2))]).shape
    (2, 2)
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    if isinstance(first, (pd.DataFrame, pd.Series)):
        return pd.concat(list(parts), axis=0)
    if isinstance(first, (list, tuple)):
        return [row for part in parts for row in part]
    if is_tensor(first):
        return plugin.function("torch", "cat")(list(parts))
    return np.concatenate(list(parts), axis=0)


def in_batches(function: Callable[[Any], Any], batch: Any, size: int = CACHE_ROWS) -> NDArray[Any]:
    """Return `function` of the batch as one array, at most `size` rows a call.

    Where the device runs out of memory, the size is halved and the same rows are tried again; a single row that
    does not fit raises.

    Parameters
    ----------
    function : callable
        Rows in, array or tensor `(rows, …)` out.
    batch : array, tensor, table or list
        At least one row.
    size : int
        Rows a call, at least 1.

    Raises
    ------
    DataError
        When the batch is empty.
    """
    n, start, out = length(batch), 0, []
    if n == 0:
        raise DataError("inputs", "no rows", "at least one")
    while start < n:
        try:
            out.append(as_array(function(take(batch, slice(start, start + size)))))
            start += size
            continue
        except Exception as error:
            if min(size, n - start) == 1 or not is_out_of_memory(error):
                raise
        make_room()  # here the error has gone, and what its frames held
        size = min(size, n - start) // 2
    return np.concatenate(out, axis=0)


def make_room() -> None:
    """Let a card's allocator give back what it keeps for later; for the moment after it ran out of memory.

    Call it after the `except`: as long as an error is handled, it holds the tensors of the frames that it left.
    """
    torch = sys.modules.get("torch")  # whatever ran out, no card is in use without it
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch is not None and torch.backends.mps.is_available():
        torch.mps.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out, whoever raised it.

    Examples
    --------
    >>> is_out_of_memory(MemoryError()), is_out_of_memory(RuntimeError("shapes differ"))
    (True, False)
    """
    named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return named or (isinstance(error, RuntimeError) and "out of memory" in str(error).lower())


def as_array(batch: Any) -> NDArray[Any]:
    """Return an array of a tensor (detached, on the CPU), a table or a sequence."""
    if is_tensor(batch):
        batch = batch.detach().cpu()
        return np.asarray(batch.float() if str(batch.dtype) == "torch.bfloat16" else batch)
    return np.asarray(batch)


def is_tensor(value: Any) -> bool:
    """Return whether a value is a torch tensor; torch is not imported to know."""
    return any(kind.__name__ == "Tensor" and kind.__module__ == "torch" for kind in type(value).__mro__)
