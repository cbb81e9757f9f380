"""Layer-wise relevance propagation by rules of our own, behind a completeness gate.

While the net runs, each of its operations is replaced by one whose gradient × input is the relevance that a rule of
the literature deals out (`compute.relevance_rules`). An operation without a rule is refused by its layer's name.
"""

from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.attributions import by_player, complete, note
from xaikit.compute.batches import as_array, in_batches, is_out_of_memory
from xaikit.compute.captum_modules import Scored
from xaikit.compute.module_modes import evaluating
from xaikit.compute.relevance import relevance
from xaikit.compute.relevance_operations import NoRuleError
from xaikit.compute.relevance_rules import Rules
from xaikit.compute.tables import player_data
from xaikit.compute.tensors import as_tensor, rows_a_call
from xaikit.core.errors import ModelError, shown
from xaikit.core.explanation import Explanation
from xaikit.core.model import Layered
from xaikit.core.players import Players
from xaikit.core.target import Target

Name = Literal["epsilon", "gamma", "alpha_beta", "composite"]
DENSE = {"composite": "epsilon"}  # otherwise the same rule everywhere
SPATIAL = {"composite": "gamma"}
OTHERS = "Engines that would do: integrated_gradients, deep_lift, occlusion, shapley"


def explain(
    model: Layered,
    inputs: Any,
    target: Target,
    players: Players | None,
    *,
    rule: Name = "epsilon",
    epsilon: Annotated[float, Field(ge=0)] = 1e-9,
    gamma: Annotated[float, Field(ge=0)] = 0.25,
    alpha: Annotated[float, Field(ge=1)] = 2.0,
    attention: Literal["values", "taylor"] = "values",
    tolerance: Annotated[float, Field(gt=0)] = 0.05,
) -> Explanation:
    """Explain rows by relevance: the output itself, not a difference, is dealt out to the inputs, layer by layer.

    Linear layers and convolutions follow `rule`, with batch norms folded into them; elementwise activations and the
    softmax hand relevance through; the largest of a pool takes all; sums share by size; the spread of a norm, the
    gates of an LSTM and what is multiplied with a sigmoid or a softmax are constants; other products share by halves.
    Embeddings give each token the relevance of its vector.

    Parameters
    ----------
    model : Layered
        A net of operations that have a rule; recurrence other than an LSTM has none.
    inputs : array or tensor, shape (rows, …)
        What to explain.
    target : Target
        The scalars to explain.
    players : Players or None
        Columns that are one feature are summed.
    rule : {"epsilon", "gamma", "alpha_beta", "composite"}
        ε is gradient × input of the net with its gates fixed; γ and αβ give positive parts more, for less noise;
        "composite" is γ for convolutions and ε for linear layers.
    epsilon : float
        Added to denominators, which damps parts that cancel; relevance is lost with it.
    gamma : float
        How much more positive weights count.
    alpha : float
        Share of positive parts under αβ; negative ones get 1 − alpha.
    attention : {"values", "taylor"}
        Attention weights are constants, which loses nothing, or get half, which goes on through the softmax by its
        derivative (AttnLRP); a part of that is lost to the softmax.
    tolerance : float
        Converged means: |prediction − sum of the values| ≤ tolerance × |prediction|. Biases take relevance of their
        own, so a net with large biases fails.

    Returns
    -------
    Explanation
        Values (rows, players or features…, outputs), with base 0; of whole numbers, (rows, tokens, outputs).

    Raises
    ------
    ModelError
        When the net has an operation without a rule; the message names its layer.

    References
    ----------
    Bach, S. et al. (2015). On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance
    propagation. PLoS ONE 10(7).
    Montavon, G. et al. (2019). Layer-wise relevance propagation: an overview. In: Explainable AI. Springer.
    Arras, L. et al. (2017). Explaining recurrent neural network predictions in sentiment analysis. WASSA.
    Ali, A. et al. (2022). XAI for transformers: better explanations through conservative propagation. ICML.
    Achtibat, R. et al. (2024). AttnLRP: attention-aware layer-wise relevance propagation for transformers. ICML.
    """
    rows, scored = as_tensor(inputs, model), Scored(model, target)
    size = rows_a_call(model, tuple(rows.shape[1:]))
    with torch.inference_mode():
        whole = in_batches(scored, rows, size).astype(np.float64)
    rules = Rules(DENSE.get(rule, rule), SPATIAL.get(rule, rule), epsilon, gamma, alpha, attention)
    with evaluating(scored):
        values = by_player(_walked(scored, rows, size, rules, whole), players)
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
        budget={
            "model_rows": (2 + whole.shape[1]) * len(rows),
            "because": f"{rule} rule, relevance 0 is the base",
        },
        notes=note(
            fine,
            f"miss the output by more than {tolerance:g} of it",
            "relevance is lost to biases, to epsilon or to a softmax",
        ),
    )


def _walked(
    scored: Scored, rows: torch.Tensor, size: int, rules: Rules, whole: NDArray[np.float64]
) -> NDArray[np.float64]:
    try:
        found = in_batches(partial(_both, scored, rules), rows, size).astype(np.float64)
    except NoRuleError as missing:
        raise ModelError(
            "engine relevance",
            f"{missing.operation} in layer {missing.layer}, for which no rule is known",
            "affine layers, pools, norms, elementwise functions, attention, embeddings, LSTM",
            OTHERS,
        ) from missing
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        raise ModelError(
            "engine relevance", shown(str(error), 200), "a net that can be walked back", OTHERS
        ) from error
    outputs = whole.shape[1]
    values, answers = found[:, :-outputs], found[:, -outputs:]
    close = float(np.finfo(np.float32).eps ** 0.5) * max(1e-30, float(np.abs(whole).max(initial=0)))
    if not np.allclose(answers, whole, rtol=1e-3, atol=close):
        raise ModelError(
            "engine relevance",
            "other answers than the net gives by itself",
            "a net that does not write over what it reads again",
            OTHERS,
        )
    shape = rows.shape[1:]
    return np.asarray(values.reshape(len(rows), *shape, outputs))


def _both(scored: Scored, rules: Rules, batch: torch.Tensor) -> torch.Tensor:
    """Return relevance and answers of a batch side by side, (n, numbers × outputs + outputs)."""
    values, answers = relevance(scored, batch, rules)
    return torch.cat([values.flatten(1), answers], dim=1)
