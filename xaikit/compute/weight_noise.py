"""A net as another run of its training could have left it: a little noise on every weight."""

import copy

import numpy as np
import torch

from xaikit.core.model import Model


def shaken(model: Model, times: int, rng: np.random.Generator, scale: float) -> tuple[Model, ...]:
    """Return copies of a model whose weights have moved by chance, each tensor in proportion to its own spread.

    Parameters
    ----------
    model : Model
        With a `torch.nn.Module` as its `module`; not altered.
    times : int
        How many copies.
    rng : numpy.random.Generator
        Draws the noise.
    scale : float
        Standard deviation of the noise, relative to that of each tensor.

    Returns
    -------
    tuple of Model
        Empty where the module has no weights to move.
    """
    module = getattr(model, "module", None)
    if not isinstance(module, torch.nn.Module) or not any(map(_movable, module.parameters())):
        return ()
    return tuple(_one(model, module, rng, scale) for _ in range(times))


def _one(model: Model, module: torch.nn.Module, rng: np.random.Generator, scale: float) -> Model:
    fresh, other = copy.copy(model), copy.deepcopy(module)
    with torch.no_grad():
        for p in filter(_movable, other.parameters()):
            noise = torch.as_tensor(rng.normal(size=tuple(p.shape)), dtype=p.dtype, device=p.device)
            p.add_(noise * (scale * p.std()))
    fresh.module = other  # type: ignore[attr-defined]
    return fresh


def _movable(parameter: torch.Tensor) -> bool:
    return parameter.is_floating_point() and parameter.numel() > 1
