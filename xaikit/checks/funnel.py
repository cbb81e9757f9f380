"""A process of several stages: the bottom line first, then what each stage adds to it."""

from collections.abc import Hashable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.core.columns import outcome
from xaikit.core.decisions import Decisions
from xaikit.core.errors import DataError, SpecError, shown, unknown_name
from xaikit.core.evidence import JOIN, Evidence
from xaikit.core.groups import Groups
from xaikit.stats import rates
from xaikit.stats.comparison import Settings, compare
from xaikit.stats.intervals import wilson
from xaikit.stats.resampling import effective_n
from xaikit.stats.table import Table
from xaikit.stats.tally import hashed_clusters, of_codes

SOURCE = "funnel"
BOTTOM = "bottom line"


def check(
    decisions: Decisions,
    rng: np.random.Generator,
    *,
    stages: list[str],
    confidence: float = 0.95,
    replicates: int = 10_000,
    simulations: int = 10_000,
) -> Iterator[Evidence]:
    """Yield rates and ratios of the whole process and of every stage among those who reached it.

    The log ratio of the bottom line against a group is the sum of the log ratios of the stages, so that each stage's
    share of a gap is exact. Weights and clusters are honoured.

    Parameters
    ----------
    decisions : Decisions
        One row an applicant.
    rng : numpy.random.Generator
        For bootstrap and simulation.
    stages : list of str
        Columns in order, each with the favourable value where the stage was passed; what comes after a stage that
        was not passed may be empty.
    confidence : float
        Of the intervals.
    replicates, simulations : int
        Of the bootstrap, and of the law of the best of k.

    Raises
    ------
    SpecError, DataError
        When no stage is named, a column is not there or has no two outcomes, somebody passed a stage without passing
        the one before, or has no value at a stage that they reached.

    References
    ----------
    29 CFR 1607.4(C); Connecticut v. Teal, 457 U.S. 440 (1982).
    """
    if not stages:
        raise SpecError("checks.funnel.stages", "an empty list", "the columns of the stages, in order")
    passed = _passed(decisions, stages)
    settings = Settings(confidence, replicates, simulations)
    sensitive = decisions.roles.sensitive
    views = [*((s,) for s in sensitive), *([sensitive] if len(sensitive) > 1 else [])]
    for view in views:
        whole = _table(decisions, view, np.ones(len(decisions), dtype=bool), passed[-1])
        yield from _stage(whole, BOTTOM, None, rng, settings)
        reached = np.ones(len(decisions), dtype=bool)
        for stage, through in zip(stages, passed, strict=True):
            table = _table(decisions, view, reached, through)
            yield from _stage(table, stage, whole, rng, settings)
            yield from _gone(table, stage, whole)
            reached = through


def _passed(decisions: Decisions, stages: Sequence[str]) -> list[NDArray[np.bool_]]:
    out: list[NDArray[np.bool_]] = []
    favourable = decisions.roles.favourable
    for stage in stages:
        if stage not in decisions.frame.columns:
            raise unknown_name("checks.funnel.stages", "column", stage, decisions.frame.columns)
        reached = out[-1] if out else np.ones(len(decisions), dtype=bool)
        through = _through(decisions.frame[stage], reached, favourable)
        if out and (through & ~out[-1]).any():
            row = int(np.flatnonzero(through & ~out[-1])[0]) + 1
            before = stages[len(out) - 1]
            raise DataError(f"stage '{stage}', row {row}", "passed", f"{shown(before)} passed before")
        out.append(through)
    return out


def _through(column: pd.Series, reached: NDArray[np.bool_], favourable: Hashable) -> NDArray[np.bool_]:
    """Return who passed a stage; who did not come so far may have no value, everybody else has one.

    Raises
    ------
    DataError
        For a third value, none that is or could be the opposite of the favourable one, or none where one must be.
    """
    told = np.array([not (v is None or v is pd.NA or v != v or not str(v).strip()) for v in column], dtype=bool)
    if (reached & ~told).any():
        row = int(np.flatnonzero(reached & ~told)[0]) + 1
        raise DataError(
            f"stage '{column.name}', row {row}", "no value", "whether it was passed, by all who came so far"
        )
    through = np.zeros(len(column), dtype=bool)
    if told.any():
        through[told] = outcome(column[told], favourable, "stage", [])
    return through


def _table(decisions: Decisions, view: tuple[str, ...], rows: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> Table:
    groups = [decisions.groups(c) for c in view]
    cluster = hashed_clusters(decisions)
    return of_codes(
        [(Groups(g.name, g.codes[rows], g.names), "sensitive") for g in groups],
        selected=chosen[rows],
        weight=None if decisions.weight is None else decisions.weight[rows],
        cluster=None if cluster is None else cluster[rows],
    ).table(*view)


def _stage(
    table: Table, stage: str, whole: Table | None, rng: np.random.Generator, settings: Settings
) -> Iterator[Evidence]:
    rate, size = rates.selection_rate(table.mass), effective_n(table)
    low, high = wilson(np.nan_to_num(rate) * size, size, settings.confidence)
    for g, group in enumerate(table.groups):
        about = {"sensitive": JOIN.join(table.sensitive), "group": group, "stage": stage}
        x, n = int(table.selected[g]), int(table.n[g])
        facts: dict[str, float | int | str | bool | None] = {"selected": x, "confidence": settings.confidence}
        if not table.independent:
            facts["effective_n"] = float(size[g])
        if np.isnan(rate[g]):
            because = "its rows have no weight"
            yield Evidence("selection_rate", None, None, None, n, "rate", about, SOURCE, because, facts)
            continue
        limits = float(low[g]), float(high[g])
        yield Evidence("selection_rate", float(rate[g]), *limits, n, "rate", about, SOURCE, "", facts)
    table = table.only([int(g) for g in np.flatnonzero(~np.isnan(rate))])
    if len(table.groups) < 2 or not np.nansum(rate) > 0:
        return
    size, c = effective_n(table), compare(table, rng, settings)
    for g, group in enumerate(table.groups):
        about = {"sensitive": JOIN.join(table.sensitive), "group": group, "stage": stage}
        about["reference"] = table.groups[c.reference]
        n = int(table.n[g])
        p = None if np.isnan(c.p_adjusted[g]) else float(c.p_adjusted[g])
        facts = {
            "best_of_k_p": p,
            "confidence": settings.confidence,
            "share_of_the_bottom_line": _share(table, whole, group),
        }
        if not table.independent:
            facts["effective_n"] = float(size[g])
        limits = float(c.ratio_low[g]), float(c.ratio_high[g])
        yield Evidence("impact_ratio", float(c.ratio[g]), *limits, n, "ratio", about, SOURCE, "", facts)


def _gone(table: Table, stage: str, whole: Table) -> Iterator[Evidence]:
    for group in whole.groups:
        if group not in table.groups:
            about = {"sensitive": JOIN.join(whole.sensitive), "group": group, "stage": stage}
            because = "nobody of the group came so far"
            yield Evidence("selection_rate", None, None, None, 0, "rate", about, SOURCE, because)


def _share(table: Table, whole: Table | None, group: str) -> float | None:
    """Return the stage's part of the log ratio of the bottom line, against the best group of the bottom line."""
    if whole is None:
        return None
    final = rates.selection_rate(whole.mass)
    best = whole.groups[rates.best(final)]
    if group == best or group not in table.groups or best not in table.groups:
        return None
    rate = rates.selection_rate(table.mass)
    mine, theirs = rate[table.index(group)], rate[table.index(best)]
    gap = np.log(final[whole.index(group)] / final[whole.index(best)]) if final[whole.index(group)] > 0 else 0.0
    if gap == 0 or mine == 0 or theirs == 0:
        return None
    return float(np.log(mine / theirs) / gap)
