"""A model with its target as one module, for the methods of captum that hook into layers."""

import torch

from xaikit.core.model import Layered
from xaikit.core.target import Target


class Scored(torch.nn.Module):
    """The target's scalars as the output of a module that contains the net.

    Parameters
    ----------
    model : Layered
        Its `module` becomes a part of this one, so that hooks reach its layers.
    target : Target
        Applied to the outputs.
    """

    def __init__(self, model: Layered, target: Target) -> None:
        super().__init__()
        self.net = model.module
        self._model, self._target = model, target

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Return the scalars, (n, outputs)."""
        value: torch.Tensor = self._target(self._model.forward(batch))
        return value
