"""Occlusion: by how much the output changes when one feature, or one window of an image, is taken away.

It is one step of what Shapley values average over: features that stand in for each other each look unimportant.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import captum.attr
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.batches import as_array, in_batches, is_out_of_memory, make_room
from xaikit.compute.gradients import scores_of
from xaikit.compute.masking import masked
from xaikit.compute.tables import player_data
from xaikit.compute.tensors import as_tensor, rows_a_call
from xaikit.core.errors import DataError
from xaikit.core.explanation import Explanation
from xaikit.core.model import Differentiable, Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target
from xaikit.stats.studentised import mean_and_error


def explain(
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players | None,
    progress: Progress,
    *,
    window: Annotated[int, Field(ge=1)] = 8,
    stride: Annotated[int, Field(ge=1)] = 4,
) -> Explanation:
    """Explain rows by what is lost without each feature.

    Parameters
    ----------
    model : Model
        Any black box for tables; a net for images.
    inputs, background : array, tensor or table
        What to explain, and what a feature taken away is replaced from: every background row in a table, the mean
        image otherwise.
    target : Target
        The scalars to explain.
    players : Players or None
        The features of a table; None for images.
    progress : Progress
        Told when it is done.
    window, stride : int
        Of images (rows, channels, height, width): side of the square that is covered, and its step, in pixels.

    Returns
    -------
    Explanation
        Values (rows, players, outputs) with the standard error of the background; or like the image, without.

    Raises
    ------
    DataError
        For an image without a net to look at it.

    References
    ----------
    Zeiler, M. D. and Fergus, R. (2014). Visualizing and understanding convolutional networks. ECCV.
    """
    if players is not None:
        found = _table(model, inputs, background, target, players)
    elif isinstance(model, Differentiable):
        found = _image(model, inputs, background, target, window, stride)
    else:
        hint = "The engine 'segments' takes pictures and series of any callable."
        raise DataError("inputs", "rows that are no flat table", "a table, or images and a torch model", hint)
    progress("occlusion", 1, 1)
    return found


def _table(model: Model, inputs: Any, background: Any, target: Target, players: Players) -> Explanation:
    game = masked(model, inputs, background, target, players)
    whole, nobody = game.whole(), game.nobody()
    without = ~np.eye(len(players), dtype=bool)
    lost = whole[:, None, None] - game.values(slice(None), without)
    values, stderr, degrees = mean_and_error(lost, axis=2)
    return Explanation(
        values=values,
        base=np.broadcast_to(nobody.mean(axis=0), whole.shape).copy(),
        prediction=whole,
        feature_names=players.names,
        output_names=target.outputs,
        engine="occlusion",
        stderr=stderr,
        degrees=degrees,
        data=player_data(inputs, players),
        target=target.name,
        budget={"model_rows": game.spent, "because": "each feature taken away once, all others kept"},
        notes=("differences, not shares: the values do not add up to prediction − base",),
    )


def _backing_off(
    covered: Callable[[int, torch.Tensor], torch.Tensor], rows: torch.Tensor, size: int, together: int
) -> NDArray[Any]:
    """Return maps in batches of rows times windows; where memory does not hold a row, of fewer windows."""
    while True:
        try:
            return in_batches(partial(covered, together), rows, max(1, size // together))
        except Exception as error:
            if together == 1 or not is_out_of_memory(error):
                raise
        make_room()
        together //= 2


def _image(
    model: Differentiable, inputs: Any, background: Any, target: Target, window: int, stride: int
) -> Explanation:
    rows, behind = as_tensor(inputs, model), as_tensor(background, model).mean(dim=0, keepdim=True)
    scores, size = scores_of(model, target), rows_a_call(model, tuple(rows.shape[1:]))
    shape = (*rows.shape[1:-2], min(window, rows.shape[-2]), min(window, rows.shape[-1]))
    strides = (*rows.shape[1:-2], min(stride, shape[-2]), min(stride, shape[-1]))
    together = max(1, min(16, size // len(rows)))

    def covered(output: int, together: int, part: torch.Tensor) -> torch.Tensor:
        method = captum.attr.Occlusion(lambda x: scores(x)[:, output])
        made: torch.Tensor = method.attribute(part, shape, strides, behind, perturbations_per_eval=together)
        return made

    with torch.inference_mode():
        whole, nobody = (in_batches(scores, b, size).astype(np.float64) for b in (rows, behind))
        maps = [_backing_off(partial(covered, k), rows, size, together) for k in range(whole.shape[1])]
    return Explanation(
        values=np.stack(maps, axis=-1).astype(np.float64),
        base=np.broadcast_to(nobody, whole.shape).copy(),
        prediction=whole,
        feature_names=(),
        output_names=target.outputs,
        engine="occlusion",
        data=as_array(rows),
        target=target.name,
        budget={"window": window, "stride": stride, "because": "each window covered by the mean background image"},
        notes=("differences, not shares: the values do not add up to prediction − base",),
    )
