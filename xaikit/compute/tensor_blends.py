"""How rows are mixed with background rows on the device where they lie, and put to a net without leaving it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from xaikit.compute.blends import Blend, Mix
from xaikit.compute.tensors import as_tensor, rows_a_call
from xaikit.compute.tiles import Tile
from xaikit.core.model import Differentiable
from xaikit.core.target import Target

# What a layer writes, the next one finds in the core's own cache: 256 KB of float32. A net of 128 units reads a row 15
# to 25 % faster in calls of 512 rows than of 4096. With fewer than 512, or more than 2048, no width was faster (16 to
# 512 units, measured): the cost a call takes over, or the rows themselves leave the cache.
WRITTEN, FEWEST_ROWS, MOST_ROWS = 2**16, 512, 2048

Answer = Callable[[torch.Tensor], Any]


def tensor_blend(answer: Answer, background: torch.Tensor, target: Target) -> Blend:
    """Return the way of tensors: rows, masks and background mixed on the device where they lie.

    Parameters
    ----------
    answer : callable
        The `predict` of a callable that takes tensors.
    background : tensor, shape (background, columns)
        On the device of the inputs.
    target : Target
        What is explained.
    """
    return _blend(lambda: nullcontext(answer), background, target)


def forward_blend(
    model: Differentiable, inputs: Any, background: Any, target: Target
) -> tuple[Blend, torch.Tensor, int]:
    """Return the way of a net's own `forward`, the inputs as a tensor on its device, and the rows a call."""
    front = as_tensor(inputs, model)
    size = rows_a_call(model, tuple(front.shape[1:]))
    if front.device.type == "cpu":
        size = min(size, rows_in_cache(widest(model)))
    held = getattr(model, "answering", None)
    asked = held if callable(held) else lambda: nullcontext(model.forward)
    return _blend(asked, as_tensor(background, model), target), front, size


def rows_in_cache(width: int) -> int:
    """Return how many rows a net is to be given at once, by the numbers that its widest layer writes for each.

    Examples
    --------
    >>> [rows_in_cache(width) for width in (16, 64, 128, 1024)]
    [2048, 1024, 512, 512]
    """
    return min(max(WRITTEN // width, FEWEST_ROWS), MOST_ROWS)


def widest(model: Differentiable) -> int:
    """Return the most units of a layer, as its weights have them; 128 where the model shows none."""
    module = getattr(model, "module", None)
    weights = module.parameters() if isinstance(module, torch.nn.Module) else ()
    return max((len(w) for w in weights if w.ndim > 1), default=128)


def _blend(asked: Callable[[], AbstractContextManager[Answer]], background: torch.Tensor, target: Target) -> Blend:
    @contextmanager
    def blend(rows: torch.Tensor, columns: NDArray[np.bool_], behind: NDArray[np.intp]) -> Iterator[Mix]:
        with torch.inference_mode(), asked() as answer:
            pick = _mixer(rows, torch.from_numpy(columns).to(background.device), background, behind)
            yield lambda tile: target(answer(pick(tile)))

    return blend


def _mixer(
    rows: torch.Tensor, columns: torch.Tensor, background: torch.Tensor, behind: NDArray[np.intp]
) -> Callable[[Tile], torch.Tensor]:
    """Return what writes the rows of a tile, `(rows × masks × background, columns)`: a new tensor each time."""
    exact = not background.is_floating_point()
    masks = (columns if exact else columns.to(background.dtype))[None, :, None]
    front, shared = rows[:, None, None], len(behind) == 1
    at = torch.from_numpy(behind).to(background.device)
    every = background[at][None] if shared else None

    def mixed(tile: Tile) -> torch.Tensor:
        back = background[at[tile.masks]][None] if every is None else every[:, :, tile.background]
        out = rows.new_empty((*tile.shape, rows.shape[-1]))
        if exact:
            torch.where(masks[:, tile.masks], front[tile.rows], back, out=out)
        else:  # lerp is exact at weights 0 and 1, and ten times as fast as where; into `out`, or `view` would copy
            torch.lerp(back, front[tile.rows], masks[:, tile.masks], out=out)
        return out.view(-1, rows.shape[-1])

    return mixed
