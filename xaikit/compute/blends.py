"""How rows are mixed with background rows, container by container, and put to a model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.core.model import Model
from xaikit.core.target import Target

Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]


def as_they_are(columns: Bools) -> Any:
    """Return the masks as they are."""
    return columns


@dataclass(frozen=True, slots=True)
class Blend:
    """The way of one kind of container.

    Parameters
    ----------
    mix : callable
        (rows, prepared masks of columns, positions of background rows) → target values, flattened,
        `(rows × masks × background, outputs)`. The positions have shape (1, background), each mask against each row,
        or (masks, 1), each mask against a row of its own.
    prepare : callable
        Bool array (masks, columns) → what `mix` takes parts of.
    """

    mix: Callable[[Any, Any, Ints], Any]
    prepare: Callable[[Bools], Any] = as_they_are


def array_blend(model: Model, background: NDArray[Any], target: Target) -> Blend:
    """Return the way of arrays: one `where` a tile."""

    def mix(rows: NDArray[Any], columns: Bools, behind: Ints) -> Any:
        mixed = np.where(columns[None, :, None], rows[:, None, None], background[behind][None])
        return target(model.predict(mixed.reshape(-1, rows.shape[-1])))

    return Blend(mix)


def frame_blend(model: Model, background: pd.DataFrame, target: Target) -> Blend:
    """Return the way of tables: dtypes are kept, text and categories among them."""
    dtypes = set(background.dtypes)
    if len(dtypes) == 1 and isinstance(next(iter(dtypes)), np.dtype) and next(iter(dtypes)).kind in "biuf":
        return _numeric_frame_blend(model, background, target)

    def mix(rows: pd.DataFrame, columns: Bools, behind: Ints) -> Any:
        shape = (len(rows), len(columns), behind.shape[1])
        front = np.broadcast_to(np.arange(shape[0])[:, None, None], shape)
        back = np.broadcast_to(shape[0] + behind[None], shape)
        mixed = {}
        for i, name in enumerate(background.columns):
            position = np.where(columns[None, :, i, None], front, back).ravel()
            mixed[name] = _joined(rows[name], background[name]).take(position)
        return target(model.predict(pd.DataFrame(mixed, copy=False)))

    return Blend(mix)


def _numeric_frame_blend(model: Model, background: pd.DataFrame, target: Target) -> Blend:
    values = background.to_numpy()
    names = background.columns

    def predict(batch: NDArray[Any]) -> Any:
        return model.predict(pd.DataFrame(batch, columns=names, copy=False))

    def mix(rows: pd.DataFrame, columns: Bools, behind: Ints) -> Any:
        mixed = np.where(columns[None, :, None], rows.to_numpy()[:, None, None], values[behind][None])
        return target(predict(mixed.reshape(-1, values.shape[1])))

    return Blend(mix)


def _joined(front: "pd.Series[Any]", back: "pd.Series[Any]") -> Any:
    """Return the two columns one after the other, with the dtype of the first where the second has it too."""
    if isinstance(front.dtype, pd.CategoricalDtype) and front.dtype != back.dtype:
        back = back.astype(pd.CategoricalDtype(front.cat.categories.union(back.astype("category").cat.categories)))
        front = front.astype(back.dtype)
    return pd.concat([front, back], ignore_index=True).array
