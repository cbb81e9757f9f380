"""SHA-256 of the values of a batch: which background was it, were the rows altered."""

import hashlib
from typing import Any

import numpy as np
import pandas as pd

from xaikit.compute.batches import as_array


def digest(batch: Any) -> str:
    """Return the SHA-256, in hex, of the values of an array, tensor, table or list.

    A table is hashed column by column, with the columns' names; its index is not part of it. The same numbers as
    float32 and as float64 are different values where they round differently, and the same where they do not.

    Examples
    --------
    >>> digest(np.array([[1.0, 2.0]])) == digest(np.array([[1.0, 2.0]], dtype=np.float32))
    True
    >>> digest(["a", "b"]) == digest(["ab"])
    False
    """
    sha = hashlib.sha256()
    if isinstance(batch, pd.DataFrame):
        sha.update(f"table {batch.shape}".encode())
        for name in batch.columns:
            sha.update(_framed(str(name)))
            _update(sha, batch[name].to_numpy())
    elif isinstance(batch, list) and batch and not isinstance(batch[0], str):
        for row in batch:  # pictures or series, each of a size of its own
            _update(sha, as_array(row))
    else:
        _update(sha, as_array(batch))
    return sha.hexdigest()


def _update(sha: Any, values: np.ndarray[Any, Any]) -> None:
    sha.update(f"array {values.shape}".encode())
    if values.dtype.kind in "biuf":
        sha.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
        return
    for value in values.ravel().tolist():
        sha.update(_framed(str(value)))


def _framed(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(8, "little") + data
