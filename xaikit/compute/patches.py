"""What each channel of a layer answers to most: the places of real inputs that drive it, with what it sees there.

References
----------
Zeiler, M. D., Fergus, R. (2014). Visualizing and understanding convolutional networks. ECCV, 818–833 (the patches
that activate a feature map most).
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from xaikit.compute.batches import in_batches
from xaikit.compute.tensors import as_tensor
from xaikit.core.errors import DataError, ModelError, unknown_name
from xaikit.core.model import Layered


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A place of an input that drives a channel.

    Parameters
    ----------
    channel, row : int
        The channel, and the input.
    activation : float
        The channel's answer there.
    box : (int, int, int, int)
        What the channel sees of the input: top, bottom, left, right; bottom and right are beyond the last pixel.
    pixels : array, shape (channels, bottom − top, right − left)
        The input inside the box.
    """

    channel: int
    row: int
    activation: float
    box: tuple[int, int, int, int]
    pixels: NDArray[Any]


def spread_convolutions(model: Layered, most: int = 3) -> list[str]:
    """Return the names of at most `most` two-dimensional convolutions, from the first to the last, evenly spread."""
    found = [n for n, m in model.layers().items() if getattr(m, "original_name", type(m).__name__) == "Conv2d"]
    places = np.linspace(0, len(found) - 1, min(most, len(found))).round().astype(int)
    return [found[i] for i in dict.fromkeys(places.tolist())]


def top_patches(model: Layered, inputs: Any, layer: str, *, count: int = 4) -> list[list[Patch]]:
    """Return the `count` places that drive each channel of a layer most, from as many different inputs; see `driven`.

    Every channel is looked at, in order.
    """
    return driven(model, inputs, layer, count=count)[0]


def driven(
    model: Layered, inputs: Any, layer: str, *, channels: int | None = None, count: int = 4
) -> tuple[list[list[Patch]], int]:
    """Return the places that drive channels of a layer most, and how many channels answer all inputs alike.

    Parameters
    ----------
    model : Layered
        A convolutional net.
    inputs : array or tensor, shape (n, channels, height, width)
        Real inputs, among which the places are sought.
    layer : str
        A key of `model.layers()` whose output is `(n, channels, height, width)`.
    channels : int, optional
        At most so many channels, those whose strongest answer differs most from input to input, in order; all of
        them by default.
    count : int
        Places for each channel, strongest first.

    Raises
    ------
    SpecError
        When there is no such layer.
    DataError
        When the inputs are no images.
    ModelError
        When the layer's output has no height and width.
    """
    layers = model.layers()
    if layer not in layers:
        raise unknown_name("layer", "layer", layer, layers)
    batch = as_tensor(inputs, model)
    if batch.ndim != 4:
        raise DataError("inputs", f"shape {tuple(batch.shape)}", "images: (n, channels, height, width)")
    with torch.no_grad():
        found = in_batches(partial(_strongest, model, layer, layers[layer]), batch, 256)
    best, places = found[..., 0], found[..., 1:].astype(int)
    spread = best.astype(np.float64).std(axis=0)
    out = []
    for channel in _chosen(spread, channels):
        rows = np.argsort(-best[:, channel], kind="stable")[:count].tolist()
        out.append(
            [
                _patch(
                    model,
                    batch[r : r + 1],
                    layers[layer],
                    channel,
                    r,
                    tuple(places[r, channel]),
                    float(best[r, channel]),
                )
                for r in rows
            ]
        )
    return out, int((spread == 0).sum())


def _strongest(model: Layered, name: str, layer: torch.nn.Module, batch: torch.Tensor) -> torch.Tensor:
    """Return the strongest answer of each channel to each input, and its row and column, (n, channels, 3)."""
    maps = _answers(model, batch, layer)
    if maps.ndim != 4:
        raise ModelError(f"layer '{name}'", f"outputs of shape {tuple(maps.shape)}", "(n, channels, height, width)")
    best, places = maps.flatten(2).max(dim=2)
    wide = torch.promote_types(best.dtype, torch.float32)
    return torch.stack([best.to(wide), *(p.to(wide) for p in (places // maps.shape[3], places % maps.shape[3]))], -1)


def _chosen(spread: NDArray[np.float64], most: int | None) -> list[int]:
    if most is None:
        return list(range(len(spread)))
    order = np.argsort(-spread, kind="stable")[:most].tolist()
    return sorted(c for c in order if spread[c] > 0)


def _answers(model: Layered, batch: torch.Tensor, layer: torch.nn.Module) -> torch.Tensor:
    kept: list[torch.Tensor] = []
    hook = layer.register_forward_hook(lambda _module, _given, output: kept.append(output))
    try:
        model.forward(batch)
    finally:
        hook.remove()
    return kept[-1]


def _patch(
    model: Layered,
    image: torch.Tensor,
    layer: torch.nn.Module,
    channel: int,
    row: int,
    place: tuple[int, int],
    activation: float,
) -> Patch:
    # What a unit can see: where the size of a change would reach it, whatever the signs and dead units on the way.
    # A smooth stand-in of random inputs finds nearly all of it; the box around them is exact for convolutions.
    reach = torch.zeros(image.shape[2:], device=image.device)
    generator = torch.Generator().manual_seed(0)
    for _ in range(8):
        noise = torch.randn(image.shape, generator=generator).to(image).requires_grad_()
        seen = _answers(model, noise, layer)[0, channel, place[0], place[1]]
        if seen.requires_grad:
            reach += torch.autograd.grad(seen, noise)[0].abs().sum(dim=(0, 1))
    ys, xs = (torch.nonzero(reach.sum(dim=d)).flatten().tolist() for d in (1, 0))
    height, width = image.shape[2:]
    box = (ys[0], ys[-1] + 1, xs[0], xs[-1] + 1) if ys and xs else (0, height, 0, width)
    pixels = image[0, :, box[0] : box[1], box[2] : box[3]].detach().cpu().numpy()
    return Patch(channel, row, activation, box, np.asarray(pixels))
