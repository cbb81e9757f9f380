"""The funnel against loops over applicants: stages with gaps, groups that are gone, weights, clusters."""

import math

import numpy as np
import pandas as pd
import pytest

from xaikit.checks.funnel import check
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import DataError

STAGES = ["screened", "met", "hired"]


def applicants(n=900, seed=0):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"race": rng.choice(["a", "b", "c", None], n, p=[0.5, 0.3, 0.15, 0.05])})
    data["sex"] = rng.choice(["f", "m"], n)
    passed = np.ones(n, bool)
    for k, stage in enumerate(STAGES):
        came = passed
        passed = came & (rng.random(n) < 0.8 - 0.2 * k * (data.race == "b") - 0.1 * (data.sex == "f"))
        data[stage] = np.where(came, passed.astype(float), np.nan)
    data["w"], data["who"] = rng.integers(1, 4, n).astype(float), rng.integers(0, n // 3, n)
    return data


def found(data, stages=STAGES, favourable=1, **roles):
    asked = Roles(sensitive=("race", "sex"), favourable=favourable, **roles)
    decisions = Decisions.of(data, asked, selected=np.ones(len(data), bool))
    quick = {"replicates": 300, "simulations": 300}
    return list(check(decisions, np.random.default_rng(0), stages=list(stages), **quick))


def by(evidence, measure, **about):
    return {e.about["group"]: e for e in evidence if e.measure == measure and {**e.about, **about} == dict(e.about)}


def counted(data, column, weight=None):
    """Selected and all of each group at each stage, one applicant after the other."""
    out = {}
    for row in data.to_dict("records"):
        if row[column] is None or row[column] != row[column]:
            continue
        w = 1.0 if weight is None else row[weight]
        came = True
        for stage in STAGES:
            if came:
                x, n = out.get((stage, row[column]), (0.0, 0.0))
                came = row[stage] == 1
                out[stage, row[column]] = (x + w * came, n + w)
        x, n = out.get(("bottom line", row[column]), (0.0, 0.0))
        out["bottom line", row[column]] = (x + w * came, n + w)
    return out


@pytest.mark.parametrize("weight", [None, "w"])
def test_rates_and_ratios_are_those_of_a_loop(weight):
    data = applicants()
    evidence = found(data, **({"weight": weight} if weight else {}))
    expected = counted(data, "race", weight)
    assert {s for s, _ in expected} == {"bottom line", *STAGES}
    for stage in ("bottom line", *STAGES):
        rates = by(evidence, "selection_rate", sensitive="race", stage=stage)
        assert set(rates) == {"a", "b", "c"}, "whose race is unknown is no group"
        best = max(expected[stage, g][0] / expected[stage, g][1] for g in rates)
        for group, e in rates.items():
            x, n = expected[stage, group]
            assert e.value == pytest.approx(x / n)
            assert e.low <= e.value <= e.high
        for group, e in by(evidence, "impact_ratio", sensitive="race", stage=stage).items():
            assert e.value == pytest.approx(expected[stage, group][0] / expected[stage, group][1] / best)


def test_the_stages_add_up_to_the_bottom_line_for_every_group():
    data = applicants()
    evidence = found(data)
    counts = counted(data, "race")
    final = {g: x / n for (s, g), (x, n) in counts.items() if s == "bottom line"}
    best = max(final, key=lambda g: final[g])
    for group in set(final) - {best}:
        parts = []
        for stage in STAGES:
            mine, theirs = (counts[stage, g][0] / counts[stage, g][1] for g in (group, best))
            part = by(evidence, "impact_ratio", sensitive="race", stage=stage)[group].detail[
                "share_of_the_bottom_line"
            ]
            assert part == pytest.approx(math.log(mine / theirs) / math.log(final[group] / final[best]))
            parts.append(part)
        assert sum(parts) == pytest.approx(1)


def test_a_group_of_whom_nobody_came_so_far_is_told():
    data = applicants()
    gone = data.race == "c"
    data.loc[gone, "screened"], data.loc[gone, ["met", "hired"]] = 0.0, np.nan
    evidence = found(data)
    for stage in ("met", "hired"):
        e = by(evidence, "selection_rate", sensitive="race", stage=stage)["c"]
        assert e.value is None
        assert e.n == 0
        assert e.because == "nobody of the group came so far"
        assert set(by(evidence, "impact_ratio", sensitive="race", stage=stage)) == {"a", "b"}
    assert by(evidence, "selection_rate", sensitive="race", stage="screened")["c"].value == 0


def test_a_group_without_weight_takes_no_ratio_from_the_others():
    data = applicants()
    data.loc[data.race == "c", "w"] = 0.0
    evidence = found(data, weight="w")
    assert by(evidence, "selection_rate", sensitive="race", stage="met")["c"].because == "its rows have no weight"
    for stage in ("bottom line", *STAGES):
        assert set(by(evidence, "impact_ratio", sensitive="race", stage=stage)) == {"a", "b"}


def test_clusters_widen_and_are_counted():
    data = applicants(300)
    data = pd.concat([data] * 6, ignore_index=True).assign(who=np.tile(np.arange(len(data)), 6))
    alone, together = found(data), found(data, cluster="who")
    for group, e in by(together, "selection_rate", sensitive="race", stage="screened").items():
        single = by(alone, "selection_rate", sensitive="race", stage="screened")[group]
        assert e.value == single.value
        assert (e.high - e.low) == pytest.approx(math.sqrt(6) * (single.high - single.low), rel=0.25)
        assert e.detail["effective_n"] == pytest.approx(e.n / 6, rel=0.15)


@pytest.mark.parametrize(
    ("yes", "no", "favourable"), [("yes", "no", "yes"), (True, False, True), ("1", "0", 1), (1, 0, "1")]
)
def test_stages_are_read_as_decisions_are(yes, no, favourable):
    data = applicants()
    worded = data.copy()
    for stage in STAGES:
        worded[stage] = data[stage].map({1.0: yes, 0.0: no}).astype(object).where(data[stage].notna(), None)
    plain, read = ({e.id: e.value for e in found(d, favourable=f)} for d, f in ((data, 1), (worded, favourable)))
    assert plain == read


def test_a_stage_whose_words_are_others_is_refused_and_not_failed_by_all():
    data = applicants()
    data["met"] = data.met.map({1.0: "passed", 0.0: "failed"})
    with pytest.raises(DataError, match=r"roles\.favourable for stage column 'met'.*'failed', 'passed'"):
        found(data)


def test_who_came_so_far_has_an_outcome():
    data = applicants()
    row = int(np.flatnonzero(data.screened == 1)[3])
    data.loc[row, ["met", "hired"]] = np.nan
    with pytest.raises(DataError, match=f"stage 'met', row {row + 1}.*no value"):
        found(data)
    data = applicants().assign(met=lambda t: t.met.astype(object).where(t.met.notna(), "  "))
    assert found(data), "blank is as missing, after a stage that was not passed"


def test_three_values_are_no_stage():
    data = applicants()
    data.loc[np.flatnonzero(data.screened == 1)[0], "met"] = 0.5
    with pytest.raises(DataError, match="3 different values"):
        found(data)


def test_nobody_passes_at_all():
    data = applicants().assign(screened=0.0, met=np.nan, hired=np.nan)
    evidence = found(data)
    assert {e.value for e in evidence if e.about["stage"] in ("bottom line", "screened")} == {0.0}
    assert not [e for e in evidence if e.measure == "impact_ratio"]
    assert all(e.value is None for e in evidence if e.about["stage"] in ("met", "hired"))
