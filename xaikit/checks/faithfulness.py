"""Faithfulness of explanations: do they add up, are they precise, do their top features move the output.

An explanation that fails here is shown as failed, with the numbers; it is never hidden.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.stats import sem, t

from xaikit.compute.batches import length, take
from xaikit.compute.grids import GridGame, blocks, by_block
from xaikit.compute.masking import masked
from xaikit.compute.paths import Game, path_gain
from xaikit.compute.rerunning import Recipe, Setting, some, unit_of
from xaikit.compute.spans import TextGame, parts_of
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target

Floats = NDArray[np.float64]
PATHS = ("deletion_advantage", "insertion_advantage")
CONSTRAINED = ("shapley",)  # engines whose values add up whether or not they are right


def check(
    explanations: Mapping[str, Explanation],
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    rng: np.random.Generator,
    progress: Progress,
    players: Players | None = None,
    recipes: Mapping[str, Recipe] | None = None,
    *,
    rows: Annotated[int, Field(ge=2)] = 50,
    orders: Annotated[int, Field(ge=1)] = 8,
    background_rows: Annotated[int, Field(ge=1)] = 20,
) -> Iterator[Evidence]:
    """Measure completeness, convergence, and deletion and insertion against random orders.

    Deletion replaces the features of a row from the background, most important first (what pushed the output up
    first for values that say up), and follows how fast the output leaves the prediction; insertion starts from the
    background. Both are the area between the curve of the explanation's order and that of random orders of the same
    row, in units of |prediction − base|: 0 means no better than chance.

    The interval of the mean over rows is Student's t. Simulated on shuffled values (an order that is random, row by
    row), where 5 % of the intervals should exclude 0: six functions of six features, 8, 15, 30 and 50 rows, 10,000
    shuffles each: 2.3 to 5.3 %, the less the more a few rows outweigh the others; the most in any one table 7.8 % of
    500 (the binomial 99.9 % bound is 8 %). 24 shuffles of one table, as a test once counted them, say nothing finer
    than ± 9 points. One order for all rows is another matter: rows then err together, and its advantage is not 0.

    Parameters
    ----------
    explanations : mapping of str to Explanation
        What is checked.
    model, inputs, background, target
        With which they were made.
    rng : numpy.random.Generator
        Draws rows, background rows and random orders.
    progress : Progress
        Told of explanations done.
    players : Players, optional
        With which they were made; absent where the inputs are texts, whose words are left out instead, or pictures
        and series, of which blocks of pixels and stretches of steps are taken from the background.
    recipes : mapping of str to Recipe, optional
        How each was asked for: words are left out, or masked, as the explanation did.
    rows : int
        At most this many explained rows are deleted and inserted.
    orders : int
        Random orders a row.
    background_rows : int
        At most this many background rows stand in for deleted features.

    Yields
    ------
    Evidence
        `completeness_residual`, `converged_share`, `deletion_advantage`, `insertion_advantage`.

    References
    ----------
    Petsiuk, V., Das, A. and Saenko, K. (2018). RISE: randomized input sampling for explanation. BMVC.
    Samek, W. et al. (2017). Evaluating the visualization of what a deep neural network has learned. IEEE TNNLS 28.
    Sundararajan, M., Taly, A. and Yan, Q. (2017). Axiomatic attribution for deep networks. ICML. (completeness)
    """
    behind = np.sort(rng.permutation(length(background))[:background_rows])
    for done, (name, explanation) in enumerate(explanations.items()):
        progress("faithfulness", done, len(explanations))
        yield _completeness(name, explanation)
        yield _convergence(name, explanation)
        few, recipe = some(explanation, rows, rng), (recipes or {}).get(name)
        setting = Setting(model, inputs, background, target, players)
        because = setting.unfit(few) or _nothing(few)
        if because:
            yield from (Evidence(m, None, unit="share", about={"explanation": name}, because=because) for m in PATHS)
        elif setting.kind == "texts":
            yield from _of_texts(name, few, setting, rng, orders, None if recipe is None else recipe.parameters)
        elif setting.kind == "grid":
            owner = blocks(tuple(inputs.shape[1:]))
            grid = GridGame(model, setting.rows_of(few), take(background, behind), target, owner)
            yield from _paths(name, few, by_block(few.values, owner), grid, rng, orders)
        else:
            assert players is not None
            game = masked(model, setting.rows_of(few), take(background, behind), target, players)
            yield from _paths(name, few, few.values, game, rng, orders)
    progress("faithfulness", len(explanations), len(explanations))


def _nothing(explanation: Explanation) -> str:
    moved = np.abs(explanation.prediction - explanation.base).any()
    return "" if moved else "every prediction is the base: there is nothing to delete"


def _completeness(name: str, explanation: Explanation) -> Evidence:
    scale = float(np.abs(explanation.prediction - explanation.base).mean())
    residual = np.abs(explanation.residual)
    by_design = "holds by construction of the estimate, so it certifies nothing: read the standard errors"
    return Evidence(
        "completeness_residual",
        float(residual.mean() / scale) if scale else float(residual.mean()),
        n=len(explanation),
        unit="share of mean |prediction − base|",
        about={"explanation": name},
        because=by_design if explanation.engine in CONSTRAINED else "",
        detail={"largest": float(residual.max() / (scale or 1)), "engine": explanation.engine},
    )


def _convergence(name: str, explanation: Explanation) -> Evidence:
    about, n = {"explanation": name}, len(explanation)
    if explanation.converged is None:
        return Evidence(
            "converged_share", None, n=n, unit="share", about=about, because="the method does not iterate"
        )
    rows = explanation.converged.all(axis=1)
    detail: dict[str, float | int | str | bool | None] = {"converged": int(rows.sum())}
    if explanation.stderr is not None:
        largest = np.abs(explanation.values).max(axis=1)
        error = explanation.stderr.max(axis=1)[largest > 0] / largest[largest > 0]
        detail["median_relative_stderr"] = float(np.median(error)) if error.size else 0.0
    return Evidence("converged_share", float(rows.mean()), n=n, unit="share", about=about, detail=detail)


def _paths(
    name: str, explanation: Explanation, values: Floats, game: Game, rng: np.random.Generator, orders: int
) -> Iterator[Evidence]:
    """Measure how much faster the explanation's order moves the output than random orders do."""
    change = explanation.prediction - explanation.base
    gains = np.array([path_gain(game, i, values[i], change[i], rng, orders) for i in range(len(explanation))])
    yield from _against_chance(name, explanation, gains, orders)


def _of_texts(
    name: str,
    explanation: Explanation,
    setting: Setting,
    rng: np.random.Generator,
    orders: int,
    parameters: Mapping[str, Any] | None,
) -> Iterator[Evidence]:
    """Measure the same of texts, whose words or sentences are left out as the explanation left them out."""
    unit, mask = unit_of(explanation) or "word", (parameters or {}).get("mask")
    joint = " " if unit == "word" else ""
    change, gains = explanation.prediction - explanation.base, []
    for i, players in enumerate(parts_of(setting.rows_of(explanation) or [], unit)):
        game = TextGame(setting.model, setting.target, players, mask, joint)
        gains.append(path_gain(game, 0, explanation.values[i, : len(players)], change[i], rng, orders))
    yield from _against_chance(name, explanation, np.array(gains), orders)


def _against_chance(name: str, explanation: Explanation, gains: Floats, orders: int) -> Iterator[Evidence]:
    scale = np.abs(explanation.prediction - explanation.base).mean(axis=0)
    for output, label in enumerate(explanation.output_names):
        for measure, gain in zip(PATHS, gains[:, :, output].T, strict=True):
            share = gain / scale[output] if scale[output] else np.zeros(len(gain))
            mean, half = float(share.mean()), float(t.isf(0.025, len(share) - 1) * sem(share))
            about = {"explanation": name} | ({"output": label} if len(explanation.output_names) > 1 else {})
            detail: dict[str, float | int | str | bool | None] = {
                "confidence": 0.95,
                "random_orders": orders,
                "method": "paired by row, t interval",
            }
            yield Evidence(
                measure, mean, mean - half, mean + half, len(share), "share of mean |prediction − base|", about,
                detail=detail,
            )  # fmt: skip
