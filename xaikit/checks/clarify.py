"""The metrics of SageMaker Clarify under their names, for readers who know them; with intervals."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from xaikit.core.errors import AbsentError, unknown_name
from xaikit.core.evidence import Evidence
from xaikit.stats import facets as metrics
from xaikit.stats.intervals import percentile
from xaikit.stats.table import Floats, Ints
from xaikit.stats.tally import Tally

SOURCE = "clarify"


def check(
    tally: Tally,
    rng: np.random.Generator,
    *,
    facets: dict[str, list[str]] | None = None,
    confidence: float = 0.95,
    replicates: int = 2_000,
) -> Iterator[Evidence]:
    """Yield Clarify's metrics of every group against all others of the same feature.

    The facet is the group that may be worse off; strata (Clarify's group variable) are the control features. The
    counterfactual fliptest FT needs rows, and is measured by the check `individual`.

    Parameters
    ----------
    tally : Tally
        The counts.
    rng : numpy.random.Generator
        For the bootstrap.
    facets : dict of str to list of str, optional
        Feature to the values that together are the facet; by default each value of each feature in turn.
    confidence : float
        Of the percentile intervals.
    replicates : int
        Of the bootstrap.

    Raises
    ------
    SpecError
        When a facet is not there.

    References
    ----------
    Das et al. (2021), Fairness measures for machine learning in finance, The Journal of Financial Data Science 3(4);
    Hardt et al. (2021), Amazon SageMaker Clarify, KDD.
    """
    if not (tally.labelled or tally.decided):
        raise AbsentError(SOURCE, "a table without labels and decisions", "a label or a decision column")
    for feature in facets or {}:
        if feature not in tally.sensitive:
            raise unknown_name("checks.clarify.facets", "sensitive feature", feature, tally.sensitive)
    for feature in tally.sensitive if facets is None else facets:
        table = tally.table(feature)
        wanted = [[g] for g in table.groups] if facets is None else [list(map(str, facets[feature]))]
        names, counts = tally.strata(feature)
        for facet in wanted:
            places = [table.index(g) for g in facet]
            if len(places) < len(table.groups):
                split = _split(counts, places)
                for e in _measured(feature, facet, split, len(names), rng, confidence, replicates):
                    yield replace(e, detail={**e.detail, **tally.assumption})


def _split(counts: Ints, places: list[int]) -> Ints:
    """Return counts of shape (s, 2, 2, 2): the rest and the facet; an outcome that is not there is all zero."""
    inside = np.zeros(counts.shape[1], dtype=bool)
    inside[places] = True
    pair = np.stack([counts[:, ~inside].sum(axis=1), counts[:, inside].sum(axis=1)], axis=1)
    out = np.zeros((*pair.shape[:2], 2, 2), dtype=np.int64)
    out[:, :, : pair.shape[2], : pair.shape[3]] = pair
    return out


def _measured(
    feature: str, facet: list[str], counts: Ints, strata: int, rng: np.random.Generator, confidence: float, size: int
) -> Iterator[Evidence]:
    n = int(counts.sum())
    size = min(size, max(200, 20_000_000 // counts.size))
    drawn = rng.multinomial(n, counts.ravel() / n, size=size).reshape(size, *counts.shape)
    labelled, decided = bool(counts[..., 1, :].any()), bool(counts[..., 1].any())
    about = {"sensitive": feature, "group": " or ".join(facet)}
    people = int(counts[:, 1].sum())
    for name, metric in {**metrics.PRE_TRAINING, **metrics.POST_TRAINING}.items():
        needs_label = name not in ("CI", "DPPL", "DI", "CDDPL")
        needs_decision = name in metrics.POST_TRAINING
        if (needs_label and not labelled) or (needs_decision and not decided):
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            value, again = float(metric(counts)), metric(drawn)
        yield _evidence(name, value, again, people, about, strata, confidence)


def _evidence(
    name: str, value: float, again: Floats, n: int, about: dict[str, str], strata: int, confidence: float
) -> Evidence:
    title = metrics.NAMES[name]
    detail: dict[str, str | float | int | bool | None] = {"name": title, "confidence": confidence}
    detail["method"] = "multinomial bootstrap, percentile"
    if name.startswith("CDD"):
        detail["strata"] = strata
    if not np.isfinite(value):
        because = f"{title} is not defined for these counts: a denominator is empty"
        return Evidence(name, None, None, None, n, "score", about, SOURCE, because, detail)
    low, high = percentile(np.where(np.isfinite(again), again, np.nan), confidence)
    return Evidence(
        name, value, min(float(low), value), max(float(high), value), n, "score", about, SOURCE, "", detail
    )
