"""Rows with some players replaced from the background, put to any model: rows × coalitions × background."""

from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.compute.batches import as_array, is_tensor, length, take
from xaikit.compute.blends import Blend, array_blend, frame_blend
from xaikit.compute.tiles import Tile, tiles, with_back_off
from xaikit.core import plugin
from xaikit.core.errors import ModelError
from xaikit.core.model import Differentiable, Model
from xaikit.core.players import Players
from xaikit.core.target import Target

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
BLACK_BOX_ROWS = 16_384  # a black box has a cost a call; a net has a cache


@dataclass(slots=True)
class _Held:
    """Answers where they were given: those of a card are fetched once, so that it never waits for a copy."""

    array: Any = None

    def put(self, tile: Tile, answer: Any, grid: tuple[int, ...]) -> None:
        if self.array is None:  # flat: a tile is one run of the grid
            shape = (prod(grid[:3]), grid[3])
            self.array = answer.new_empty(shape) if is_tensor(answer) else np.empty(shape)
        start, asked = (
            (tile.rows.start * grid[1] + tile.masks.start) * grid[2] + tile.background.start,
            prod(tile.shape),
        )
        self.array[start : start + asked] = answer.reshape(asked, grid[3])  # or too few would be spread over all


@dataclass(slots=True)
class Masked:
    """The game of every row: what the target is worth when a coalition is taken from the row, the rest not.

    Parameters
    ----------
    blend : Blend
        The way of one kind of container and model.
    inputs : array, tensor or table
        The rows to explain, as `blend` takes them.
    owner : int array, shape (columns,)
        Player of each column.
    background : int
        How many background rows there are.
    outputs : int
        How many scalars the target has.
    size : int
        Model rows a call.
    spent : int
        Model rows so far.
    """

    blend: Blend
    inputs: Any
    owner: NDArray[np.intp]
    background: int
    outputs: int
    size: int
    spent: int = 0

    def values(self, rows: NDArray[np.intp] | slice, masks: Bools, behind: NDArray[np.intp] | None = None) -> Floats:
        """Return the value of coalitions, float array (rows, masks, background, outputs).

        Parameters
        ----------
        rows : int array or slice
            Which rows.
        masks : bool array, shape (masks, players)
            True: the player keeps the value it has in the row.
        behind : int array, shape (masks,), optional
            The background row of each mask; by default each mask is put before every background row. With it the
            background axis has length 1.

        References
        ----------
        Janzing, D., Minorics, L. and Blöbaum, P. (2020). Feature relevance quantification in explainable AI: a
        causal problem. AISTATS. (the marginal, "interventional" value function)
        """
        chosen, columns = take(self.inputs, rows), np.take(masks, self.owner, axis=1)
        back = np.arange(self.background)[None] if behind is None else behind[:, None]
        grid, held = (length(chosen), len(masks), back.shape[1], self.outputs), _Held()
        with self.blend(chosen, columns, back) as mix:

            def work(tile: Tile) -> None:
                held.put(tile, mix(tile), grid)

            for tile in tiles(*grid[:3], self.size):
                self.size = with_back_off(work, tile, self.size)
        self.spent += prod(grid[:3])
        if held.array is None:  # no row or no coalition was asked for
            return np.empty(grid)
        out = np.asarray(as_array(held.array), dtype=np.float64).reshape(grid)
        if not np.isfinite(out).all():
            raise ModelError("the model", "NaN or infinite answers to mixed rows", "finite numbers for every row")
        return out

    def whole(self) -> Floats:
        """Return the value of all players together, the prediction, float array (rows, outputs)."""
        once = replace(self, background=1)
        everyone = np.ones((1, int(self.owner.max()) + 1), dtype=bool)
        answer: Floats = once.values(slice(None), everyone)[:, 0, 0]
        self.spent += once.spent
        return answer

    def nobody(self) -> Floats:
        """Return the value of no players, one for each background row, float array (background, outputs)."""
        nothing = np.zeros((1, int(self.owner.max()) + 1), dtype=bool)
        answer: Floats = self.values(slice(0, 1), nothing)[0, 0]
        return answer


def masked(model: Model, inputs: Any, background: Any, target: Target, players: Players) -> Masked:
    """Return the game of the rows, by the fastest way that the model and the container allow.

    A `Differentiable` model on numbers is evaluated in torch on its own device, without a copy to NumPy between; any
    other model is asked through `predict`, with arrays or with tables of the same columns and dtypes.
    """
    behind, outputs = length(background), len(target.outputs)
    if isinstance(model, Differentiable) and _numeric(inputs) and _numeric(background):
        make = plugin.function("xaikit.compute.tensor_blends", "forward_blend")
        blend, front, size = make(model, _plain(inputs), _plain(background), target)
        fast = Masked(blend, front, players.owner, behind, outputs, size)
        if _agrees(fast, model, inputs, target):
            return fast
    if isinstance(inputs, pd.DataFrame):
        blend = frame_blend(model, background, target)
    elif is_tensor(inputs):
        blend = plugin.function("xaikit.compute.tensor_blends", "tensor_blend")(model.predict, background, target)
    else:
        inputs, background = as_array(inputs), as_array(background)
        blend = array_blend(model, background, target)
    return Masked(blend, inputs, players.owner, behind, outputs, BLACK_BOX_ROWS)


def _numeric(batch: Any) -> bool:
    dtypes = batch.dtypes if isinstance(batch, pd.DataFrame) else [getattr(batch, "dtype", None)]
    return all(getattr(d, "kind", "f") in "biuf" for d in dtypes)


def _plain(batch: Any) -> Any:
    return batch.to_numpy(dtype=np.float64) if isinstance(batch, pd.DataFrame) else batch


def _agrees(game: Masked, model: Model, inputs: Any, target: Target) -> bool:
    """Whether `forward` says what `predict` says: an adapter may do more in `predict`, a sigmoid for example."""
    some = slice(0, 8)
    try:
        fast = replace(game, inputs=take(game.inputs, some)).whole()
    except (RuntimeError, TypeError, ValueError, IndexError):
        return False  # `predict` prepares its rows in a way that `forward` does not, and will say what is wrong
    slow = as_array(target(model.predict(take(inputs, some)))).reshape(fast.shape)
    return bool(np.allclose(fast, slow, rtol=1e-3, atol=1e-5))
