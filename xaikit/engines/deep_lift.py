"""DeepLIFT by captum, behind a completeness gate.

captum rewrites the backward pass of the activations that it knows *as modules*. `F.relu`, SiLU, LayerNorm, LSTM and
pooling in places are passed over without a word, and the values are then 30 to 100 % off. Every row is therefore
checked: values that do not add up to prediction − base are reported as not converged.
"""

import warnings
from functools import partial
from typing import Annotated, Any

import captum.attr
import numpy as np
import torch
from pydantic import Field

from xaikit.compute.attributions import by_player, complete, note
from xaikit.compute.batches import in_batches
from xaikit.compute.captum_modules import Scored
from xaikit.compute.tables import player_data
from xaikit.compute.tensors import as_tensor, rows_a_call
from xaikit.core.errors import ModelError, shown
from xaikit.core.explanation import Explanation
from xaikit.core.model import Layered
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target
from xaikit.stats.studentised import mean_and_error


def explain(
    model: Layered,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players | None,
    rng: np.random.Generator,
    progress: Progress,
    *,
    baselines: Annotated[int, Field(ge=1)] = 16,
    tolerance: Annotated[float, Field(gt=0)] = 0.02,
) -> Explanation:
    """Explain rows by DeepLIFT (rescale rule), averaged over baselines.

    Parameters
    ----------
    model : Layered
        A net whose activations are modules.
    inputs, background : array or tensor, shape (rows, …)
        What to explain, and the baselines.
    target : Target
        The scalars to explain.
    players : Players or None
        Columns that are one feature are summed.
    rng : numpy.random.Generator
        Draws the baselines when there are more than `baselines`.
    progress : Progress
        Told of baselines done.
    baselines : int
        At most this many background rows are used.
    tolerance : float
        Converged means: |prediction − base − sum of the values| ≤ tolerance × mean |prediction − baseline output|.

    Returns
    -------
    Explanation
        Values (rows, players or features…, outputs); `stderr` is that of the draw of baselines.

    Raises
    ------
    ModelError
        When captum cannot handle the net, with its words.

    References
    ----------
    Shrikumar, A., Greenside, P. and Kundaje, A. (2017). Learning important features through propagating activation
    differences. ICML.
    """
    rows, behind = as_tensor(inputs, model), as_tensor(background, model)
    if len(behind) > baselines:
        drawn = np.sort(rng.choice(len(behind), baselines, replace=False))
        behind = behind[torch.as_tensor(drawn, device=rows.device)]
    size, scored = rows_a_call(model, tuple(rows.shape[1:])), Scored(model, target)
    with torch.inference_mode():
        whole, nobody = (in_batches(scored, b, size).astype(np.float64) for b in (rows, behind))
    each = []
    for done, start in enumerate(behind):
        progress("deep_lift", done, len(behind))
        each.append(by_player(_outputs(scored, rows, start[None], whole.shape[1], size), players))
    progress("deep_lift", len(behind), len(behind))
    values, stderr, degrees = mean_and_error(np.stack(each, axis=1))
    fine = complete(values, whole, nobody.mean(axis=0), tolerance, np.abs(whole[:, None] - nobody[None]).mean(axis=1))
    return Explanation(
        values=values,
        base=np.broadcast_to(nobody.mean(axis=0), whole.shape).copy(),
        prediction=whole,
        feature_names=players.names if players is not None else (),
        output_names=target.outputs,
        engine="deep_lift",
        stderr=stderr,
        degrees=degrees,
        converged=fine,
        data=player_data(inputs, players) if players is not None else rows.cpu().numpy(),
        target=target.name,
        budget={"model_rows": 2 * len(rows) * len(behind), "because": f"rescale rule, {len(behind)} baselines"},
        background={"baselines": len(behind)},
        notes=note(
            fine,
            f"miss the change of the output by more than {tolerance:g} of it",
            "the net holds what DeepLIFT does not know (functional activations, norms, recurrence): do not use it",
        ),
    )


def _outputs(scored: Scored, rows: torch.Tensor, start: torch.Tensor, outputs: int, size: int) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # captum announces its hooks on every call
            method = captum.attr.DeepLift(scored)
            found = [in_batches(partial(_walk, method, start, k), rows, size) for k in range(outputs)]
    except (AssertionError, RuntimeError, TypeError, AttributeError) as error:
        raise ModelError("engine deep_lift", shown(str(error), 200), "a net that DeepLIFT can walk back") from error
    return np.stack(found, axis=-1).astype(np.float64)


def _walk(method: Any, start: torch.Tensor, output: int, batch: torch.Tensor) -> torch.Tensor:
    made: torch.Tensor = method.attribute(batch, start, target=output).detach()
    return made
