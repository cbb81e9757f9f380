"""Sanity of the background: is it a sample of the population that the audit speaks about.

A background that was picked can cut an attribution by up to 90 % without a trace in the explanation itself.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from xaikit.compute.batches import length, take
from xaikit.compute.coordinates import coordinates
from xaikit.compute.digests import digest
from xaikit.core.evidence import Evidence
from xaikit.core.model import Model
from xaikit.core.target import Target
from xaikit.stats.two_samples import energy_test


def check(
    model: Model,
    background: Any,
    population: Any,
    target: Target,
    rng: np.random.Generator,
    *,
    rows: Annotated[int, Field(ge=20)] = 500,
    permutations: Annotated[int, Field(ge=99)] = 999,
) -> Iterator[Evidence]:
    """Test the background against the population, in the features and in the model's answers.

    Parameters
    ----------
    model, target
        Whose answers are compared.
    background, population : array, table or list of texts
        What explanations draw from, and what they should speak about; of texts only the scores are compared.
    rng : numpy.random.Generator
        Draws rows and permutations.
    rows : int
        At most this many rows of each are compared.
    permutations : int
        Of the two permutation tests.

    Yields
    ------
    Evidence
        `background_p` (p of the energy test on the features), `background_score_p` (on the model's output), and
        `background_base_shift` (difference of the mean output in standard deviations of the population's). A small p
        says that the background is no sample of the population; a large one proves nothing about a small background.

    References
    ----------
    Laberge, G. et al. (2022). Fooling SHAP with stealthily biased sampling. arXiv 2205.15419.
    Székely, G. J. and Rizzo, M. L. (2013). Energy statistics. Journal of Statistical Planning and Inference 143(8).
    """
    behind = take(background, np.sort(rng.permutation(length(background))[:rows]))
    drawn = take(population, np.sort(rng.permutation(length(population))[:rows]))
    n = length(behind)
    if n < 5:
        for measure in ("background_p", "background_score_p", "background_base_shift"):
            yield Evidence(measure, None, n=n, because="a baseline of fewer than 5 rows is a choice, not a sample")
        return
    detail: dict[str, float | int | str | bool | None] = {"permutations": permutations, "population": length(drawn)}
    if isinstance(behind, list):
        yield Evidence("background_p", None, n=n, unit="p", because="texts have no distance: read that of the scores")
    else:
        one, other = coordinates(behind, drawn)
        statistic, p = energy_test(one, other, rng, permutations)
        facts = {**detail, "energy": statistic, "digest": digest(background)}
        yield Evidence("background_p", p, n=n, unit="p", detail=facts)
    here, there = (np.asarray(target(model.predict(b)), dtype=np.float64) for b in (behind, drawn))
    one, other = coordinates(here, there)
    statistic, p = energy_test(one, other, rng, permutations)
    yield Evidence("background_score_p", p, n=n, unit="p", detail={**detail, "energy": statistic})
    spread = float(there.std(axis=0).max())
    shift = float(np.abs(here.mean(axis=0) - there.mean(axis=0)).max())
    value = shift / spread if spread else None
    why = "" if spread else "the model gives everybody the same score"
    yield Evidence("background_base_shift", value, n=n, unit="standard deviations", because=why)
