"""Batches as tensors on the model's device, and masked evaluation without leaving it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from xaikit.compute.batches import CACHE_ROWS, as_array
from xaikit.compute.blends import Blend
from xaikit.core.errors import DataError
from xaikit.core.model import Differentiable
from xaikit.core.target import Target

CARD_ROWS = 65_536  # a card wants large batches where a CPU wants batches that stay in cache


def dtype_of(model: Differentiable) -> torch.dtype:
    """Return the floating dtype of the model's first parameter, float32 where there is none."""
    module = getattr(model, "module", None)
    if isinstance(module, torch.nn.Module):
        for parameter in module.parameters():
            if parameter.is_floating_point():
                return parameter.dtype
    return torch.float32


def as_tensor(batch: Any, model: Differentiable) -> torch.Tensor:
    """Return the batch on the model's device; numbers in the model's dtype, integer tensors as they are.

    Raises
    ------
    DataError
        When the batch holds something else than numbers.
    """
    if isinstance(batch, torch.Tensor):
        keep = not batch.is_floating_point()
        return batch.detach().to(model.device, None if keep else dtype_of(model))
    array = as_array(batch)
    if array.dtype.kind not in "biuf":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            raise DataError("inputs", f"values of type {array.dtype}", "numbers: this model reads tensors") from None
    return torch.tensor(array, dtype=dtype_of(model), device=model.device)  # MPS has no float64 to come by


def rows_a_call(model: Differentiable, row_shape: tuple[int, ...], budget: int = 4096 * 256) -> int:
    """Return how many rows to put to the model at once: what fits the cache, or fills the card."""
    best = CACHE_ROWS if model.device.type == "cpu" else CARD_ROWS
    numbers = max(1, int(np.prod(row_shape)))
    return max(1, min(best, budget * (best // CACHE_ROWS) // numbers))


def tensor_blend(answer: Callable[[torch.Tensor], Any], background: torch.Tensor, target: Target) -> Blend:
    """Return the way of tensors: rows, masks and background mixed on the device where they lie.

    Parameters
    ----------
    answer : callable
        `Differentiable.forward`, or the `predict` of a callable that takes tensors.
    background : tensor, shape (background, columns)
        On the device of the inputs.
    target : Target
        What is explained.
    """
    exact = not background.is_floating_point()

    def prepare(columns: NDArray[np.bool_]) -> torch.Tensor:
        masks = torch.from_numpy(columns).to(background.device)
        return masks if exact else masks.to(background.dtype)

    @torch.inference_mode()
    def mix(rows: torch.Tensor, masks: torch.Tensor, behind: NDArray[np.intp]) -> Any:
        back = background[torch.from_numpy(behind).to(background.device)][None]
        front, weight = rows[:, None, None], masks[None, :, None]
        mixed = rows.new_empty((len(rows), len(masks), behind.shape[1], rows.shape[-1]))
        if exact:
            torch.where(weight, front, back, out=mixed)
        else:  # lerp is exact at weights 0 and 1, and ten times as fast as where; into `mixed`, or `view` would copy
            torch.lerp(back, front, weight, out=mixed)
        return target(answer(mixed.view(-1, rows.shape[-1])))

    return Blend(mix, prepare)


def forward_blend(
    model: Differentiable, inputs: Any, background: Any, target: Target
) -> tuple[Blend, torch.Tensor, int]:
    """Return the way of a net's own `forward`, the inputs as a tensor on its device, and the rows a call."""
    front = as_tensor(inputs, model)
    blend = tensor_blend(model.forward, as_tensor(background, model), target)
    return blend, front, rows_a_call(model, tuple(front.shape[1:]))
