"""Pictures and series as games: blocks of pixels, or stretches of steps, are the players."""

from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaikit.compute.batches import as_array, is_tensor, length
from xaikit.core import plugin
from xaikit.core.model import Model
from xaikit.core.target import Target

Floats = NDArray[np.float64]
BLOCKS = 25
AT_ONCE = 2**24  # numbers put to the model in one call


def is_grid(batch: Any) -> bool:
    """Return whether rows are pictures (rows, channels, height, width) or series (rows, steps, channels).

    Examples
    --------
    >>> is_grid(np.zeros((2, 1, 8, 8))), is_grid(np.zeros((2, 3)))
    (True, False)
    """
    return getattr(batch, "ndim", 0) in (3, 4)


def blocks(shape: tuple[int, ...], most: int = BLOCKS) -> NDArray[np.intp]:
    """Return the block of each place of one row: int array (height, width) of a picture, (steps,) of a series.

    Parameters
    ----------
    shape : tuple of int
        Of one row: (channels, height, width) or (steps, channels).
    most : int
        At most so many blocks.

    Examples
    --------
    >>> blocks((1, 4, 4), 4).tolist()
    [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
    >>> blocks((5, 2), 2).tolist()
    [0, 0, 0, 1, 1]
    """
    if len(shape) == 2:
        return _bands(shape[0], most)
    side = isqrt(most)
    down, across = _bands(shape[1], side), _bands(shape[2], side)
    return np.asarray(down[:, None] * (across.max() + 1) + across[None])


def _bands(size: int, most: int) -> NDArray[np.intp]:
    count = min(size, most)
    return np.asarray(np.arange(size) * count // size, dtype=np.intp)


def places(values: Floats, owner: NDArray[np.intp]) -> Floats | None:
    """Return values of places, channels summed, (rows, *places, outputs); None where they have other places."""
    channels = 1 if owner.ndim == 2 else 2
    summed = values.sum(axis=channels) if values.ndim == owner.ndim + 3 else values
    return summed if summed.shape[1:-1] == owner.shape else None


def by_block(values: Floats, owner: NDArray[np.intp]) -> Floats:
    """Return sums over blocks, float array (rows, blocks, outputs)."""
    found = places(values, owner)
    assert found is not None
    inside = owner.ravel()[None, :] == np.arange(owner.max() + 1)[:, None]
    return np.asarray(np.einsum("bp,rpo->rbo", inside, found.reshape(len(found), -1, found.shape[-1])))


def like(array: NDArray[Any], batch: Any) -> Any:
    """Return an array as what a batch is: a tensor of its dtype on its device, or an array of its dtype."""
    if is_tensor(batch):
        return plugin.function("torch", "as_tensor")(array, dtype=batch.dtype, device=batch.device)
    return array.astype(np.asarray(batch).dtype)


class GridGame:
    """The value of a coalition of blocks: the score of the row with the other blocks taken from the background.

    Parameters
    ----------
    model : Model
        Asked through `predict`.
    rows, background : array or tensor, shape (rows, …)
        Pictures or series.
    target : Target
        The scalars.
    owner : int array
        As `blocks` returns it.
    """

    def __init__(self, model: Model, rows: Any, background: Any, target: Target, owner: NDArray[np.intp]) -> None:
        self.model, self.batch, self.target = model, rows, target
        self.rows, self.background = as_array(rows), as_array(background)
        self.owner = (
            owner if owner.ndim == 2 else owner[:, None]
        )  # channels come first in a picture, last in a series
        self.outputs = len(target.outputs)

    def values(self, rows: slice, masks: NDArray[np.bool_], _behind: object = None) -> Floats:
        """Return the values of coalitions, float array (rows, masks, background, outputs)."""
        chosen = self.rows[rows]
        grid = (len(chosen), len(masks), length(self.background))
        out = np.empty((int(np.prod(grid)), self.outputs))
        step = max(1, AT_ONCE // int(np.prod(chosen.shape[1:])))
        for first in range(0, len(out), step):
            row, mask, behind = np.unravel_index(np.arange(first, min(first + step, len(out))), grid)
            keep = masks[mask][:, self.owner]
            keep = keep[:, None] if chosen.ndim == 4 else keep
            mixed = np.where(keep, chosen[row], self.background[behind])
            out[first : first + step] = self.target(self.model.predict(like(mixed, self.batch)))
        return out.reshape(*grid, self.outputs)
