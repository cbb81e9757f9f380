"""Products in bfloat16, everything else as it was, with weights that are cast once and not at every call."""

from typing import Any

import torch

from xaikit.compute.batches import is_out_of_memory
from xaikit.compute.captum_modules import for_hooks
from xaikit.core.model import Differentiable, Layered

PRODUCTS = (torch.nn.Linear, torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)


class Halved:
    """A net whose matrix products and convolutions are computed in bfloat16 by torch's autocast.

    Autocast casts weights anew at every call where they need no gradient. Here a copy of the net, of the caller's own
    tensors otherwise, holds bfloat16 weights in its linear and convolutional layers: the same numbers, cast once.
    Norms, sums and losses stay in float32, as autocast has them. Where the copy cannot be made, or code of the net
    mixes those weights with float32 itself, autocast alone does it.

    Parameters
    ----------
    model : Differentiable
        Never changed.

    References
    ----------
    Micikevicius, P. et al. (2018). Mixed precision training. ICLR.
    """

    def __init__(self, model: Differentiable) -> None:
        self._model, self._cast = model, _cast(model)

    def forward(self, points: torch.Tensor) -> Any:
        """Return the outputs of a batch with the graph kept."""
        with torch.autocast(points.device.type, torch.bfloat16):
            try:
                return self._cast.forward(points)
            except RuntimeError as error:
                if self._cast is self._model or is_out_of_memory(error):
                    raise
                self._cast = self._model
                return self._model.forward(points)


def _cast(model: Differentiable) -> Differentiable:
    if not isinstance(model, Layered):
        return model
    copied = for_hooks(model)
    if copied is model:
        return model
    for layer in copied.module.modules():
        if type(layer) in PRODUCTS:  # not what is derived from them: it may do anything with its weights
            for name in ("weight", "bias"):
                weight = layer._parameters.get(name)
                if weight is not None and weight.dtype == torch.float32:
                    layer._parameters[name] = torch.nn.Parameter(weight.detach().bfloat16(), requires_grad=False)
    return copied
