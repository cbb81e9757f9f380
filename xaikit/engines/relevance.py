"""Layer-wise relevance propagation by captum, behind a completeness gate.

captum's LRP knows few layers and stops at others; where it stops, this engine says so and gives no values.
"""

import warnings
from functools import partial
from typing import Annotated, Any

import captum.attr
import numpy as np
import torch
from pydantic import Field

from xaikit.compute.attributions import by_player, complete, note
from xaikit.compute.batches import as_array, in_batches
from xaikit.compute.captum_modules import Scored
from xaikit.compute.tables import player_data
from xaikit.compute.tensors import as_tensor, rows_a_call
from xaikit.core.errors import ModelError, shown
from xaikit.core.explanation import Explanation
from xaikit.core.model import Layered
from xaikit.core.players import Players
from xaikit.core.target import Target


def explain(
    model: Layered,
    inputs: Any,
    target: Target,
    players: Players | None,
    *,
    tolerance: Annotated[float, Field(gt=0)] = 0.05,
) -> Explanation:
    """Explain rows by relevance (ε-rule): the output itself, not a difference, is dealt out to the inputs.

    Parameters
    ----------
    model : Layered
        A net of layers that captum's LRP knows.
    inputs : array or tensor, shape (rows, …)
        What to explain.
    target : Target
        The scalars to explain.
    players : Players or None
        Columns that are one feature are summed.
    tolerance : float
        Converged means: |prediction − sum of the values| ≤ tolerance × |prediction|. Biases take relevance of their
        own, so a net with large biases fails.

    Returns
    -------
    Explanation
        Values (rows, players or features…, outputs), with base 0.

    Raises
    ------
    ModelError
        When the net has a layer for which captum has no rule.

    References
    ----------
    Bach, S. et al. (2015). On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance
    propagation. PLoS ONE 10(7).
    """
    rows = as_tensor(inputs, model)
    size, scored = rows_a_call(model, tuple(rows.shape[1:])), Scored(model, target)
    with torch.inference_mode():
        whole = in_batches(scored, rows, size).astype(np.float64)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            method = captum.attr.LRP(scored)
            found = [in_batches(partial(_walk, method, k), rows, size) for k in range(whole.shape[1])]
    except (AssertionError, RuntimeError, TypeError, AttributeError) as error:
        raise ModelError(
            "engine relevance", shown(str(error), 200), "a net of layers that LRP has rules for"
        ) from error
    values = by_player(np.stack(found, axis=-1).astype(np.float64), players)
    fine = complete(values, whole, np.zeros_like(whole), tolerance)
    return Explanation(
        values=values,
        base=np.zeros_like(whole),
        prediction=whole,
        feature_names=players.names if players is not None else (),
        output_names=target.outputs,
        engine="relevance",
        converged=fine,
        data=player_data(inputs, players) if players is not None else as_array(rows),
        target=target.name,
        budget={"model_rows": 3 * len(rows), "because": "ε-rule, relevance 0 is the base"},
        notes=note(
            fine,
            f"miss the output by more than {tolerance:g} of it",
            "relevance is lost to biases or at layers without a rule",
        ),
    )


def _walk(method: Any, output: int, batch: torch.Tensor) -> torch.Tensor:
    made: torch.Tensor = method.attribute(batch, target=output).detach()
    return made
