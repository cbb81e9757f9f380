from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from xaikit.auditing.judge import judge
from xaikit.checks import funnel, periods
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import DataError, SpecError
from xaikit.io.profiles import load_profile
from xaikit.stats.drift import drift


def sample(rng, months=8, n=200, change=None, slope=0.0):
    rows = []
    for t in range(months):
        for sex in ("F", "M"):
            rate = 0.5
            if sex == "F":
                rate -= slope * t + (0.25 if change is not None and t >= change else 0)
            day = pd.Timestamp("2026-01-15") + pd.DateOffset(months=t)
            rows += [(sex, day, int(rng.random() < rate)) for _ in range(n)]
    return pd.DataFrame(rows, columns=["sex", "day", "hired"])


def measured(data, **parameters):
    decisions = Decisions.of(data, Roles(decision="hired", sensitive=("sex",)))
    return list(periods.check(decisions, np.random.default_rng(0), **parameters))


def one(found, measure, **about):
    (e,) = [e for e in found if e.measure == measure and all(e.about.get(k) == v for k, v in about.items())]
    return e


def test_rates_of_every_month():
    data = sample(np.random.default_rng(0))
    found = measured(data, column="day")
    march = data[data.day.dt.month == 3]
    e = one(found, "selection_rate", group="F", period="2026-03")
    assert e.value == pytest.approx(march.hired[march.sex == "F"].mean())
    assert len({x.about["period"] for x in found if "period" in x.about}) == 8
    assert len({x.id for x in found}) == len(found)
    quarterly = measured(data, column="day", every="Q")
    assert {x.about["period"] for x in quarterly if "period" in x.about} == {"2026Q1", "2026Q2", "2026Q3"}


def test_a_change_is_dated():
    found = measured(sample(np.random.default_rng(1), change=5), column="day")
    change = one(found, "drift_change_p")
    assert change.value < 0.001
    assert change.detail["first_period_after"] == "2026-06"
    assert one(found, "drift_heterogeneity_p").value < 0.01


def test_a_trend_is_found():
    found = measured(sample(np.random.default_rng(2), slope=0.04), column="day")
    trend = one(found, "drift_trend_p")
    assert trend.value < 0.001
    assert trend.detail["log_odds_ratio_a_period"] < 0


def test_steady_comparisons_keep_the_level_of_all_three_tests():
    rng = np.random.default_rng(3)
    n = np.full(6, 150)
    found = [drift(rng.binomial(n, 0.4), n, rng.binomial(n, 0.5), n, rng, 400) for _ in range(400)]
    for name in ("heterogeneity_p", "trend_p", "change_p"):
        assert np.mean([getattr(d, name) < 0.05 for d in found]) <= 0.085, name


def test_periods_may_be_numbers_and_gaps_are_said():
    data = sample(np.random.default_rng(0), 3).assign(day=lambda d: d.day.dt.month)
    data = data[~((data.sex == "F") & (data.day == 2))]
    found = measured(data, column="day")
    gap = one(found, "selection_rate", group="F", period="2")
    assert gap.value is None
    assert "nobody" in gap.because


@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        ("dya", SpecError, "Did you mean 'day'"),
        ("sex", DataError, "period column 'sex'"),
    ],
)
def test_what_is_no_period_is_named(column, error, message):
    with pytest.raises(error, match=message):
        measured(sample(np.random.default_rng(0), 2, 5), column=column)


def test_a_day_is_that_of_the_clock_where_it_was_noted():
    at = pd.Series([pd.Timestamp("2026-01-01 00:30", tz="Europe/Berlin")] * 2)
    data = pd.DataFrame({"sex": ["F", "M"], "hired": [1, 0], "day": at})
    assert {e.about["period"] for e in measured(data, column="day") if "period" in e.about} == {"2026-01"}


def test_what_is_no_date_is_named_with_its_row():
    data = pd.DataFrame({"sex": ["F", "M", "F"], "hired": [1, 0, 1], "day": ["2026-01-01", " ", "soon"]})
    with pytest.raises(DataError, match=r"period column 'day': got 'soon' in row 3; expected dates"):
        measured(data, column="day")


def test_numbers_among_dates_are_none():
    data = pd.DataFrame({"sex": ["F", "M"], "hired": [1, 0], "day": pd.Series(["2026-01-01", 2.5], dtype=object)})
    with pytest.raises(DataError, match=r"got '2.5' in row 2; expected dates"):
        measured(data, column="day")
    zones = pd.Series(["2026-01-01T00:30+01:00", "2026-06-01T00:30+02:00"])
    with pytest.raises(DataError, match="several time zones"):
        measured(data.assign(day=zones), column="day")


def test_periods_may_be_decimals():
    data = pd.DataFrame({"sex": ["F", "M"] * 2, "hired": [1, 0, 0, 1], "day": [Decimal(2), Decimal(1)] * 2})
    assert {e.about["period"] for e in measured(data, column="day") if "period" in e.about} == {"1", "2"}


def test_years_beside_gaps_keep_their_names():
    data = sample(np.random.default_rng(0), 2, 5).assign(day=lambda d: 2020.0 + d.day.dt.month)
    data.loc[0, "day"] = None
    assert {e.about["period"] for e in measured(data, column="day") if "period" in e.about} == {"2021", "2022"}


def test_single_periods_are_not_judged():
    findings = judge([load_profile("us_ugesp")], measured(sample(np.random.default_rng(0)), column="day"), ())
    assert not any(f.about for f in findings)


def applicants():
    rng = np.random.default_rng(0)
    n = 2000
    data = pd.DataFrame({"sex": rng.choice(["F", "M"], n)})
    data["screened"] = (rng.random(n) < np.where(data.sex == "F", 0.4, 0.6)).astype(float)
    data["interviewed"] = np.where(data.screened == 1, rng.random(n) < 0.5, np.nan)
    data["hired"] = np.where(data.interviewed == 1, rng.random(n) < 0.5, 0.0)
    return data


def funnelled(data, stages=("screened", "interviewed", "hired")):
    decisions = Decisions.of(data, Roles(decision="hired", sensitive=("sex",)))
    return list(funnel.check(decisions, np.random.default_rng(0), stages=list(stages)))


def test_bottom_line_first_then_the_stage_that_makes_the_gap():
    data = applicants()
    found = funnelled(data)
    assert found[0].about["stage"] == "bottom line"
    bottom = one(found, "impact_ratio", group="F", stage="bottom line")
    parts = [one(found, "impact_ratio", group="F", stage=s) for s in ("screened", "interviewed", "hired")]
    assert sum(p.detail["share_of_the_bottom_line"] for p in parts) == pytest.approx(1)
    assert parts[0].detail["share_of_the_bottom_line"] > 0.6
    assert parts[0].detail["best_of_k_p"] < 0.001
    women = data[data.sex == "F"]
    assert bottom.value == pytest.approx(women.hired.mean() / data[data.sex == "M"].hired.mean())
    reached = women[women.screened == 1]
    assert one(found, "selection_rate", group="F", stage="interviewed").value == pytest.approx(
        reached.interviewed.mean()
    )
    assert one(found, "selection_rate", group="F", stage="interviewed").n == len(reached)


def test_nobody_passes_a_stage_without_the_one_before():
    data = applicants()
    row = int(np.flatnonzero(data.screened == 0)[0])
    data.loc[row, "interviewed"] = 1.0
    with pytest.raises(DataError, match=rf"stage 'interviewed', row {row + 1}.*'screened' passed before"):
        funnelled(data)


def test_stages_that_are_not_there():
    with pytest.raises(SpecError, match="Did you mean 'screened'"):
        funnelled(applicants(), ("screend", "hired"))
    with pytest.raises(SpecError, match="an empty list"):
        funnelled(applicants(), ())
