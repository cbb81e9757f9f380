"""Who bears the errors: rates of right and wrong decisions by group, against the ground truth."""

from collections.abc import Iterator

import numpy as np

from xaikit.core.errors import AbsentError
from xaikit.core.evidence import JOIN, Evidence
from xaikit.stats import intervals, rates
from xaikit.stats.gaps import gap_limits, largest_gap, smoothed_error
from xaikit.stats.resampling import effective_n
from xaikit.stats.resampling import replicates as replicated
from xaikit.stats.table import Floats, Table
from xaikit.stats.tally import Tally

SOURCE = "error_rates"
Detail = dict[str, float | int | str | bool | None]
EMPTY = {
    "true_positive_rate": "nobody in the group has a favourable label",
    "false_negative_rate": "nobody in the group has a favourable label",
    "false_positive_rate": "nobody in the group has an unfavourable label",
    "true_negative_rate": "nobody in the group has an unfavourable label",
    "precision": "nobody in the group was selected",
    "false_discovery_rate": "nobody in the group was selected",
    "negative_predictive_value": "everybody in the group was selected",
    "false_omission_rate": "everybody in the group was selected",
    "accuracy": "nobody is in the group",
    "base_rate": "nobody is in the group",
}
GAPS = {
    "equal_opportunity_difference": ("true_positive_rate",),
    "predictive_parity_difference": ("precision",),
    "accuracy_difference": ("accuracy",),
    "equalized_odds_difference": ("true_positive_rate", "false_positive_rate"),
}


def check(
    tally: Tally, rng: np.random.Generator, *, confidence: float = 0.95, replicates: int = 10_000
) -> Iterator[Evidence]:
    """Yield error rates by group with intervals, and the largest gaps between groups.

    A rate whose denominator is empty has no value, and takes no part in a gap.

    Parameters
    ----------
    tally : Tally
        The counts by label and decision.
    rng : numpy.random.Generator
        For the bootstrap of the gaps.
    confidence : float
        Of the Wilson intervals, and of the simultaneous limits of the gaps.
    replicates : int
        Of the bootstrap.

    Raises
    ------
    AbsentError
        When there are no labels or no decisions.

    References
    ----------
    Hardt, Price & Srebro (2016), Equality of opportunity in supervised learning (equalized odds, equal opportunity);
    Chouldechova (2017), Big Data 5, 153–163 (predictive parity); Berk et al. (2021), Sociological Methods & Research
    50, 3–44 (treatment equality).
    """
    if not tally.labelled:
        raise AbsentError(SOURCE, "a table without labels", "a label column")
    if not tally.decided:
        raise AbsentError(SOURCE, "a table without decisions", "a decision column, or a model with a threshold")
    for view in tally.views:
        table = tally.table(*view)
        yield from _by_group(table, confidence)
        if len(table.groups) > 1:
            yield from _gaps(table, rng, confidence, replicates)


def _by_group(table: Table, confidence: float) -> Iterator[Evidence]:
    people, mass = rates.error_parts(table.counts), rates.error_parts(table.mass)
    share = _effective_share(table)
    for measure, (_, whole) in people.items():
        top, bottom = mass[measure]
        value = rates.ratio(top, bottom)
        size = np.asarray(bottom, dtype=np.float64) * share
        low, high = intervals.wilson(np.clip(np.nan_to_num(value), 0, 1) * size, size, confidence)
        bounded = measure != "treatment_equality"
        for g, group in enumerate(table.groups):
            about = {"sensitive": JOIN.join(table.sensitive), "group": group}
            n, known = int(whole[g]), bool(np.isfinite(value[g]))
            least, most = (float(low[g]), float(high[g])) if known and bounded else (None, None)
            because = "" if known else EMPTY.get(measure, "there are no false positives in the group")
            count = int(people[measure][0][g])
            detail: Detail = {"count": count, "confidence": confidence, "method": "Wilson"}
            yield Evidence(
                measure,
                float(value[g]) if known else None,
                least,
                most,
                n,
                "rate" if bounded else "ratio",
                about,
                SOURCE,
                because,
                detail,
            )


def _gaps(table: Table, rng: np.random.Generator, confidence: float, count: int) -> Iterator[Evidence]:
    drawn = rates.error_rates(replicated(table, rng, count))
    parts_ = rates.error_parts(table.mass)
    share = _effective_share(table)
    about, n = {"sensitive": JOIN.join(table.sensitive)}, int(table.n.sum())
    for measure, parts in GAPS.items():
        values = np.stack([rates.ratio(*parts_[p]) for p in parts])
        comparable = (~np.isnan(values)).sum(axis=1)
        if comparable.min() < 2:
            because = f"fewer than two groups have a {parts[int(np.argmin(comparable))].replace('_', ' ')}"
            yield Evidence(measure, None, None, None, n, "rate", about, SOURCE, because)
            continue
        error = np.stack([smoothed_error(parts_[p][0] * share, parts_[p][1] * share) for p in parts])
        value = float(largest_gap(values))
        low, high = gap_limits(values, error, np.stack([drawn[p] for p in parts], axis=1), confidence)
        detail: Detail = {
            "groups_without_the_rate": len(table.groups) - int(comparable.min()),
            "confidence": confidence,
            "method": "bootstrap maximum over all pairs; the largest gap between groups is biased upwards",
        }
        yield Evidence(measure, value, min(low, value), max(high, value), n, "rate", about, SOURCE, "", detail)


def _effective_share(table: Table) -> Floats:
    """Return for each group how many independent rows a row (or unit of weight) is worth."""
    total = table.mass.sum(axis=(1, 2))
    return np.asarray(effective_n(table) / np.where(total > 0, total, 1.0))
