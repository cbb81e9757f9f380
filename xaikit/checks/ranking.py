"""Where groups stand when people are ranked by score: exposure, the head of the list, divergence."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from xaikit.core.decisions import Decisions
from xaikit.core.errors import AbsentError
from xaikit.core.evidence import Evidence
from xaikit.stats import ranking, rates
from xaikit.stats.intervals import wilson
from xaikit.stats.ranking import Codes

SOURCE = "ranking"
Detail = dict[str, float | int | str | bool | None]
MOST = 20_000_000


def check(
    decisions: Decisions,
    rng: np.random.Generator,
    *,
    top: list[int],
    shuffles: int = 1_000,
    confidence: float = 0.95,
) -> Iterator[Evidence]:
    """Yield exposure, share of the head of the list, and NDKL, by sensitive feature; each cluster is a list.

    People are ranked one by one: weights are not used, and where rows have some, `assumes` says so.

    Parameters
    ----------
    decisions : Decisions
        One row a person; ranked by score within each cluster, or all together.
    rng : numpy.random.Generator
        For ties and shuffles.
    top : list of int
        Lengths of the head of the list, for example 10.
    shuffles : int
        Random rankings for the p values (fewer for long tables).
    confidence : float
        Of the Wilson intervals.

    Raises
    ------
    AbsentError
        When there are no scores.

    References
    ----------
    Geyik, Ambler & Kenthapadi (2019), KDD; Singh & Joachims (2018), KDD; Zehlike, Yang & Stoyanovich (2022), ACM
    Computing Surveys 55(6).
    """
    if decisions.score is None:
        raise AbsentError(SOURCE, "a table without scores", "a score column, or a model")
    for feature in decisions.roles.sensitive:
        groups = decisions.groups(feature)
        rows = np.flatnonzero(groups.known)
        names = groups.names[: int(groups.codes[rows].max()) + 1] if len(rows) else ()
        if len(names) < 2:
            continue
        lists = None if decisions.cluster is None else decisions.cluster[rows]
        order, rank = ranking.ranked(decisions.score[rows], lists, rng)
        group = groups.codes[rows][order]
        assumed = {} if decisions.weight is None else {"assumes": "rows of equal weight; these are not"}
        found = [*_standing(feature, names, group, rank, rng, min(shuffles, max(99, MOST // len(rows))))]
        for length in top:
            found += _head(feature, names, group, rank, length, confidence)
        for e in found:
            yield replace(e, detail={**e.detail, "clusters_are_lists": lists is not None, **assumed})


def _standing(
    feature: str, names: tuple[str, ...], group: Codes, rank: Codes, rng: np.random.Generator, shuffles: int
) -> Iterator[Evidence]:
    k, n = len(names), np.bincount(group, minlength=len(names))
    mean, law = (
        ranking.mean_by_group(ranking.exposure(rank), group, k),
        ranking.shuffled(group, rank, k, rng, shuffles),
    )
    lists = int((rank == 1).sum())
    value = ranking.ndkl(group, rank, k)
    p = float((1 + (law.ndkl >= value - 1e-12).sum()) / (1 + shuffles))
    facts: Detail = {"p": p, "expected_by_chance": float(law.ndkl.mean()), "shuffles": shuffles, "lists": lists}
    yield Evidence("ndkl", value, None, None, len(group), "score", {"sensitive": feature}, SOURCE, "", facts)
    best = int(np.argmax(mean))
    centre = law.exposure.mean(axis=0)
    for g, name in enumerate(names):
        away = np.abs(law.exposure[:, g] - centre[g])
        p = float((1 + (away >= abs(mean[g] - centre[g]) - 1e-12).sum()) / (1 + shuffles))
        facts = {"p": p, "expected_by_chance": float(centre[g]), "shuffles": shuffles, "lists": lists}
        about = {"sensitive": feature, "group": name}
        size = int(n[g])
        yield Evidence("exposure", float(mean[g]), None, None, size, "score", about, SOURCE, "", facts)
        pair = {**about, "reference": names[best]}
        ratio = float(mean[g] / mean[best])
        yield Evidence("exposure_ratio", ratio, None, None, size, "ratio", pair, SOURCE, "", {"p": p})


def _head(
    feature: str, names: tuple[str, ...], group: Codes, rank: Codes, length: int, confidence: float
) -> Iterator[Evidence]:
    x, n = ranking.head(group, rank, length, len(names))
    rate = rates.ratio(x, n)
    low, high = wilson(x, n, confidence)
    best = rates.best(rate)
    for g, name in enumerate(names):
        about = {"sensitive": feature, "group": name, "top": str(length)}
        facts: Detail = {"selected": int(x[g]), "share_of_the_head": float(x[g] / max(x.sum(), 1))}
        facts |= {"share_of_all": float(n[g] / n.sum()), "confidence": confidence, "method": "Wilson"}
        limits = float(low[g]), float(high[g])
        yield Evidence("top_rate", float(rate[g]), *limits, int(n[g]), "rate", about, SOURCE, "", facts)
        pair = {**about, "reference": names[best]}
        ratio = float(rate[g] / rate[best]) if rate[best] > 0 else None
        because = "" if ratio is not None else "nobody is in the head of the list"
        yield Evidence("top_ratio", ratio, None, None, int(n[g]), "ratio", pair, SOURCE, because, {})
