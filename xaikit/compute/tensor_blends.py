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

# What a layer writes, the next one finds in the core's own cache: 384 KB of float32. A net of 128 units reads a row
# 15 to 25 % faster in calls of 512 to 1024 rows than of 4096. Measured from 16 to 512 units, none was faster with
# fewer than 512 rows, for the cost of a call, and none by more than 2 % with more than 2048.
WRITTEN, FEWEST_ROWS, MOST_ROWS = 3 * 2**15, 512, 2048

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
    [2048, 1536, 768, 512]
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
            pick = _Mixer(rows, torch.from_numpy(columns).to(background.device), background, behind)
            yield lambda tile: target(answer(pick(tile)))

    return blend


class _Mixer:
    """Writes the rows of tiles, `(rows × masks × background, columns)`: a new tensor each time."""

    def __init__(
        self, rows: torch.Tensor, columns: torch.Tensor, background: torch.Tensor, behind: NDArray[np.intp]
    ) -> None:
        self.exact = not background.is_floating_point()
        self.masks = (columns if self.exact else columns.to(background.dtype))[None, :, None]
        self.front, self.background, self.columns = rows[:, None, None], background, rows.shape[-1]
        self.behind = torch.from_numpy(behind).to(background.device)
        self.every = background[self.behind][None] if len(behind) == 1 else None
        self.before: tuple[Any, ...] = (None, None)

    def __call__(self, tile: Tile) -> torch.Tensor:
        weight, back = self._sides(tile)
        out = self.front.new_empty((*tile.shape, self.columns))
        if self.exact:
            torch.where(weight, self.front[tile.rows], back, out=out)
        else:  # lerp is exact at weights 0 and 1, and ten times as fast as where; into `out`, or `view` would copy
            torch.lerp(back, self.front[tile.rows], weight, out=out)
        return out.view(-1, self.columns)

    def _sides(self, tile: Tile) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the masks and background rows of a tile; many tiles in a row have the same."""
        if self.before[0] is not tile.masks or self.before[1] is not tile.background:
            every = self.every
            back = self.background[self.behind[tile.masks]][None] if every is None else every[:, :, tile.background]
            self.before = tile.masks, tile.background, self.masks[:, tile.masks], back
        return self.before[2], self.before[3]
