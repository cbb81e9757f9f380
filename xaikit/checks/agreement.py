"""Agreement: do two methods tell the same story about the same rows, texts, pictures or series.

Methods answer different questions, and need not agree; where they do not, no single one is to be quoted alone.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from xaikit.compute.rerunning import Floats, Recipe, Setting, fitting, some
from xaikit.core.errors import XaikitError
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.target import Target
from xaikit.stats.agreement import mean_interval, rank_correlation, top_agreement

SECOND = {
    "table": ("integrated_gradients", "shapley", "occlusion"),
    "texts": ("words", "word_gradients", "word_occlusion"),
    "grid": ("integrated_gradients", "occlusion"),
}
MEASURES = ("method_rank_correlation", "method_top_agreement")


def check(
    explanations: Mapping[str, Explanation],
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    rng: np.random.Generator,
    players: Players | None = None,
    recipes: Mapping[str, Recipe] | None = None,
    *,
    rows: Annotated[int, Field(ge=2)] = 20,
    top: Annotated[int, Field(ge=1)] = 3,
) -> Iterator[Evidence]:
    """Measure the agreement between the methods of the audit, or with other methods where there is one only.

    Parameters
    ----------
    explanations : mapping of str to Explanation
        Every pair of engines is compared on the rows of the first.
    model, inputs, background, target
        With which they were made.
    rng : numpy.random.Generator
        Draws rows.
    players : Players, optional
        With which they were made; absent for texts (compared word by word), pictures and series (by blocks).
    recipes : mapping of str to Recipe, optional
        How each was asked for. The other method has the background of the first; its parameters are those that the
        audit gave it, and otherwise the budget and the unit of the first.
    rows : int
        Rows that are compared.
    top : int
        How many of the most important features are compared.

    Yields
    ------
    Evidence
        `method_rank_correlation` (Spearman by row, ties sharing ranks) and `method_top_agreement` (share of the top
        features that both name with the same sign), `about` the explanation and the other method, whose settings
        stand in `detail`. Of texts every other method that the model allows is compared, of the rest one.

    References
    ----------
    Krishna, S. et al. (2022). The disagreement problem in explainable machine learning: a practitioner's perspective.
    arXiv 2202.01602.
    """
    setting = Setting(model, inputs, background, target, players)
    able, because = fitting(explanations, setting)
    for name, why in because.items():
        yield from _without({"explanation": name}, why)
    made = recipes or {}
    for name, other, known in _pairs(able, setting):
        few = some(able[name], rows, rng)
        about = {"explanation": name, "other": other}
        try:
            second, told = setting.compared(few, other, rng, (made.get(name), made.get(known)))
        except XaikitError as error:
            yield from _without(about, f"the other method refuses these rows: {error}")
            continue
        yield from _compared(about, told, setting.player_values(few), setting.player_values(second), top)


def _without(about: Mapping[str, str], because: str) -> Iterator[Evidence]:
    yield from (Evidence(measure, None, about=about, because=because) for measure in MEASURES)


def _pairs(able: Mapping[str, Explanation], setting: Setting) -> list[tuple[str, str, str]]:
    """Return which explanation is compared with which engine, and what the audit calls its explanation, if it has."""
    engines = {name: e.engine for name, e in able.items()}
    pairs = {(a, engines[b]): b for a, b in reversed([*combinations(engines, 2)]) if engines[a] != engines[b]}
    found = [(a, other, b) for (a, other), b in reversed(pairs.items())]
    if found or not engines:
        return found
    name, engine = next(iter(engines.items()))
    others = [s for s in SECOND[setting.kind] if s != engine and setting.can(s)]
    return [(name, other, "") for other in (others if setting.kind == "texts" else others[:1])]


def _mean(found: Floats) -> float:
    """Return the mean over the outputs of a row: they are not independent, and count as one."""
    there = found[np.isfinite(found)]
    return float(there.mean()) if len(there) else np.nan


def _compared(
    about: Mapping[str, str], told: str, one: list[Floats], two: list[Floats], top: int
) -> Iterator[Evidence]:
    rows = [(a.T, b.T) for a, b in zip(one, two, strict=True)]
    ranks = [_mean(rank_correlation(a, b)) for a, b in rows]
    tops = [
        _mean(np.where((a != 0).any(axis=1) | (b != 0).any(axis=1), top_agreement(a, b, top), np.nan))
        for a, b in rows
    ]
    detail: dict[str, float | int | str | bool | None] = {
        "other": about["other"],
        "settings": told,
        "top": top,
        "confidence": 0.95,
    }
    for measure, unit, found in ((MEASURES[0], "correlation", ranks), (MEASURES[1], "share", tops)):
        value, low, high, n = mean_interval(np.array(found))
        why = "" if n else "in every row a method gives all features the same value"
        yield Evidence(measure, value, low, high, n, unit, about, because=why, detail=detail)
