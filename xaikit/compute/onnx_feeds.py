"""Rows as the inputs of an ONNX model take them: types, shapes, whole numbers, words."""

from typing import Any

import numpy as np

from xaikit.core.errors import DataError, ModelError, listed, shown

TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(int16)": np.int16,
    "tensor(int8)": np.int8,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}


def width(entry: Any) -> int:
    """Return how many values a row of one input has.

    Raises
    ------
    ModelError
        When the model leaves it open.
    """
    if not all(isinstance(d, int) for d in entry.shape[1:]):
        raise ModelError(f"input {shown(entry.name)}", f"shape {entry.shape}", "a fixed width beside other inputs")
    return int(np.prod(entry.shape[1:], dtype=int))


def as_input(entry: Any, rows: Any) -> Any:
    """Return rows in the type and shape that one input takes.

    Raises
    ------
    DataError
        For words where numbers are wanted, broken numbers where whole ones are, or another shape.
    """
    where = f"input {shown(entry.name)}"
    dtype = TYPES.get(entry.type)
    if dtype is None:
        raise ModelError(where, f"the type {entry.type}", f"one of {listed(TYPES)}")
    values = np.asarray(rows, dtype=object if dtype is np.object_ else None)
    if dtype is not np.object_ and values.dtype.kind not in "biuf":
        try:
            values = values.astype(np.float64)
        except (ValueError, TypeError):
            raise DataError(where, f"values such as {shown(str(values.flat[0]), 40)}", entry.type) from None
    if np.issubdtype(dtype, np.integer) and values.dtype.kind == "f" and (values != np.rint(values)).any():
        broken = values[values != np.rint(values)].flat[0]
        raise DataError(where, f"values such as {broken:g}", "whole numbers")
    return np.ascontiguousarray(_shaped(entry, values, where).astype(dtype))


def _shaped(entry: Any, values: Any, where: str) -> Any:
    shape = list(entry.shape)[1:]
    if not entry.shape or values.ndim == len(entry.shape):
        fits = all(not isinstance(d, int) or d == v for d, v in zip(shape, values.shape[1:], strict=False))
        if fits:
            return values
    elif all(isinstance(d, int) for d in shape) and values.size == len(values) * int(np.prod(shape, dtype=int)):
        return values.reshape(len(values), *shape)
    raise DataError(where, f"rows of shape {values.shape[1:]}", f"rows of shape {tuple(shape)}")


def filled(entry: Any, value: Any, rows: int) -> Any:
    """Return an input that is the same for every row: a number fills its shape, a list is taken as it is."""
    dtype = TYPES.get(entry.type, np.float32)
    if isinstance(value, list):
        return np.asarray(value, dtype=dtype)
    return np.full([d if isinstance(d, int) and d > 0 else rows for d in entry.shape], value, dtype=dtype)
