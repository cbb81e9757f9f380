import numpy as np
import pandas as pd
import pytest

from tests.oracles.fairness import LL144_RACE, LL144_SEX, berkeley, decisions_of
from xaikit.checks import representation, selection_rate, strata
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import AbsentError, SpecError
from xaikit.stats.tally import Tally


def measured(decisions, check=selection_rate.check, **parameters):
    tally = decisions if isinstance(decisions, Tally) else Tally.of(decisions)
    found = {}
    for e in check(tally, np.random.default_rng(0), **parameters):
        assert e.id not in found
        found[e.id] = e
    return found


def of(found, measure, **about):
    return [e for e in found.values() if e.measure == measure and all(e.about.get(k) == v for k, v in about.items())]


def one(found, measure, **about):
    (e,) = of(found, measure, **about)
    return e


def frame(**columns):
    return pd.DataFrame(columns)


def test_local_law_144_example_by_sex():
    found = measured(decisions_of(LL144_SEX, "sex"))
    ratio = one(found, "impact_ratio", group="Female")
    assert ratio.value == pytest.approx(0.979, abs=5e-4)
    assert ratio.about["reference"] == "Male"
    assert ratio.detail["below_four_fifths"] is False
    itself = one(found, "selection_rate_difference", group="Male")
    assert (itself.value, itself.low, itself.high) == (0, 0, 0)
    assert one(found, "z", group="Female").value == pytest.approx(-0.502, abs=5e-4)
    assert one(found, "selection_rate", group="Male").value == pytest.approx(0.48, abs=5e-4)


def test_local_law_144_example_by_race():
    found = measured(decisions_of(LL144_RACE, "race"))
    expected = {
        "Hispanic or Latino": 0.97,
        "Black or African American": 0.84,
        "Asian": 0.95,
        "Two or More Races": 0.87,
    }
    expected |= {"Native Hawaiian or Pacific Islander": 0.85, "Native American or Alaska Native": 0.85, "White": 1.0}
    for group, ratio in expected.items():
        assert one(found, "impact_ratio", group=group).value == pytest.approx(ratio, abs=5e-3)
    black = {m: one(found, m, group="Black or African American") for m in ("z", "fisher_p", "best_of_k_p")}
    assert black["z"].value == pytest.approx(-2.623, abs=5e-4)
    assert black["fisher_p"].value == pytest.approx(0.00943, abs=5e-6)
    assert black["best_of_k_p"].value > black["fisher_p"].value  # the comparator was chosen by looking


def test_a_small_category_may_be_left_out_of_the_ratios_but_keeps_its_rate():
    found = measured(decisions_of(LL144_RACE, "race"), min_share=0.02)
    small = one(found, "impact_ratio", group="Native American or Alaska Native")
    assert small.value is None
    assert "1.6 %" in small.because
    assert one(found, "selection_rate", group="Native American or Alaska Native").n == 41
    assert one(found, "impact_ratio", group="Asian").value == pytest.approx(0.95, abs=5e-3)


def test_one_person_reverses_it():
    found = measured(decisions_of({"F": (1, 10), "M": (3, 20)}))
    ratio = one(found, "impact_ratio", group="F")
    assert ratio.value == pytest.approx(2 / 3)
    assert ratio.detail["below_four_fifths"] is True
    assert ratio.detail["one_person_reverses_direction"] is True
    assert one(found, "fisher_p", group="F").value == 1.0
    assert one(found, "best_of_k_p", group="F").value > 0.5


def test_people_short_of_parity_and_of_four_fifths():
    found = measured(decisions_of({"F": (45, 100), "M": (60, 100)}))
    short = one(found, "shortfall", group="F")
    assert short.value == pytest.approx(15)
    assert short.detail["to_four_fifths"] == pytest.approx(3)


def test_unknown_people_stand_beside_and_their_bounds_are_given():
    data = frame(sex=["F"] * 10 + ["M"] * 10 + [None] * 4, hired=[1] * 4 + [0] * 6 + [1] * 6 + [0] * 4 + [1, 1, 0, 0])
    found = measured(Decisions.of(data, Roles(decision="hired", sensitive=("sex",))))
    unknown = one(found, "selection_rate", group="unknown")
    assert (unknown.value, unknown.n) == (0.5, 4)
    assert not of(found, "impact_ratio", group="unknown")
    bounds = one(found, "impact_ratio_bounds", group="F")
    assert bounds.value == pytest.approx(4 / 6)
    assert bounds.low == pytest.approx((4 / 12) / (8 / 12))
    assert bounds.high == pytest.approx((6 / 12) / (6 / 12))
    assert bounds.detail["unknown"] == 4


def test_a_declared_reference_is_compared_with_holm_beside_the_best():
    counts = {"A": (300, 1000), "B": (240, 1000), "C": (330, 1000)}
    found = measured(decisions_of(counts, "race"), reference={"race": "A"})
    declared = one(found, "impact_ratio", group="B", comparator="declared")
    best = [e for e in of(found, "impact_ratio", group="B") if "comparator" not in e.about]
    assert declared.value == pytest.approx(0.8)
    assert declared.about["reference"] == "A"
    assert best[0].about["reference"] == "C"
    assert best[0].value == pytest.approx(240 / 330)
    assert one(found, "impact_ratio", group="C", comparator="declared").value == pytest.approx(1.1)
    assert one(found, "holm_p", group="B").value == pytest.approx(
        2 * one(found, "fisher_p", group="B", comparator="declared").value
    )


@pytest.mark.parametrize(
    ("reference", "hint"), [({"rase": "A"}, "Did you mean 'race'"), ({"race": "Aa"}, "Did you mean 'A'")]
)
def test_a_reference_that_is_not_there_is_named(reference, hint):
    decisions = decisions_of({"A": (3, 10), "B": (2, 10)}, "race")
    with pytest.raises(SpecError, match=hint):
        measured(decisions, reference=reference)


def test_one_group_only():
    found = measured(decisions_of({"F": (3, 10)}))
    ratio = one(found, "impact_ratio")
    assert ratio.value is None
    assert "only one group" in ratio.because


def test_nobody_selected():
    found = measured(decisions_of({"F": (0, 10), "M": (0, 10)}))
    assert [e.value for e in of(found, "selection_rate")] == [0, 0]
    assert all(e.value is None and "nobody was selected" in e.because for e in of(found, "impact_ratio"))


def test_everybody_selected():
    found = measured(decisions_of({"F": (10, 10), "M": (12, 12)}))
    assert one(found, "impact_ratio", group="M").value == 1
    assert one(found, "fisher_p").value == 1
    assert one(found, "odds_ratio").value is None
    assert one(found, "phi").value is None


def test_nobody_of_one_group_selected():
    found = measured(decisions_of({"F": (0, 30), "M": (15, 30)}))
    ratio = one(found, "impact_ratio", group="F")
    assert (ratio.value, ratio.low) == (0, 0)
    assert 0 < ratio.high < 0.5
    assert one(found, "best_of_k_p", group="F").value < 0.001


def test_five_people():
    found = measured(decisions_of({"F": (1, 5), "M": (50, 100)}))
    assert one(found, "minimum_detectable_ratio", group="F").value is None or (
        one(found, "minimum_detectable_ratio", group="F").value < 0.3
    )
    assert one(found, "impact_ratio", group="F").high == pytest.approx(1, abs=1e-9)


def test_no_known_group():
    data = frame(sex=[None, None, ""], hired=[1, 0, 1])
    found = measured(Decisions.of(data, Roles(decision="hired", sensitive=("sex",))))
    assert one(found, "selection_rate").about["group"] == "unknown"
    assert not of(found, "impact_ratio")


def test_a_table_of_scores_alone_is_not_for_this_check():
    data = frame(sex=["F", "M"], score=[0.1, 0.2])
    with pytest.raises(AbsentError, match="without decisions"):
        measured(Decisions.of(data, Roles(score="score", sensitive=("sex",))))


def test_weights_make_the_rates():
    data = frame(sex=["F", "F", "M", "M"] * 25, hired=[1, 0, 1, 0] * 25, w=[3.0, 1.0, 1.0, 1.0] * 25)
    found = measured(Decisions.of(data, Roles(decision="hired", sensitive=("sex",), weight="w")))
    assert one(found, "selection_rate", group="F").value == pytest.approx(0.75)
    assert one(found, "selection_rate", group="F").detail["effective_n"] == pytest.approx(40)
    ratio = one(found, "impact_ratio", group="M")
    assert ratio.value == pytest.approx(2 / 3)
    assert ratio.detail["below_four_fifths"] is True  # by weight; by head both are selected alike
    assert "weights" in one(found, "impact_ratio_bounds", group="M").because


def test_a_test_that_takes_rows_for_independent_says_so_where_they_are_not():
    data = frame(sex=["F", "M"] * 50, hired=[1, 0, 1, 1] * 25, job=list(range(20)) * 5, dept=["u", "v"] * 50)
    data["dept"] = ["u"] * 50 + ["v"] * 50
    plain = Roles(decision="hired", sensitive=("sex",), control=("dept",))
    grouped = Roles(decision="hired", sensitive=("sex",), control=("dept",), cluster="job")
    for roles, wanted in ((plain, False), (grouped, True)):
        tally = Tally.of(Decisions.of(data, roles))
        found = {**measured(tally), **measured(tally, strata.check)}
        for measure in ("fisher_p", "z", "chi2_p", "cmh_p", "mantel_haenszel_or"):
            assert ("assumes" in of(found, measure)[0].detail) == wanted, measure
        assert "assumes" not in of(found, "best_of_k_p")[0].detail


def test_everything_is_a_number_or_says_why_not():
    data = frame(a=list("xyz") * 5, b=list("pqrst") * 3, hired=[1] + [0] * 14, dept=list("uvw") * 5)
    roles = Roles(decision="hired", sensitive=("a", "b"), control=("dept",))
    tally = Tally.of(Decisions.of(data, roles))
    every = [*measured(tally).values(), *measured(tally, strata.check).values()]
    for e in every:
        assert e.value is None or np.isfinite(e.value)
        assert e.value is not None or e.because
        assert e.low is None or e.high is None or e.low <= e.value <= e.high
        assert all(v is None or isinstance(v, (str, bool, int)) or np.isfinite(v) for v in e.detail.values())


def test_same_seed_same_evidence():
    decisions = decisions_of(LL144_RACE, "race")
    assert measured(decisions) == measured(decisions)


def test_berkeley_turns_round_within_departments():
    roles = Roles(decision="admit", sensitive=("gender",), control=("dept",))
    tally = Tally.of(Decisions.of(berkeley(), roles))
    overall = measured(tally)
    assert one(overall, "impact_ratio", group="Female").value == pytest.approx(0.682, abs=5e-4)
    assert one(overall, "z", group="Female").value == pytest.approx(-9.60, abs=5e-3)
    within = measured(tally, strata.check)
    pooled = one(within, "mantel_haenszel_or")
    assert pooled.value == pytest.approx(1.105, abs=5e-4)
    assert pooled.detail["reversal"] is True
    assert "reversal under control" in pooled.because
    assert one(within, "cmh_p").value == pytest.approx(0.232, abs=5e-4)
    assert one(within, "breslow_day_p").value == pytest.approx(0.002, abs=1e-4)
    assert one(within, "selection_rate", group="Female", stratum="A").value == pytest.approx(89 / 108)


def test_representation_counts_the_unknown():
    data = frame(sex=["F", "F", "M", None], hired=[1, 0, 1, 0])
    tally = Tally.of(Decisions.of(data, Roles(decision="hired", sensitive=("sex",))))
    found = {e.about["group"]: e for e in representation.check(tally)}
    assert {g: e.value for g, e in found.items()} == {"F": 0.5, "M": 0.25, "unknown": 0.25}
    assert found["F"].detail["share_of_known"] == pytest.approx(2 / 3)


def test_the_unknown_have_a_rate_by_weight_too():
    data = frame(sex=["F", "M", None, None], hired=[1, 0, 1, 0], w=[1.0, 1.0, 3.0, 1.0])
    found = measured(Decisions.of(data, Roles(decision="hired", sensitive=("sex",), weight="w")))
    unknown = one(found, "selection_rate", group="unknown")
    assert unknown.value == pytest.approx(0.75)
    assert unknown.detail["effective_n"] == pytest.approx(16 / 10)
    assert unknown.low <= 0.75 <= unknown.high
    nothing = data.assign(w=[1.0, 1.0, 0.0, 0.0])
    found = measured(Decisions.of(nothing, Roles(decision="hired", sensitive=("sex",), weight="w")))
    assert one(found, "selection_rate", group="unknown").value is None
