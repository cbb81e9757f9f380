"""Whether a score means the same for every group: calibration and ranking within groups."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from xaikit.core.errors import AbsentError
from xaikit.core.evidence import JOIN, Evidence
from xaikit.stats import calibration, intervals, rates
from xaikit.stats.calibration_error import calibration_error_limits
from xaikit.stats.table import Floats, Ints, ScoreTable
from xaikit.stats.tally import Tally

SOURCE = "calibration"
Detail = dict[str, float | int | str | bool | None]


def check(
    tally: Tally,
    rng: np.random.Generator,
    *,
    bins: int = 10,
    confidence: float = 0.95,
    replicates: int = 2_000,
) -> Iterator[Evidence]:
    """Yield calibration error, calibration slope and intercept, reliability curve and AUC, by group with intervals.

    Parameters
    ----------
    tally : Tally
        The counts by score bin and label.
    rng : numpy.random.Generator
        For the bootstrap.
    bins : int
        Of the reliability curve: equal widths for scores between 0 and 1, else equal numbers of people.
    confidence : float
        Of the intervals.
    replicates : int
        Of the bootstrap.

    Raises
    ------
    AbsentError
        When there are no scores or no labels.

    References
    ----------
    Kleinberg, Mullainathan & Raghavan (2017), ITCS (calibration within groups); Guo et al. (2017), ICML (expected
    calibration error); Cox (1958) (slope, intercept); DeLong et al. (1988) (AUC).
    """
    if tally.scores is None:
        raise AbsentError(SOURCE, "a table without scores", "a score column, or a model")
    if not tally.labelled:
        raise AbsentError(SOURCE, "a table without labels", "a label column")
    for view in tally.views:
        table = tally.score_table(*view)
        place = calibration.reliability_bins(table.edges, table.counts.sum(axis=(0, 2)), bins)
        probability = bool(len(table.edges) and _smallest(table) >= 0 and table.edges[-1] <= 1)
        for g, group in enumerate(table.groups):
            about = {"sensitive": JOIN.join(table.sensitive), "group": group}
            found = [*_auc(table, g, about, confidence)]
            if probability:
                found += _calibrated(table, g, about, place, bins, rng, confidence, replicates)
            else:
                found.append(_not_probability(table, g, about))
            yield from (replace(e, detail={**e.detail, **tally.assumption}) for e in found)


def _smallest(table: ScoreTable) -> float:
    sums, counts = table.sums.sum(axis=(0, 2)), table.counts.sum(axis=(0, 2))
    return float(np.fmin.reduce(rates.ratio(sums, counts)))


def _not_probability(table: ScoreTable, g: int, about: dict[str, str]) -> Evidence:
    because = "the score is not a probability: calibration is not defined"
    n = int(table.counts[g].sum())
    return Evidence("expected_calibration_error", None, None, None, n, "rate", about, SOURCE, because)


def _auc(table: ScoreTable, g: int, about: dict[str, str], confidence: float) -> Iterator[Evidence]:
    counts = table.counts[g]
    n, positive = int(counts.sum()), int(counts[:, 1].sum())
    value, error = float(calibration.auc(counts)), float(calibration.auc_error(counts))
    detail: Detail = {"positives": positive, "negatives": n - positive, "exact": table.exact}
    if not np.isfinite(value):
        missing = "favourable" if positive == 0 else "unfavourable"
        because = f"nobody in the group has a label that is {missing}"
        yield Evidence("auc", None, None, None, n, "score", about, SOURCE, because, detail)
        return
    detail |= {"confidence": confidence, "method": "DeLong, on the logit scale"}
    low, high = calibration.logit_limits(value, error, positive, n - positive, confidence)
    yield Evidence("auc", value, low, high, n, "score", about, SOURCE, "", detail)


def _calibrated(
    table: ScoreTable,
    g: int,
    about: dict[str, str],
    place: NDArray[np.intp],
    bins: int,
    rng: np.random.Generator,
    confidence: float,
    replicates: int,
) -> Iterator[Evidence]:
    counts, sums = table.counts[g], table.sums[g].sum(axis=1)
    n = int(counts.sum())
    rough = calibration.pooled(counts.astype(np.float64), place, bins, 0)
    mean = calibration.pooled(sums, place, bins, 0)
    value = float(calibration.expected_calibration_error(rough, mean))
    low, high, by_chance = calibration_error_limits(rough, mean, rng, replicates, confidence)
    detail: Detail = {
        "bins": bins,
        "confidence": confidence,
        "method": "test inversion, least favourable shapes: covers at least so often; the value is biased upwards",
        "expected_when_calibrated": by_chance,
        "exact": table.exact or 100 % bins == 0,  # scores are counted by hundredths where they are many
        "mean_score": float(sums.sum() / n),
    }
    limits = min(low, value), max(high, value)
    score = np.nan_to_num(rates.ratio(sums, counts.sum(axis=1)))
    yield Evidence("expected_calibration_error", value, *limits, n, "rate", about, SOURCE, "", detail)
    yield from _line(score, counts, about, confidence)
    yield from _curve(rough, mean, about, confidence)


def _line(score: Floats, counts: Ints, about: dict[str, str], confidence: float) -> Iterator[Evidence]:
    n = int(counts.sum())
    fit = calibration.recalibration(score, counts)
    for measure in ("calibration_slope", "calibration_intercept"):
        if fit is None:
            because = "not defined: one label only, one score only, or labels that a score separates"
            yield Evidence(measure, None, None, None, n, "score", about, SOURCE, because)
            continue
        slope = measure == "calibration_slope"
        value, error = (fit.slope, fit.slope_error) if slope else (fit.intercept, fit.intercept_error)
        half = calibration.normal_quantile(confidence) * error
        detail: Detail = {"standard_error": error, "confidence": confidence, "method": "logistic recalibration, Wald"}
        yield Evidence(measure, value, value - half, value + half, n, "score", about, SOURCE, "", detail)


def _curve(rough: Floats, mean: Floats, about: dict[str, str], confidence: float) -> Iterator[Evidence]:
    n = rough.sum(axis=1)
    low, high = intervals.wilson(rough[:, 1], n, confidence)
    for b in np.flatnonzero(n):
        where = {**about, "bin": str(b + 1)}
        detail: Detail = {"mean_score": float(mean[b] / n[b]), "confidence": confidence, "method": "Wilson"}
        limits = float(low[b]), float(high[b])
        value = float(rough[b, 1] / n[b])
        yield Evidence("calibration", value, *limits, int(n[b]), "rate", where, SOURCE, "", detail)
