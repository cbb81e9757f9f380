"""Agreement: do two methods tell the same story about the same rows.

Methods answer different questions, and need not agree; where they do not, no single one is to be quoted alone.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from xaikit.compute.rerunning import Setting, fitting, some
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.target import Target
from xaikit.stats.agreement import mean_interval, rank_correlation, top_agreement

SECOND = ("integrated_gradients", "shapley", "occlusion")


def check(
    explanations: Mapping[str, Explanation],
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players,
    rng: np.random.Generator,
    *,
    rows: Annotated[int, Field(ge=2)] = 20,
    top: Annotated[int, Field(ge=1)] = 3,
) -> Iterator[Evidence]:
    """Measure the agreement between the methods of the audit, or with a second method where there is one only.

    Parameters
    ----------
    explanations : mapping of str to Explanation
        Every pair of engines is compared on the rows of the first.
    model, inputs, background, target, players
        With which they were made.
    rng : numpy.random.Generator
        Draws rows.
    rows : int
        Rows that are compared.
    top : int
        How many of the most important features are compared.

    Yields
    ------
    Evidence
        `method_rank_correlation` (Spearman by row) and `method_top_agreement` (share of the top features that both
        name with the same sign), `about` the explanation, the other method in `detail`.

    References
    ----------
    Krishna, S. et al. (2022). The disagreement problem in explainable machine learning: a practitioner's perspective.
    arXiv 2202.01602.
    """
    setting = Setting(model, inputs, background, target, players)
    able, because = fitting(explanations, setting)
    for name, why in because.items():
        for measure in ("method_rank_correlation", "method_top_agreement"):
            yield Evidence(measure, None, about={"explanation": name}, because=why)
    for name, other in _pairs(able, setting):
        few = some(able[name], rows, rng)
        second = setting.explain(other, setting.rows_of(few), rng)
        yield from _compared(name, other, few, second, min(top, len(players)))


def _pairs(able: Mapping[str, Explanation], setting: Setting) -> list[tuple[str, str]]:
    """Return which explanation is compared with which engine."""
    engines = {name: e.engine for name, e in able.items()}
    pairs = [(a, engines[b]) for a, b in combinations(engines, 2) if engines[a] != engines[b]]
    if pairs or not engines:
        return pairs
    name, engine = next(iter(engines.items()))
    other = next((s for s in SECOND if s != engine and setting.can(s)), None)
    return [(name, other)] if other else []


def _compared(name: str, other: str, one: Explanation, two: Explanation, top: int) -> Iterator[Evidence]:
    outputs = range(one.values.shape[-1])
    ranks = [rank_correlation(one.values[..., k], two.values[..., k]) for k in outputs]
    tops = [top_agreement(one.values[..., k], two.values[..., k], top) for k in outputs]
    about = {"explanation": name}
    detail: dict[str, float | int | str | bool | None] = {"other": other, "top": top, "confidence": 0.95}
    for measure, unit, found in (
        ("method_rank_correlation", "correlation", ranks),
        ("method_top_agreement", "share", tops),
    ):
        value, low, high, n = mean_interval(np.concatenate(found))
        yield Evidence(measure, value, low, high, n, unit, about, detail=detail)
