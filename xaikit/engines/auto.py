"""The engine that explains this model best, chosen on pilot rows before any audited row is looked at.

Candidates are all engines that the model allows. They compete on rows of the background by successive halving: the
half whose order of features moves the output least is dropped each round, and the rest meet twice the rows.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from xaikit.compute.batches import length, take
from xaikit.compute.masking import masked
from xaikit.compute.paths import path_gain
from xaikit.compute.rerunning import Setting
from xaikit.core.errors import XaikitError, shown
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target

CANDIDATES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "shapley": ("shapley", {}),
    "shapley, 8 × features": ("shapley", {"budget": 8}),
    "tree_shap": ("tree_shap", {}),
    "integrated_gradients": ("integrated_gradients", {}),
    "gradient_shap": ("gradient_shap", {}),
    "deep_lift": ("deep_lift", {}),
    "occlusion": ("occlusion", {}),
}

GATED = ("deep_lift", "tree_shap")  # methods that promise to add up, and may not


def explain(
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players | None,
    rng: np.random.Generator,
    progress: Progress,
    *,
    pilot: Annotated[int, Field(ge=4)] = 32,
    orders: Annotated[int, Field(ge=2)] = 6,
) -> Explanation:
    """Explain rows by the engine that wins on pilot rows.

    Parameters
    ----------
    model : Model
        Its capabilities decide which engines compete.
    inputs, background, target, players
        As for every engine; the pilot rows are background rows.
    rng : numpy.random.Generator
        Draws pilot rows and random orders.
    progress : Progress
        Told of rounds done, then by the winner.
    pilot : int
        Rows of the last round, at most half the background.
    orders : int
        Random orders that a candidate's order is compared with, in each row.

    Returns
    -------
    Explanation
        Of the winner; `budget["because"]` names every candidate with its score and the round it left in.

    Raises
    ------
    XaikitError
        When no candidate could explain the pilot rows.

    References
    ----------
    Jamieson, K. and Talwalkar, A. (2016). Non-stochastic best arm identification and hyperparameter optimization.
    AISTATS.
    """
    if players is None:
        return _without_columns(Setting(model, inputs, background, target, None), rng)
    order = rng.permutation(length(background))
    most = max(2, min(pilot, length(background) // 2))
    chosen, behind = order[:most], order[most:] if length(background) > most else order
    setting = Setting(model, inputs, take(background, np.sort(behind)), target, players)
    left = [name for name, (engine, _) in CANDIDATES.items() if setting.can(engine)]
    story: dict[str, str] = {}
    rounds = max(1, int(np.ceil(np.log2(max(2, len(left))))))
    for number in range(1, rounds + 1):
        progress("auto", number - 1, rounds)
        rows = take(background, chosen[: max(2, most >> (rounds - number))])
        scores = {name: _score(name, setting, rows, rng, orders, story, number) for name in left}
        ranked = sorted((n for n in left if np.isfinite(scores[n])), key=lambda n: -scores[n])
        story |= {n: f"{scores[n]:.3f} (round {number}, {length(rows)} rows)" for n in ranked}
        left = ranked[: -(-len(ranked) // 2)] if number < rounds else ranked[:1]
    progress("auto", rounds, rounds)
    if not left:
        raise XaikitError("engine auto", "no candidate that explains this model", "; ".join(story.values()))
    engine, parameters = CANDIDATES[left[0]]
    whole = replace(setting, background=background)
    explanation = whole.explain(engine, inputs, rng, **_scaled(parameters, players))
    table = "; ".join(f"{name}: {what}" for name, what in story.items())
    because = f"{left[0]} won on pilot rows by mean deletion and insertion advantage: {table}"
    return replace(explanation, budget={**explanation.budget, "because": because})


def _without_columns(setting: Setting, rng: np.random.Generator) -> Explanation:
    """Explain rows that are no table: texts by their words, what has gradients by these, all else by segments."""
    listed = isinstance(setting.inputs, list)
    texts = listed and isinstance(setting.inputs[0], str)
    ways = ["words"] if texts else ["segments"] if listed else ["integrated_gradients", "segments"]
    engine = next(way for way in ways if way == ways[-1] or setting.can(way))
    explanation = setting.explain(engine, setting.inputs, rng)
    because = f"{engine}, as the rows are no table: nothing to compete with"
    return replace(explanation, budget={**explanation.budget, "because": because})


def _scaled(parameters: Mapping[str, Any], players: Players) -> dict[str, Any]:
    return {k: v * max(4, len(players)) if k == "budget" else v for k, v in parameters.items()}


def _score(
    name: str, setting: Setting, rows: Any, rng: np.random.Generator, orders: int, story: dict[str, str], number: int
) -> float:
    """Return the mean advantage over random orders, in units of the mean change; −inf where the engine fails."""
    engine, parameters = CANDIDATES[name]
    assert setting.players is not None
    try:
        found = setting.explain(engine, rows, rng, **_scaled(parameters, setting.players))
    except Exception as error:  # of a library as well: the others go on
        said = error if isinstance(error, XaikitError) else shown(f"{type(error).__name__}: {error}", 200)
        story[name] = f"failed in round {number}: {said}"
        return -np.inf
    if engine in GATED and found.converged is not None and found.converged.mean() < 0.9:
        story[name] = f"out in round {number}: its values do not add up"
        return -np.inf
    game = masked(setting.model, rows, setting.background, setting.target, setting.players)
    change = found.prediction - found.base
    gains = [path_gain(game, i, found.values[i], change[i], rng, orders) for i in range(len(found))]
    scale = float(np.abs(change).mean())
    return float(np.mean(gains) / scale) if scale else 0.0
