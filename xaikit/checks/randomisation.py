"""Parameter randomisation: does the explanation change when the net forgets what it learned.

An explanation that looks the same for a net with shuffled weights shows the input, not the model.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from xaikit.compute.rerunning import Recipe, Setting, fitting, some
from xaikit.core import plugin
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.model import Layered
from xaikit.core.players import Players
from xaikit.core.target import Target
from xaikit.stats.agreement import mean_interval, rank_correlation


def check(
    explanations: Mapping[str, Explanation],
    model: Layered,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players,
    rng: np.random.Generator,
    recipes: Mapping[str, Recipe] | None = None,
    *,
    rows: Annotated[int, Field(ge=2)] = 20,
    draws: Annotated[int, Field(ge=1)] = 3,
) -> Iterator[Evidence]:
    """Measure how similar explanations stay when every weight of the net is shuffled within its layer.

    Parameters
    ----------
    explanations : mapping of str to Explanation
        What is checked.
    model : Layered
        Its parameters are shuffled in place, and put back.
    inputs, background, target, players
        With which the explanations were made.
    rng : numpy.random.Generator
        Draws rows and shuffles.
    recipes : mapping of str to Recipe, optional
        How each was asked for, so that the shuffled nets are explained in the same way.
    rows : int
        Rows that are explained again.
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
        few, recipe = some(explanation, rows, rng), (recipes or {}).get(name)
        again = setting.rows_of(few)
        found = []
        for _ in range(draws):
            with shuffled(model.module, rng):
                other = setting.again(explanation, again, rng, recipe)
            found.append(_similarity(few, other))
        value, low, high, n = mean_interval(np.mean(found, axis=0))
        detail: dict[str, float | int | str | bool | None] = {
            "confidence": 0.95,
            "shuffled_nets": draws,
            "method": "Spearman by row, t interval",
        }
        yield Evidence(
            "randomisation_similarity", value, low, high, n, "correlation", {"explanation": name}, detail=detail
        )


def _sizes(explanation: Explanation) -> Any:
    """Return absolute values to four digits of the row's largest: what only rounding tells apart is tied."""
    size = np.abs(explanation.values)
    largest = size.max(axis=1, keepdims=True)
    return np.round(size / np.where(largest > 0, largest, 1), 4)


def _similarity(one: Explanation, other: Explanation) -> Any:
    before, after = _sizes(one), _sizes(other)
    by_output = [rank_correlation(before[..., k], after[..., k]) for k in range(before.shape[-1])]
    return np.nan_to_num(np.mean(by_output, axis=0))
