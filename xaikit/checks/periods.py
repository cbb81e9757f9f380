"""Whether rates and ratios change over time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from xaikit.core.decisions import Decisions
from xaikit.core.errors import AbsentError, DataError, shown, unknown_name
from xaikit.core.evidence import UNKNOWN, Evidence
from xaikit.core.groups import Groups, group_name
from xaikit.stats import rates
from xaikit.stats.drift import Drift, drift
from xaikit.stats.intervals import wilson
from xaikit.stats.resampling import effective_n
from xaikit.stats.table import Ints
from xaikit.stats.tally import Tally, hashed_clusters, of_codes
from xaikit.stats.within import tables_by_stratum

SOURCE = "periods"
NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal")


def check(
    decisions: Decisions,
    rng: np.random.Generator,
    *,
    column: str,
    every: str = "M",
    confidence: float = 0.95,
    simulations: int = 10_000,
) -> Iterator[Evidence]:
    """Yield selection rates and impact ratios of every period, and tests of whether they change.

    Rates and ratios honour weights and clusters; the tests of change are of people, and say so in `assumes`.

    Parameters
    ----------
    decisions : Decisions
        One row a decision.
    rng : numpy.random.Generator
        For the law of the clearest change.
    column : str
        The date of the decision, or a number of a period.
    every : str
        Length of a period of dates: D, W, M, Q or Y.
    confidence : float
        Of the Wilson intervals.
    simulations : int
        Of the law.

    Raises
    ------
    AbsentError
        When nobody was decided upon.
    SpecError, DataError
        When the column is not there, or a date in it cannot be read.

    References
    ----------
    29 CFR 1607.4(D) (evidence over time); Breslow & Day (1980), p. 142; Hawkins (1977).
    """
    if decisions.selected is None:
        raise AbsentError(SOURCE, "a table without decisions", "a decision column, or a model with a threshold")
    if column not in decisions.frame.columns:
        raise unknown_name("checks.periods.column", "column", column, decisions.frame.columns)
    period = _periods(decisions.frame[column], column, every)
    for feature in decisions.roles.sensitive:
        axes = [(decisions.groups(feature), "sensitive"), (period, "control")]
        tally = of_codes(
            axes, selected=decisions.selected, weight=decisions.weight, cluster=hashed_clusters(decisions)
        )
        names, counts = tally.strata(feature)
        groups = tally.table(feature).groups
        known = [i for i, name in enumerate(names) if name != UNKNOWN]
        x, n = rates.people(counts[known])
        labels = tuple(names[i] for i in known)
        yield from _by_period(tally, feature, groups, confidence)
        if len(groups) > 1 and len(labels) > 1:
            for e in _changes(feature, groups, labels, x, n, rng, simulations):
                yield replace(e, detail={**e.detail, **tally.assumption})


def _periods(values: pd.Series, column: str, every: str) -> Groups:
    if pd.api.types.infer_dtype(values, skipna=True) in NUMBERS:
        values = pd.to_numeric(values)
    if pd.api.types.is_numeric_dtype(values) or every == "":
        return _coded(values, column)
    dates = _dates(values, f"period column {shown(column)}")
    if getattr(dates.dt, "tz", None) is not None:
        dates = dates.dt.tz_localize(None)  # a day is that of the clock where it was noted, not of Greenwich
    return _coded(dates.dt.to_period(every).astype(object), column)


def _dates(values: pd.Series, place: str) -> pd.Series:
    """Return moments, NaT where there is none.

    Raises
    ------
    DataError
        With the first value that is none.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return pd.to_datetime(values)
    expected = "dates, or numbers that sort in order"
    gap = np.array([not str(v).strip() for v in values], dtype=bool) | values.isna().to_numpy(dtype=bool)
    odd = np.array([not isinstance(v, (str, date)) for v in values], dtype=bool) & ~gap
    try:
        dates = pd.to_datetime(values.astype(object).where(~(gap | odd), None), format="ISO8601", errors="coerce")
    except (ValueError, TypeError):
        raise DataError(place, "moments of several time zones", expected) from None
    wrong = np.flatnonzero(dates.isna().to_numpy(dtype=bool) & ~gap)
    if len(wrong):
        raise DataError(place, f"{shown(str(values.iloc[wrong[0]]))} in row {wrong[0] + 1}", expected)
    return dates


def _coded(values: pd.Series, column: str) -> Groups:
    try:
        codes, found = pd.factorize(values, sort=True)
    except (TypeError, NotImplementedError):
        raise DataError(f"period column '{column}'", "values of several kinds", "values that sort in order") from None
    names = tuple(group_name(v) for v in found)
    codes = np.where(codes < 0, len(names), codes)
    return Groups(column, codes, (*names, UNKNOWN) if (codes == len(names)).any() else names)


def _by_period(tally: Tally, feature: str, groups: tuple[str, ...], confidence: float) -> Iterator[Evidence]:
    for label, table in tables_by_stratum(tally, feature):
        if label == UNKNOWN:
            continue
        rate, size = rates.selection_rate(table.mass), effective_n(table)
        low, high = wilson(np.nan_to_num(rate) * size, size, confidence)
        best = float(np.nanmax(rate)) if np.isfinite(rate).any() else 0.0
        for group in groups:
            about = {"sensitive": feature, "group": group, "period": label}
            g = table.groups.index(group) if group in table.groups else -1
            if g < 0 or np.isnan(rate[g]):
                because = "nobody of the group in this period" if g < 0 else "its rows have no weight"
                yield Evidence("selection_rate", None, None, None, 0, "rate", about, SOURCE, because)
                continue
            people = int(table.n[g])
            facts: dict[str, float | int | str | bool | None] = {"confidence": confidence}
            facts["selected"] = int(table.selected[g])
            if not table.independent:
                facts["effective_n"] = float(size[g])
            limits = float(low[g]), float(high[g])
            yield Evidence("selection_rate", float(rate[g]), *limits, people, "rate", about, SOURCE, "", facts)
            if best > 0:
                ratio = float(rate[g]) / best
                yield Evidence("impact_ratio", ratio, None, None, people, "ratio", about, SOURCE, "", dict(facts))


def _changes(
    feature: str,
    groups: tuple[str, ...],
    labels: tuple[str, ...],
    x: Ints,
    n: Ints,
    rng: np.random.Generator,
    simulations: int,
) -> Iterator[Evidence]:
    ref = rates.best(rates.ratio(x.sum(axis=0), n.sum(axis=0)))
    for g, group in enumerate(groups):
        if g == ref:
            continue
        found = drift(x[:, g], n[:, g], x[:, ref], n[:, ref], rng, simulations)
        about = {"sensitive": feature, "group": group, "reference": groups[ref]}
        yield from _tests(found, about, labels, int(n[:, g].sum()))


def _tests(found: Drift, about: dict[str, str], labels: tuple[str, ...], n: int) -> Iterator[Evidence]:
    at = labels[found.change_at] if found.change_at >= 0 else None
    facts: dict[str, dict[str, float | int | str | bool | None]] = {
        "drift_heterogeneity_p": {"method": "Breslow–Day with Tarone's correction, over periods"},
        "drift_trend_p": {"log_odds_ratio_a_period": found.slope, "standard_error": found.slope_error},
        "drift_change_p": {"first_period_after": at, "method": "clearest split, law simulated"},
    }
    values = (found.heterogeneity_p, found.trend_p, found.change_p)
    for (measure, detail), value in zip(facts.items(), values, strict=True):
        defined = bool(np.isfinite(value))
        because = "" if defined else "fewer than two periods say anything"
        kept = {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in detail.items()}
        kept["periods"] = len(labels)
        yield Evidence(measure, value if defined else None, None, None, n, "p", about, SOURCE, because, kept)
