"""Who scores above the median of all: the scoring rate of Local Law 144, and its impact ratios."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from xaikit.core.errors import AbsentError
from xaikit.core.evidence import JOIN, UNKNOWN, Evidence
from xaikit.stats import intervals, rates
from xaikit.stats.calibration import above_median
from xaikit.stats.table import Floats, Ints, ScoreTable
from xaikit.stats.tally import Tally

SOURCE = "scoring_rate"
TOGETHER = 1 << 20  # counts held at a time by the bootstrap


def check(
    tally: Tally,
    rng: np.random.Generator,
    *,
    unknown_in_median: bool = True,
    confidence: float = 0.95,
    replicates: int = 2_000,
) -> Iterator[Evidence]:
    """Yield scoring rates and impact ratios of every sensitive feature and of their intersection.

    The scoring rate is the share strictly above the median of the full sample; the median is found anew in every
    bootstrap replicate.

    Parameters
    ----------
    tally : Tally
        The counts by score bin.
    rng : numpy.random.Generator
        For the bootstrap.
    unknown_in_median : bool
        Whether people of unknown group enter the median of the full sample; they are never in a ratio.
    confidence : float
        Of the percentile intervals.
    replicates : int
        Of the bootstrap.

    Raises
    ------
    AbsentError
        When there are no scores.

    References
    ----------
    6 RCNY § 5-300 ("scoring rate"), § 5-301(c).
    """
    if tally.scores is None:
        raise AbsentError(SOURCE, "a table without scores", "a score column, or a model")
    for view in tally.views:
        table = tally.score_table(*view)
        if not unknown_in_median:
            table = replace(table, unknown=np.zeros_like(table.unknown))
        for e in _measured(table, rng, confidence, replicates):
            yield replace(e, detail={**e.detail, **tally.assumption})


def _measured(table: ScoreTable, rng: np.random.Generator, confidence: float, replicates: int) -> Iterator[Evidence]:
    feature, counts = JOIN.join(table.sensitive), table.counts.sum(axis=2)
    k = len(counts)
    everybody = np.concatenate([counts, table.unknown.sum(axis=1)[None]])
    total = int(everybody.sum())
    rate = above_median(everybody)
    # some tables at a time: all of them, with a thousand bins each, would need more memory than the rest of an audit
    chunk = max(1, TOGETHER // everybody.size)
    parts = [min(chunk, replicates - start) for start in range(0, replicates, chunk)]
    drawn = (rng.multinomial(total, everybody.ravel() / total, size=part) for part in parts)
    rates_ = np.concatenate([above_median(one.reshape(-1, *everybody.shape))[:, :k] for one in drawn])
    low, high = intervals.percentile(rates_, confidence)
    n = everybody.sum(axis=1)
    detail = {"confidence": confidence, "method": "multinomial bootstrap, median found anew", "exact": table.exact}
    for g, group in enumerate((*table.groups, UNKNOWN)):
        if g == k and n[k] == 0:
            continue
        about = {"sensitive": feature, "group": group}
        above = round(float(rate[g]) * int(n[g]))
        least, most = (float(low[g]), float(high[g])) if g < k else (None, None)
        because = "demographics are not known: outside every comparison" if g == k else ""
        more: dict[str, Any] = {**detail, "above": above}
        yield Evidence("scoring_rate", float(rate[g]), least, most, int(n[g]), "rate", about, SOURCE, because, more)
    if k < 2 or np.nanmax(rate[:k]) == 0:
        return
    yield from _ratios(table, rate[:k], n, rates_, confidence)


def _ratios(table: ScoreTable, rate: Floats, n: Ints, drawn: Floats, confidence: float) -> Iterator[Evidence]:
    best = rates.best(rate)
    ratios = rates.ratio(drawn, np.fmax.reduce(drawn, axis=1, keepdims=True))
    low, high = intervals.percentile(ratios, confidence)
    for g, group in enumerate(table.groups):
        about = {"sensitive": JOIN.join(table.sensitive), "group": group, "reference": table.groups[best]}
        value = float(rate[g] / rate[best])
        limits = min(float(low[g]), value), max(float(high[g]), value)
        detail: dict[str, Any] = {"confidence": confidence, "method": "multinomial bootstrap, pointwise"}
        yield Evidence("scoring_impact_ratio", value, *limits, int(n[g]), "ratio", about, SOURCE, "", detail)
