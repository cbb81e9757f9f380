"""DeepLIFT behind a completeness gate: our own multipliers where every operation is known, else captum's.

A net of affine layers and functions of one number, modules or not, is recorded while it runs, rows and baselines once
each (`compute.tapes`), and walked back pair by pair (`compute.rescale`). Any other net goes to captum, which rewrites
the backward pass of the activations that it knows *as modules*: LayerNorm, LSTM and pooling in places are passed over
without a word, and the values are then 30 to 100 % off. Whoever computed them, every row is checked: values that do
not add up to prediction − base are reported as not converged.
"""

import warnings
from functools import partial
from typing import Annotated, Any

import captum.attr
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.attributions import by_player, complete, note
from xaikit.compute.batches import as_array, in_batches, is_out_of_memory
from xaikit.compute.captum_modules import Scored
from xaikit.compute.gradients import Scores, scores_of
from xaikit.compute.rescale import Baselines
from xaikit.compute.tables import player_data
from xaikit.compute.tapes import UnknownOperationError
from xaikit.compute.tensors import as_tensor, rows_a_call
from xaikit.core.errors import ModelError, shown
from xaikit.core.explanation import Explanation
from xaikit.core.model import Layered
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target
from xaikit.stats.studentised import mean_and_error

Floats = NDArray[np.float64]
NO_GRADIENT = ("not have been used in the graph", "does not require grad", "'NoneType'")  # of torch, and of captum
Found = tuple[Floats, Floats | None, Floats | None]


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
        A net; of affine layers and functions of one number, or with activations that captum knows as modules.
    inputs, background : array or tensor, shape (rows, …)
        What to explain, and the baselines.
    target : Target
        The scalars to explain.
    players : Players or None
        Columns that are one feature are summed.
    rng : numpy.random.Generator
        Draws the baselines when there are more than `baselines`.
    progress : Progress
        Told of rows done, or of baselines where captum computes them.
    baselines : int
        At most this many background rows are used.
    tolerance : float
        Converged means: |prediction − base − sum of the values| ≤ tolerance × mean |prediction − baseline output|.

    Returns
    -------
    Explanation
        Values (rows, players or features…, outputs); `stderr` is that of the draw of baselines. `budget["way"]` says
        who computed them: "recorded operations" or "captum".

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
    size, scores = rows_a_call(model, tuple(rows.shape[1:])), scores_of(model, target)
    with torch.inference_mode():
        answers = in_batches(scores, torch.cat([rows, behind]), size).astype(np.float64)
    whole, nobody = np.split(answers, [len(rows)])
    try:
        found, way, why = _recorded(scores, rows, behind, whole, players, size, progress), "recorded operations", ""
        asked = len(rows) + len(behind)
    except UnknownOperationError as unknown:
        scored = Scored(model, target)
        found, way = _by_captum(scored, rows, behind, whole.shape[1], players, size, progress), "captum"
        asked, why = 2 * len(rows) * len(behind), f", by captum: no form is known for {shown(str(unknown), 80)}"
    values, stderr, degrees = found
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
        data=player_data(inputs, players) if players is not None else as_array(rows),
        target=target.name,
        budget={"model_rows": asked, "because": f"rescale rule, {len(behind)} baselines{why}", "way": way},
        background={"baselines": len(behind)},
        notes=note(
            fine,
            f"miss the change of the output by more than {tolerance:g} of it",
            "the net holds what DeepLIFT does not know (functional activations, norms, recurrence): do not use it",
        ),
    )


def _recorded(
    scores: Scores,
    rows: torch.Tensor,
    behind: torch.Tensor,
    whole: Floats,
    players: Players | None,
    size: int,
    progress: Progress,
) -> Found:
    """Return values, their errors and degrees of freedom, from what the net was seen to do."""
    baselines = Baselines(scores, behind, size)

    def block(places: NDArray[np.intp]) -> Floats:
        progress("deep_lift", int(places[0]), len(rows))
        part = slice(int(places[0]), int(places[-1]) + 1)
        each = baselines.values(rows[part], whole[part])
        flat = by_player(each.reshape(-1, *each.shape[2:]), players)
        made = mean_and_error(flat.reshape(*each.shape[:2], *flat.shape[1:]), axis=0)
        return np.stack([m for m in made if m is not None], axis=1)

    found = in_batches(block, np.arange(len(rows)), baselines.rows_a_call)
    progress("deep_lift", len(rows), len(rows))
    return found[:, 0], *((found[:, 1], found[:, 2]) if found.shape[1] > 1 else (None, None))


def _by_captum(
    scored: Scored,
    rows: torch.Tensor,
    behind: torch.Tensor,
    outputs: int,
    players: Players | None,
    size: int,
    progress: Progress,
) -> Found:
    """Return values, their errors and degrees of freedom, one baseline after the other."""
    each = []
    for done, start in enumerate(behind):
        progress("deep_lift", done, len(behind))
        each.append(by_player(_outputs(scored, rows, start[None], outputs, size), players))
    progress("deep_lift", len(behind), len(behind))
    return mean_and_error(np.stack(each, axis=1))


def _outputs(scored: Scored, rows: torch.Tensor, start: torch.Tensor, outputs: int, size: int) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # captum announces its hooks on every call
            method = captum.attr.DeepLift(scored)
            found = [in_batches(partial(_walk, method, start, k), rows, size) for k in range(outputs)]
    except (AssertionError, RuntimeError, TypeError, AttributeError) as error:
        if is_out_of_memory(error):
            raise
        lost = any(word in str(error) for word in NO_GRADIENT)
        got = "outputs without a gradient" if lost else shown(str(error), 200)
        hint = "The engine 'shapley' needs none."
        raise ModelError("engine deep_lift", got, "a net that DeepLIFT can walk back", hint) from error
    return np.stack(found, axis=-1).astype(np.float64)


def _walk(method: Any, start: torch.Tensor, output: int, batch: torch.Tensor) -> torch.Tensor:
    made: torch.Tensor = method.attribute(batch, start, target=output).detach()
    return made
