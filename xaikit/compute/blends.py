"""How rows are mixed with background rows, container by container, and put to a model."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.compute.tiles import Tile
from xaikit.core.model import Model
from xaikit.core.target import Target

Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
# A tile of rows × masks × background → target values, flattened, `(rows × masks × background, outputs)`.
Mix = Callable[[Tile], Any]
# (rows, masks of columns (masks, columns), positions of background rows) → what mixes the tiles of that grid, for the
# time of a `with`. The positions have shape (1, background), each mask against each row, or (masks, 1), each mask
# against a row of its own.
Blend = Callable[[Any, Bools, Ints], AbstractContextManager[Mix]]


def array_blend(model: Model, background: NDArray[Any], target: Target) -> Blend:
    """Return the way of arrays: one `where` a tile."""
    return _mixed(model.predict, background, target)


def _mixed(predict: Callable[[NDArray[Any]], Any], background: NDArray[Any], target: Target) -> Blend:
    def blend(rows: NDArray[Any], columns: Bools, behind: Ints) -> AbstractContextManager[Mix]:
        def mix(tile: Tile) -> Any:
            mask, back = columns[None, tile.masks, None], background[drawn(behind, tile)][None]
            mixed = np.where(mask, rows[tile.rows][:, None, None], back)
            return target(predict(mixed.reshape(-1, rows.shape[-1])))

        return nullcontext(mix)

    return blend


def frame_blend(model: Model, background: pd.DataFrame, target: Target) -> Blend:
    """Return the way of tables: dtypes are kept, text and categories among them."""
    dtypes = set(background.dtypes)
    if len(dtypes) == 1 and isinstance(next(iter(dtypes)), np.dtype) and next(iter(dtypes)).kind in "biuf":
        return _numeric_frame_blend(model, background, target)

    def blend(rows: pd.DataFrame, columns: Bools, behind: Ints) -> AbstractContextManager[Mix]:
        both = {name: _joined(rows[name], background[name]) for name in background.columns}

        def mix(tile: Tile) -> Any:
            front = np.broadcast_to(np.arange(len(rows))[tile.rows, None, None], tile.shape)
            back = np.broadcast_to(len(rows) + drawn(behind, tile)[None], tile.shape)
            mixed = {
                name: column.take(np.where(columns[None, tile.masks, i, None], front, back).ravel())
                for i, (name, column) in enumerate(both.items())
            }
            return target(model.predict(pd.DataFrame(mixed, copy=False)))

        return nullcontext(mix)

    return blend


def _numeric_frame_blend(model: Model, background: pd.DataFrame, target: Target) -> Blend:
    names, values = background.columns, background.to_numpy()

    def predict(batch: NDArray[Any]) -> Any:
        return model.predict(pd.DataFrame(batch, columns=names, copy=False))

    mixed = _mixed(predict, values, target)
    return lambda rows, columns, behind: mixed(rows.to_numpy(), columns, behind)


def drawn(behind: Ints, tile: Tile) -> Ints:
    """Return the positions of the background rows that a tile meets, as in `Blend`."""
    return behind[:, tile.background] if len(behind) == 1 else behind[tile.masks]


def _joined(front: "pd.Series[Any]", back: "pd.Series[Any]") -> Any:
    """Return the two columns one after the other, with the dtype of the first where the second has it too."""
    if isinstance(front.dtype, pd.CategoricalDtype) and front.dtype != back.dtype:
        back = back.astype(pd.CategoricalDtype(front.cat.categories.union(back.astype("category").cat.categories)))
        front = front.astype(back.dtype)
    return pd.concat([front, back], ignore_index=True).array
