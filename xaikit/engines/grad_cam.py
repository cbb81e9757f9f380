"""Grad-CAM: which places of an image the last convolutional layer read for the output."""

from functools import partial
from typing import Any

import captum.attr
import numpy as np
import torch

from xaikit.compute.batches import as_array, in_batches, is_out_of_memory
from xaikit.compute.captum_modules import for_hooks
from xaikit.compute.gradients import Scores, scores_of
from xaikit.compute.tensors import as_tensor, rows_a_call
from xaikit.core.errors import DataError, ModelError, shown, unknown_name
from xaikit.core.explanation import Explanation
from xaikit.core.model import Layered
from xaikit.core.target import Target

MODES = {3: "linear", 4: "bilinear", 5: "trilinear"}  # series, pictures, volumes
CONVOLUTIONS = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)


def explain(
    model: Layered, inputs: Any, background: Any, target: Target, *, layer: str = "", positive: bool = True
) -> Explanation:
    """Explain images by class activation maps.

    Parameters
    ----------
    model : Layered
        A convolutional net.
    inputs, background : tensor, shape (rows, channels, height, width)
        Images, or series (rows, channels, steps), or volumes; the background only gives the base.
    target : Target
        The scalars to explain.
    layer : str
        Name of the layer whose activations are weighted; the last convolution by default.
    positive : bool
        Keep what speaks for the output only, as in the paper.

    Returns
    -------
    Explanation
        Values (rows, height, width, outputs), interpolated to the size of the image. They rank places; they do not
        add up.

    Raises
    ------
    ModelError
        When the net has no convolution.
    SpecError
        When there is no layer of that name.

    References
    ----------
    Selvaraju, R. R. et al. (2017). Grad-CAM: visual explanations from deep networks. ICCV.
    """
    model = for_hooks(model)
    rows, behind = as_tensor(inputs, model), as_tensor(background, model)
    if rows.ndim not in MODES:
        raise DataError("inputs", f"shape {tuple(rows.shape)}", "images: (rows, channels, height, width)")
    name, chosen = _layer(model, layer)
    scores, size = scores_of(model, target), rows_a_call(model, tuple(rows.shape[1:]))
    with torch.inference_mode():
        whole, nobody = (in_batches(scores, b, size).astype(np.float64) for b in (rows, behind))
    maps = []
    for k in range(whole.shape[1]):
        look = partial(_upsampled, _method(scores, k, chosen), positive)
        maps.append(in_batches(look, rows, max(1, size // 4)).astype(np.float64))
    values, series = np.stack(maps, axis=-1), rows.ndim == 3
    return Explanation(
        values=values,
        base=np.broadcast_to(nobody.mean(axis=0), whole.shape).copy(),
        prediction=whole,
        feature_names=tuple(f"step {i}" for i in range(values.shape[1])) if series else (),
        output_names=target.outputs,
        engine="grad_cam",
        data=None if series else as_array(rows),  # one value a step, of all channels
        target=target.name,
        budget={"layer": name, "because": f"activations of layer {name}"},
        notes=("a map of places, not shares: the values do not add up to prediction − base",),
    )


def _layer(model: Layered, name: str) -> tuple[str, Any]:
    layers = model.layers()
    if name:
        if name not in layers:
            raise unknown_name("grad_cam.layer", "layer", name, layers)
        return name, layers[name]
    convolutions = [n for n, module in layers.items() if isinstance(module, CONVOLUTIONS)]
    if not convolutions:
        raise ModelError(f"model '{model.card.name}'", "no convolution", "a convolutional net, or `layer:`")
    return convolutions[-1], layers[convolutions[-1]]


def _method(scores: Scores, output: int, layer: Any) -> Any:
    return captum.attr.LayerGradCam(lambda x: scores(x)[:, output], layer)


def _upsampled(method: Any, positive: bool, batch: torch.Tensor) -> torch.Tensor:
    try:
        small = method.attribute(batch, relu_attributions=positive)
        grown = captum.attr.LayerAttribution.interpolate(small, batch.shape[2:], interpolate_mode=MODES[batch.ndim])
    except (RuntimeError, AssertionError, TypeError, AttributeError, ValueError) as error:
        if is_out_of_memory(error):
            raise
        expected = "a layer that runs once and gives channels over places, which torch can differentiate"
        raise ModelError("engine grad_cam", shown(str(error), 200), expected, "Choose one with `layer:`.") from error
    made: torch.Tensor = grown[:, 0].detach()
    return made
