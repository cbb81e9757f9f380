"""Who is selected: rates, ratios and differences by group, with what inference can and cannot say of them."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from xaikit.core.errors import AbsentError, unknown_name
from xaikit.core.evidence import JOIN, UNKNOWN, Evidence
from xaikit.stats import rates, tests
from xaikit.stats.comparison import Comparison, Settings, compare
from xaikit.stats.intervals import wilson
from xaikit.stats.resampling import effective_n
from xaikit.stats.table import Table
from xaikit.stats.tally import Tally

SOURCE = "selection_rate"


def check(
    tally: Tally,
    rng: np.random.Generator,
    *,
    reference: dict[str, str] | None = None,
    min_share: float = 0.0,
    confidence: float = 0.95,
    replicates: int = 10_000,
    simulations: int = 10_000,
    alpha: float = 0.05,
    power: float = 0.8,
) -> Iterator[Evidence]:
    """Yield selection rates and their comparisons, for every sensitive feature and for their intersection.

    Parameters
    ----------
    tally : Tally
        The counts.
    rng : numpy.random.Generator
        For bootstrap and simulation.
    reference : dict of str to str, optional
        The group each feature (or intersection, joined by ×) is also compared with, beside the highest rate.
    min_share : float
        Groups with a smaller share of the known rows are left out of the comparisons; their rates stay.
    confidence : float
        Of the intervals, between 0 and 1.
    replicates, simulations : int
        Of the bootstrap, and of the law of the best of k.
    alpha, power : float
        For the minimum detectable ratio.

    Raises
    ------
    AbsentError
        When nobody was decided upon.
    SpecError
        When a reference is declared for a feature or group that is not there.

    References
    ----------
    29 CFR 1607.4(D); UGESP Questions and Answers, 44 FR 11996 (1979), Q. 11–21; 6 RCNY § 5-300, 5-301(b).
    """
    if not tally.decided:
        raise AbsentError(SOURCE, "a table without decisions", "a decision column, or a model with a threshold")
    settings = Settings(confidence, replicates, simulations, alpha, power)
    declared = dict(reference or {})
    features = [JOIN.join(view) for view in tally.views]
    for name in declared:
        if name not in features:
            raise unknown_name("checks.selection_rate.reference", "sensitive feature", name, features)
    for view, feature in zip(tally.views, features, strict=True):
        table = tally.table(*view)
        yield from _rates(table, confidence)
        kept, left_out = _shares(table, min_share)
        yield from (_undefined(table, g, because) for g, because in left_out.items())
        table = table.only(kept)
        problem = _incomparable(table)
        if problem:
            yield from (_undefined(table, g, problem) for g in range(len(table.groups)))
            continue
        if feature in declared:
            yield from _compared(table, compare(table, rng, settings, declared[feature]), settings)
        yield from _compared(table, compare(table, rng, settings), settings)
        yield from _beside(table)


def _about(table: Table, group: str) -> dict[str, str]:
    return {"sensitive": JOIN.join(table.sensitive), "group": group}


def _shares(table: Table, min_share: float) -> tuple[list[int], dict[int, str]]:
    """Return the groups that are compared, and why the others are not."""
    share = rates.ratio(table.n, table.n.sum())
    small = {
        g: f"left out: {100 * share[g]:.1f} % of the known rows is under {100 * min_share:g} % (parameter min_share)"
        for g in range(len(table.groups))
        if share[g] < min_share
    }
    return [g for g in range(len(table.groups)) if g not in small], small


def _incomparable(table: Table) -> str:
    if not len(table.groups):
        return "no group is known"
    if len(table.groups) == 1:
        return f"only one group is known ({table.groups[0]}): there is nothing to compare it with"
    if table.selected.sum() == 0:
        return "nobody was selected: a ratio to a rate of 0 is not defined"
    if (table.mass.sum(axis=(1, 2)) == 0).any():
        return "a group has no weight"
    return ""


def _undefined(table: Table, g: int, because: str) -> Evidence:
    about = _about(table, table.groups[g])
    return Evidence(
        "impact_ratio", None, n=int(table.n[g]), unit="ratio", about=about, source=SOURCE, because=because
    )


def _rates(table: Table, confidence: float) -> Iterator[Evidence]:
    rate, size = rates.selection_rate(table.mass), effective_n(table)
    low, high = wilson(np.nan_to_num(rate) * size, size, confidence)
    for g, group in enumerate(table.groups):
        detail: dict[str, Any] = {"selected": int(table.selected[g]), "confidence": confidence, "method": "Wilson"}
        if not table.independent:
            detail["effective_n"] = float(size[g])
        known = bool(np.isfinite(rate[g]))
        yield Evidence(
            "selection_rate",
            float(rate[g]) if known else None,
            float(low[g]) if known else None,
            float(high[g]) if known else None,
            int(table.n[g]),
            "rate",
            _about(table, group),
            SOURCE,
            "" if known else "its rows have no weight",
            detail,
        )
    if table.unknown.sum():
        yield _rate_of_unknown(table, confidence)


def _rate_of_unknown(table: Table, confidence: float) -> Evidence:
    selected, n = (int(v) for v in rates.people(table.unknown))
    mass, size = table.unknown.astype(np.float64), float(n)
    detail: dict[str, Any] = {"selected": selected, "confidence": confidence, "method": "Wilson"}
    if table.unknown_weights is not None and table.unknown_squares is not None:
        mass = table.unknown_weights
        size = float(np.nan_to_num(rates.ratio(mass.sum() ** 2, table.unknown_squares.sum())))
    if table.bundles is not None:
        detail |= table.assumption
    elif not table.independent:
        detail["effective_n"] = size
    rate = float(rates.selection_rate(mass))
    because = "demographics are not known: outside every comparison"
    if not np.isfinite(rate):
        because = "its rows have no weight"
        return Evidence(
            "selection_rate", None, None, None, n, "rate", _about(table, UNKNOWN), SOURCE, because, detail
        )
    low, high = (float(v) for v in wilson(rate * size, size, confidence))
    return Evidence("selection_rate", rate, low, high, n, "rate", _about(table, UNKNOWN), SOURCE, because, detail)


def _compared(table: Table, c: Comparison, settings: Settings) -> Iterator[Evidence]:
    for g, group in enumerate(table.groups):
        about = {**_about(table, group), "reference": table.groups[c.reference]}
        if c.declared:
            about["comparator"] = "declared"
        yield from _pair(table, c, g, about, settings)


def _pair(table: Table, c: Comparison, g: int, about: Mapping[str, str], settings: Settings) -> Iterator[Evidence]:
    ref = c.reference
    x, n, x_ref, n_ref = (int(v) for v in (table.selected[g], table.n[g], table.selected[ref], table.n[ref]))
    counts: dict[str, Any] = {"selected": x, "people": n, "reference_selected": x_ref, "reference_people": n_ref}

    def evidence(measure: str, value: float | None, unit: str, **more: Any) -> Evidence:
        real = None if value is None or not np.isfinite(value) else float(value)
        if real is None:
            more.setdefault("because", f"not defined for {x} of {n} against {x_ref} of {n_ref}")
        return Evidence(measure, real, n=n, unit=unit, about=about, source=SOURCE, **more)

    direction, flag = rates.swap_reverses(x, n, x_ref, n_ref)
    yield evidence(
        "impact_ratio",
        c.ratio[g],
        "ratio",
        **_limits(c.ratio_low[g], c.ratio_high[g]),
        detail={
            **counts,
            # integers where rows count once: division makes some exact four fifths come out below
            "below_four_fifths": rates.below_ratio(x, n, x_ref, n_ref)
            if table.weights is None
            else bool(c.ratio[g] < 0.8 - 1e-12),
            "one_person_reverses_direction": direction,
            "one_person_reverses_flag": flag,
            "comparator": "declared" if c.declared else "best",
            "weighted": table.weights is not None,
            "confidence": settings.confidence,
            "method": "bootstrap maximum of studentised log ratios, simultaneous",
        },
    )
    weighted = table.weights is not None
    yield evidence(
        "impact_ratio_bounds",
        None if weighted else c.ratio[g],
        "ratio",
        **_limits(*(2 * [np.nan] if weighted else [c.least[g], c.most[g]])),
        **({"because": "rows have weights: whole people cannot be distributed"} if weighted else {}),
        detail={
            "unknown": int(table.unknown.sum()),
            "unknown_selected": int(rates.people(table.unknown)[0]),
            "method": "worst cases over all ways the unknown could be distributed",
        },
    )
    yield evidence(
        "selection_rate_difference",
        c.difference[g],
        "rate",
        **_limits(*((0.0, 0.0) if g == ref else (c.difference_low[g], c.difference_high[g]))),  # itself: no doubt
        detail={**counts, "confidence": settings.confidence, "method": "Newcombe"},
    )
    if g == ref:
        return
    short = rates.shortfall(c.rate[g] * n, n, float(c.rate[ref]))
    to_fifths = rates.shortfall(c.rate[g] * n, n, float(c.rate[ref]), 0.8)
    yield evidence("shortfall", short, "count", detail={**counts, "to_four_fifths": to_fifths})
    yield from _tested(table, c, g, evidence, settings)


def _tested(table: Table, c: Comparison, g: int, evidence: Any, settings: Settings) -> Iterator[Evidence]:
    ref = c.reference
    x, n, x_ref, n_ref = (int(v) for v in (table.selected[g], table.n[g], table.selected[ref], table.n[ref]))
    rows = table.assumption
    yield evidence("fisher_p", tests.fisher(x, n, x_ref, n_ref), "p", detail={**rows, "sides": 2})
    yield evidence("mid_p", tests.mid_p(x, n, x_ref, n_ref), "p", detail={**rows, "sides": 2})
    z = float(tests.two_proportion_z(x, n, x_ref, n_ref))
    yield evidence(
        "z", z, "score", detail={**rows, "p": float(tests.two_sided(z)), "method": "pooled, no correction"}
    )
    yield evidence("odds_ratio", float(rates.odds_ratio(x, n, x_ref, n_ref)), "ratio", detail=rows)
    yield evidence("cohen_h", float(rates.cohen_h(c.rate[g], c.rate[ref])), "score")
    yield evidence("phi", rates.phi(x, n, x_ref, n_ref), "score", detail=rows)
    above = int(c.rival[g])
    method = "step-down maximum of z over all pairs, law simulated at the pooled rate"
    if not table.independent:
        method += ", sandwich covariance"
    detail: dict[str, Any] = {
        "most_clearly_above": table.groups[above],
        "above_selected": int(table.selected[above]),
        "above_people": int(table.n[above]),
        "ratio_to_it": _finite(c.rate[g] / c.rate[above]) if c.rate[above] > 0 else None,
        "simulations": c.simulations,
        "method": method,
    }
    if c.declared:
        detail = {"method": "Holm over Fisher's exact tests" if table.independent else "Holm over robust z tests"}
    yield evidence("holm_p" if c.declared else "best_of_k_p", c.p_adjusted[g], "p", detail=detail)
    found = c.detectable[g]
    yield evidence(
        "minimum_detectable_ratio",
        found,
        "ratio",
        because="" if found is not None else "no ratio would have been detected with so few people",
        detail={"power": settings.power, "alpha": settings.alpha, "critical_z": _finite(c.critical)},
    )


def _limits(low: float, high: float) -> dict[str, float | None]:
    return {"low": _finite(low), "high": _finite(high)}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _beside(table: Table) -> Iterator[Evidence]:
    """Yield the second views: each group against all others, and one test of all groups at once."""
    p = tests.against_rest(table.selected, table.n)
    for g, group in enumerate(table.groups):
        detail = {"method": "pooled z against all other groups together, Holm", **table.assumption}
        value = _finite(p[g])
        because = "" if value is not None else "not defined"
        yield Evidence(
            "rest_p", value, None, None, int(table.n[g]), "p", _about(table, group), SOURCE, because, detail
        )
    statistic, omnibus, freedom = tests.chi2(table.selected, table.n)
    about = {"sensitive": JOIN.join(table.sensitive)}
    detail_: dict[str, Any] = {"chi2": statistic, "degrees_of_freedom": freedom, **table.assumption}
    yield Evidence("chi2_p", omnibus, None, None, int(table.n.sum()), "p", about, SOURCE, "", detail_)
