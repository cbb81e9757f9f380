"""Batches as tensors on the model's device, and how many rows of them to put to it at once."""

from typing import Any

import numpy as np
import torch

from xaikit.compute.batches import CACHE_ROWS, as_array
from xaikit.compute.devices import memory
from xaikit.core.errors import DataError
from xaikit.core.model import Differentiable

CARD_ROWS = 65_536  # a card wants large batches where a CPU wants batches that stay in cache
KEPT = 4 * 64 * 4  # a quarter of a card, for 64 numbers of 4 bytes that a net keeps of each number it reads


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
    """Return how many rows to put to the model at once: what fits the cache, or fills the card.

    By the card's whole memory, not what is free of it: the same card gets the same batches, and so gives the same
    numbers. A net that keeps more of a row backs off.
    """
    room = memory(model.device)
    best = CACHE_ROWS if room is None else CARD_ROWS
    numbers = max(1, int(np.prod(row_shape)))
    most = budget * (best // CACHE_ROWS)
    if room is not None:
        most = min(most, room // KEPT)
    return max(1, min(best, most // numbers))
