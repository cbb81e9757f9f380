"""Parameter randomisation: does the explanation change when the net forgets what it learned.

An explanation that looks the same for a net with shuffled weights shows the input, not the model.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from xaikit.compute.rerunning import Recipe, Setting, fitting, some
from xaikit.core import plugin
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.model import Trained
from xaikit.core.players import Players
from xaikit.core.target import Target
from xaikit.stats.agreement import mean_interval, rank_correlation

FEW = {"texts": 8}


def check(
    explanations: Mapping[str, Explanation],
    model: Trained,
    inputs: Any,
    background: Any,
    target: Target,
    rng: np.random.Generator,
    players: Players | None = None,
    recipes: Mapping[str, Recipe] | None = None,
    *,
    rows: Annotated[int, Field(ge=2)] | Literal["auto"] = "auto",
    draws: Annotated[int, Field(ge=1)] = 3,
) -> Iterator[Evidence]:
    """Measure how similar explanations stay when every weight of the net is shuffled within its layer.

    Parameters
    ----------
    explanations : mapping of str to Explanation
        What is checked.
    model : Trained
        Its parameters are shuffled in place, and put back.
    inputs, background, target
        With which the explanations were made.
    rng : numpy.random.Generator
        Draws rows and shuffles.
    players : Players, optional
        With which they were made; absent for texts (compared word by word), pictures and series (by blocks).
    recipes : mapping of str to Recipe, optional
        How each was asked for, so that the shuffled nets are explained in the same way.
    rows : int or "auto"
        Rows that are explained again: "auto" is 20, of texts 8, each of which is asked hundreds of times.
    draws : int
        Shuffled nets.

    Yields
    ------
    Evidence
        `randomisation_similarity`: mean rank correlation, by row, of absolute values before and after; 0 is none, 1
        says that the explanation does not depend on what was learned.

    References
    ----------
    Adebayo, J. et al. (2018). Sanity checks for saliency maps. NeurIPS 31.
    """
    shuffled = plugin.function("xaikit.compute.shuffled_weights", "shuffled")  # torch comes with it
    setting = Setting(model, inputs, background, target, players)
    able, because = fitting(explanations, setting)
    for name, why in because.items():
        yield Evidence("randomisation_similarity", None, about={"explanation": name}, because=why)
    for name, explanation in able.items():
        few, recipe = (
            some(explanation, FEW.get(setting.kind, 20) if rows == "auto" else rows, rng),
            (recipes or {}).get(name),
        )
        again = setting.rows_of(few)
        found = []
        for _ in range(draws):
            with shuffled(model.module, rng):
                other = setting.again(explanation, again, rng, recipe)
            found.append(_similarity(setting, few, other))
        value, low, high, n = mean_interval(np.mean(found, axis=0))
        detail: dict[str, float | int | str | bool | None] = {
            "confidence": 0.95,
            "shuffled_nets": draws,
            "method": "Spearman by row, t interval",
        }
        yield Evidence(
            "randomisation_similarity", value, low, high, n, "correlation", {"explanation": name}, detail=detail
        )


def _sizes(values: Any) -> Any:
    """Return absolute values to four digits of the row's largest: what only rounding tells apart is tied."""
    size = np.abs(values)
    largest = size.max(axis=0, keepdims=True, initial=0)
    return np.round(size / np.where(largest > 0, largest, 1), 4)


def _similarity(setting: Setting, one: Explanation, other: Explanation) -> Any:
    """Return the mean rank correlation over outputs, by row; 0 where an explanation says the same of all players.

    Blocks of a picture that are as the background are worth 0 to every net, and are left out.
    """
    found = []
    for a, b in zip(setting.player_values(one), setting.player_values(other), strict=True):
        there = (a != 0).any(axis=1) | (b != 0).any(axis=1) | (setting.kind != "grid")
        found.append(rank_correlation(_sizes(a[there]).T, _sizes(b[there]).T))
    return np.nan_to_num(np.mean(found, axis=1))
