"""Whether a difference in selection holds within strata, vanishes, or turns round."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from xaikit.core.errors import AbsentError
from xaikit.core.evidence import JOIN, Evidence
from xaikit.stats import rates, stratified
from xaikit.stats.intervals import wilson
from xaikit.stats.resampling import effective_n
from xaikit.stats.stratified import Stratified
from xaikit.stats.table import Ints
from xaikit.stats.tally import Tally
from xaikit.stats.within import tables_by_stratum

SOURCE = "strata"
Plain = float | str | bool | None


def check(
    tally: Tally, rng: np.random.Generator, *, confidence: float = 0.95, simulations: int = 10_000
) -> Iterator[Evidence]:
    """Yield stratified comparisons of every group with the highest overall rate, when control features are declared.

    Rates of strata honour weights and clusters; the tests of Mantel–Haenszel and Breslow–Day are of people, and say
    so in `assumes`.

    Parameters
    ----------
    tally : Tally
        The counts, with strata.
    rng : numpy.random.Generator
        For the law of the best of k.
    confidence : float
        Of the intervals.
    simulations : int
        Of the law of the best of k within strata.

    Raises
    ------
    AbsentError
        When nobody was decided upon, or no control feature is declared.

    References
    ----------
    Mantel & Haenszel (1959), JNCI 22, 719–748; Breslow & Day (1980), p. 142; Bickel, Hammel & O'Connell (1975),
    Science 187, 398–404 (reversal under control); 29 CFR 1607.4(C).
    """
    if not tally.decided:
        raise AbsentError(SOURCE, "a table without decisions", "a decision column, or a model with a threshold")
    if not tally.control:
        raise AbsentError(SOURCE, "a table without strata", "roles.control")
    for view in tally.views:
        table = tally.table(*view)
        if len(table.groups) < 2 or table.selected.sum() == 0:
            continue
        x, n = rates.people(tally.strata(*view)[1])
        if len(view) == 1:
            yield from _by_stratum(tally, view[0], confidence)
        yield from (_marked(e, tally) for e in _pooled(JOIN.join(view), table.groups, x, n, confidence))
        yield from (_marked(e, tally) for e in _best_within(JOIN.join(view), table.groups, x, n, rng, simulations))


def _marked(e: Evidence, tally: Tally) -> Evidence:
    return replace(e, detail={**e.detail, **tally.assumption})


def _by_stratum(tally: Tally, feature: str, confidence: float) -> Iterator[Evidence]:
    for stratum, table in tables_by_stratum(tally, feature):
        rate, size = rates.selection_rate(table.mass), effective_n(table)
        low, high = wilson(np.nan_to_num(rate) * size, size, confidence)
        for g, group in enumerate(table.groups):
            about = {"sensitive": feature, "group": group, "stratum": stratum}
            detail: dict[str, int | float | str | bool | None] = {
                "selected": int(table.selected[g]),
                "confidence": confidence,
                "method": "Wilson",
            }
            if not table.independent:
                detail["effective_n"] = float(size[g])
            n = int(table.n[g])
            if np.isnan(rate[g]):
                because = "its rows have no weight"
                yield Evidence("selection_rate", None, None, None, n, "rate", about, SOURCE, because, detail)
                continue
            limits = float(low[g]), float(high[g])
            yield Evidence("selection_rate", float(rate[g]), *limits, n, "rate", about, SOURCE, "", detail)


def _pooled(feature: str, groups: tuple[str, ...], x: Ints, n: Ints, confidence: float) -> Iterator[Evidence]:
    overall = rates.ratio(x.sum(axis=0), n.sum(axis=0))
    ref = rates.best(overall)
    for g, group in enumerate(groups):
        if g == ref:
            continue
        found = stratified.mantel_haenszel(x[:, g], n[:, g], x[:, ref], n[:, ref], confidence)
        crude = float(rates.odds_ratio(x[:, g].sum(), n[:, g].sum(), x[:, ref].sum(), n[:, ref].sum()))
        about = {"sensitive": feature, "group": group, "reference": groups[ref]}
        yield from _measured(found, crude, about, int(n[:, g].sum()), confidence)


def _measured(
    found: Stratified, crude: float, about: dict[str, str], n: int, confidence: float
) -> Iterator[Evidence]:
    def evidence(measure: str, value: float, unit: str, because: str = "", **detail: Plain) -> Evidence:
        real = value if np.isfinite(value) else None
        if real is None:
            because = f"not defined over {found.strata} informative strata"
        limited = measure == "mantel_haenszel_or" and np.isfinite(found.low)
        low, high = (found.low, found.high) if limited else (None, None)
        return Evidence(measure, real, low, high, n, unit, about, SOURCE, because, {"strata": found.strata, **detail})

    reversal = bool(np.isfinite(found.odds_ratio) and found.odds_ratio > 1 > crude)
    because = (
        f"reversal under control: overall the odds of {about['group']} are {crude:.3g} times those of "
        f"{about['reference']}, within strata {found.odds_ratio:.3g} times"
        if reversal
        else ""
    )
    odds: dict[str, Plain] = {
        "crude_odds_ratio": crude if np.isfinite(crude) else None,
        "reversal": reversal,
        "confidence": confidence,
    }
    yield evidence("mantel_haenszel_or", found.odds_ratio, "ratio", because, **odds)
    yield evidence(
        "cmh_p", found.cmh_p, "p", statistic=_or_zero(found.cmh), method="continuity correction of one half"
    )
    yield evidence("breslow_day_p", found.breslow_day_p, "p", statistic=_or_zero(found.breslow_day), method="Tarone")


def _or_zero(value: float) -> float:
    return float(value) if np.isfinite(value) else 0.0


def _best_within(
    feature: str, groups: tuple[str, ...], x: Ints, n: Ints, rng: np.random.Generator, simulations: int
) -> Iterator[Evidence]:
    rate = stratified.standardised(x, n)
    test = stratified.stratified_best_of_k(x, n, rng, simulations)
    for g, group in enumerate(groups):
        about = {"sensitive": feature, "group": group}
        value = float(rate[g]) if np.isfinite(rate[g]) else None
        because = "" if value is not None else "the group is in no stratum"
        size = int(n[:, g].sum())
        detail = {"method": "direct standardisation to the strata of all people"}
        yield Evidence("standardised_selection_rate", value, None, None, size, "rate", about, SOURCE, because, detail)
        if g != test.best:
            more = {**about, "reference": groups[test.best]}
            law: dict[str, str | int] = {
                "method": "step-down maximum of signed CMH z",
                "simulations": test.simulations,
            }
            p = float(test.p[g])
            yield Evidence("stratified_best_of_k_p", p, None, None, size, "p", more, SOURCE, "", law)
