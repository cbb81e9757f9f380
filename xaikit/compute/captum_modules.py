"""A model with its target as one module, for the methods of captum that hook into layers."""

import copy
import itertools
from typing import TypeVar

import torch

from xaikit.core.model import Layered
from xaikit.core.target import Target

M = TypeVar("M", bound=Layered)


def for_hooks(model: M) -> M:
    """Return a model of the same weights whose layers are its own, so that hooks reach nobody else who calls the net.

    A net that cannot be copied is returned as it is.
    """
    module = model.module
    shared = {id(t): t for t in itertools.chain(module.parameters(), module.buffers())}
    try:
        layers = copy.deepcopy(module, shared)
    except (RuntimeError, TypeError, AttributeError, NotImplementedError, copy.Error):
        return model
    fresh = copy.copy(model)
    fresh.module = layers  # type: ignore[misc]
    return fresh


class Scored(torch.nn.Module):
    """The target's scalars as the output of a module that contains the net.

    Parameters
    ----------
    model : Layered
        A copy of its `module` on the same weights becomes a part of this one, so that hooks reach its layers.
    target : Target
        Applied to the outputs.
    """

    def __init__(self, model: Layered, target: Target) -> None:
        super().__init__()
        model = for_hooks(model)
        self.net = model.module
        self._model, self._target = model, target

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Return the scalars, (n, outputs)."""
        value: torch.Tensor = self._target(self._model.forward(batch))
        return value
