"""Outcomes that are not yes or no: several classes, or a number; how they differ between groups."""

from collections.abc import Hashable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from xaikit.core.columns import numbers
from xaikit.core.decisions import Decisions
from xaikit.core.errors import DataError, shown, unknown_name
from xaikit.core.evidence import UNKNOWN, Evidence
from xaikit.core.groups import Groups, coded, groups_of
from xaikit.core.values import meaning
from xaikit.stats import rates, tests
from xaikit.stats.intervals import wilson
from xaikit.stats.table import Floats

SOURCE = "outcomes"
Detail = dict[str, float | int | str | bool | None]
CLASSES = 30


def check(
    decisions: Decisions,
    *,
    column: str,
    truth: str | None = None,
    confidence: float = 0.95,
) -> Iterator[Evidence]:
    """Yield, for an outcome of several classes, the tables of every class; for a number, means and errors by group.

    Parameters
    ----------
    decisions : Decisions
        One row a decision.
    column : str
        The outcome. Text is taken as classes, numbers of more than 30 values as
        numbers.
    truth : str, optional
        What the outcome should have been: adds accuracy (classes), or bias and errors (numbers), by group.
    confidence : float
        Of the intervals.

    Raises
    ------
    SpecError, DataError
        When a column is not there, or has gaps.

    References
    ----------
    6 RCNY § 5-301(b)(4) (every class into which a tool classifies); Cramér (1946), § 21.9; Welch (1947); Agarwal,
    Dudík & Wu (2019), Fair regression, ICML.
    """
    outcome = _column(decisions, column, "column")
    real = None if truth is None else _column(decisions, truth, "truth")
    numeric = pd.api.types.is_numeric_dtype(outcome) and outcome.nunique() > CLASSES
    for feature in decisions.roles.sensitive:
        groups = decisions.groups(feature)
        if numeric:
            values = numbers(outcome, f"outcome column {shown(column)}")
            wanted = None if real is None else numbers(real, f"outcome column {shown(str(truth))}")
            yield from _numbers(feature, groups, values, wanted, confidence)
        else:
            yield from _classes(feature, groups, groups_of(outcome, column), confidence)
            if real is not None:
                yield from _accuracy(feature, groups, _equal(outcome, real), confidence)


def _column(decisions: Decisions, name: str, parameter: str) -> pd.Series:
    if name not in decisions.frame.columns:
        raise unknown_name(f"checks.outcomes.{parameter}", "column", name, decisions.frame.columns)
    values = decisions.frame[name]
    if values.isna().any():
        first = int(np.flatnonzero(values.isna())[0]) + 1
        raise DataError(
            f"outcome column '{name}'", f"missing values, the first in row {first}", "a value in every row"
        )
    return values


def _equal(a: pd.Series, b: pd.Series) -> NDArray[np.bool_]:
    """Return where two columns hold the same value, be it written as a text or as a number."""
    (one, values), (other, wanted) = coded(a), coded(b)
    place: dict[Hashable, int] = {}
    first, second = (np.array([place.setdefault(meaning(v), len(place)) for v in x]) for x in (values, wanted))
    return np.asarray(first[one] == second[other])


def _classes(feature: str, groups: Groups, outcome: Groups, confidence: float) -> Iterator[Evidence]:
    names = [g for g in groups.names if g != UNKNOWN]
    classes = outcome.names if names else ()
    table = np.zeros((len(groups.names), len(outcome.names)), dtype=np.int64)
    np.add.at(table, (groups.codes, outcome.codes), 1)
    table = table[: len(names)]
    n = table.sum(axis=1)
    for c, name in enumerate(classes):
        rate = rates.ratio(table[:, c], n)
        low, high = wilson(table[:, c], n, confidence)
        best = rates.best(rate)
        for g, group in enumerate(names):
            about = {"sensitive": feature, "group": group, "output": name}
            facts: Detail = {"count": int(table[g, c]), "confidence": confidence, "method": "Wilson"}
            limits = float(low[g]), float(high[g])
            yield Evidence("class_rate", float(rate[g]), *limits, int(n[g]), "rate", about, SOURCE, "", facts)
            if rate[best] > 0 and len(names) > 1:
                z = float(tests.two_proportion_z(table[g, c], n[g], table[best, c], n[best]))
                pair = {**about, "reference": names[best]}
                ratio = float(rate[g] / rate[best])
                yield Evidence("class_ratio", ratio, None, None, int(n[g]), "ratio", pair, SOURCE, "", {"z": z})
    yield _association(feature, table)


def _association(feature: str, table: NDArray[np.int64]) -> Evidence:
    kept = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    n, about = int(kept.sum()), {"sensitive": feature}
    if min(kept.shape) < 2:
        because = "one group, or one class only"
        return Evidence("cramers_v", None, None, None, n, "score", about, SOURCE, because)
    found = stats.chi2_contingency(kept, correction=False)
    value = float(np.sqrt(found.statistic / n / (min(kept.shape) - 1)))
    facts: Detail = {"chi2": float(found.statistic), "p": float(found.pvalue), "degrees_of_freedom": int(found.dof)}
    return Evidence("cramers_v", value, None, None, n, "score", about, SOURCE, "", facts)


def _accuracy(feature: str, groups: Groups, right: NDArray[np.bool_], confidence: float) -> Iterator[Evidence]:
    for g, group in enumerate(n for n in groups.names if n != UNKNOWN):
        mine = right[groups.codes == g]
        low, high = wilson(mine.sum(), len(mine), confidence)
        about = {"sensitive": feature, "group": group}
        facts: Detail = {"count": int(mine.sum()), "confidence": confidence, "method": "Wilson"}
        limits = float(low), float(high)
        yield Evidence("class_accuracy", float(mine.mean()), *limits, len(mine), "rate", about, SOURCE, "", facts)


def _numbers(
    feature: str, groups: Groups, values: Floats, truth: Floats | None, confidence: float
) -> Iterator[Evidence]:
    names = [g for g in groups.names if g != UNKNOWN]
    mine = [values[groups.codes == g] for g in range(len(names))]
    best = int(np.argmax([m.mean() for m in mine])) if mine else 0
    for g, group in enumerate(names):
        about = {"sensitive": feature, "group": group}
        yield _mean("mean_outcome", mine[g], about, confidence)
        if g != best:
            yield _difference(mine[g], mine[best], {**about, "reference": names[best]}, confidence)
        if truth is not None:
            error = mine[g] - truth[groups.codes == g]
            yield _mean("mean_error", error, about, confidence)
            yield _mean("mean_absolute_error", np.abs(error), about, confidence)
            squared = _mean("root_mean_squared_error", error**2, about, confidence)
            yield _rooted(squared)


def _mean(measure: str, values: Floats, about: dict[str, str], confidence: float) -> Evidence:
    n, value = len(values), float(values.mean())
    facts: Detail = {"confidence": confidence, "method": "Student's t"}
    if n < 2:
        return Evidence(measure, value, None, None, n, "score", about, SOURCE, "", facts)
    half = float(stats.t.ppf(0.5 + confidence / 2, n - 1) * values.std(ddof=1) / np.sqrt(n))
    return Evidence(measure, value, value - half, value + half, n, "score", about, SOURCE, "", facts)


def _rooted(e: Evidence) -> Evidence:
    limits = [None if v is None else float(np.sqrt(max(v, 0.0))) for v in (e.low, e.high)]
    assert e.value is not None
    value = float(np.sqrt(e.value))
    return Evidence(e.measure, value, limits[0], limits[1], e.n, e.unit, e.about, SOURCE, "", e.detail)


def _difference(a: Floats, b: Floats, about: dict[str, str], confidence: float) -> Evidence:
    value, n = float(a.mean() - b.mean()), len(a)
    if min(len(a), len(b)) < 2 or a.std() + b.std() == 0:
        because = "too few people, or no spread, for a test"
        return Evidence("mean_outcome_difference", value, None, None, n, "score", about, SOURCE, because)
    found = stats.ttest_ind(a, b, equal_var=False)
    limits = found.confidence_interval(confidence)
    pooled = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    facts: Detail = {"p": float(found.pvalue), "cohen_d": float(value / pooled), "confidence": confidence}
    facts["method"] = "Welch"
    low, high = float(limits.low), float(limits.high)
    return Evidence("mean_outcome_difference", value, low, high, n, "score", about, SOURCE, "", facts)
