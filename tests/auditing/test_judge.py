import numpy as np
import pandas as pd
import pytest

from tests.oracles.fairness import LL144_RACE, LL144_SEX, berkeley, decisions_of
from xaikit.auditing.judge import judge
from xaikit.checks import representation, selection_rate, strata
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.evidence import Criterion, Evidence, Profile, Verdict, overall
from xaikit.core.result import Step
from xaikit.io.profiles import load_profile, profile_names
from xaikit.stats.tally import Tally


def profile(*criteria):
    return Profile("p", "P", "", "in force", "", "§", "house", "", "", "", tuple(criteria))


def criterion(rule, measure="m", **more):
    return Criterion("C", "c", "p", rule, measure, **more)


def verdicts(decisions, names=("us_ugesp",), checks=(selection_rate.check,), **parameters):
    tally = Tally.of(decisions)
    evidence = [e for check in checks for e in check(tally, np.random.default_rng(0), **parameters)]
    evidence += representation.check(tally)
    findings = judge([load_profile(n) for n in names], evidence, [Step("checks", "selection_rate", "ran")])
    return {(f.criterion.id, f.about.get("group", "")): f for f in findings}, findings


def rate(decisions, group, **more):
    return verdicts(decisions, **more)[0]["UG-4D-rate", group]


def test_below_and_significant_fails_in_plain_words():
    f = rate(decisions_of({"Women": (1240, 16192), "Men": (11636, 32650)}, "sex"), "Women")
    assert f.verdict is Verdict.FAIL
    assert f.because.startswith(
        "Women: selected at 7.7 % (1240 of 16192) against 35.6 % of Men (11636 of 32650): ratio 0.215 (95 %"
    )
    assert "below four fifths; adjusted p < .001" in f.because
    assert f.numbers["ratio"] == pytest.approx(0.2149, abs=1e-4)
    assert f.numbers["adjusted_p"] < 0.001
    assert f.numbers["naive_flag"] is True


def test_below_with_too_few_people_is_inconclusive_and_one_person_is_said():
    f = rate(decisions_of({"F": (1, 10), "M": (3, 20)}), "F")
    assert f.verdict is Verdict.INCONCLUSIVE
    assert "too few people to tell" in f.because
    assert "Selecting one different person would reverse the direction" in f.because


def test_not_below_but_significant_is_inconclusive_with_its_size():
    f = rate(decisions_of({"F": (8500, 10000), "M": (9000, 10000)}), "F")
    assert f.verdict is Verdict.INCONCLUSIVE
    assert "not by chance either" in f.because
    assert "Cohen's h 0.152, 500 people short of parity" in f.because
    assert f.numbers["naive_flag"] is False


def test_not_below_and_would_have_been_noticed_passes():
    f = rate(decisions_of({"F": (5010, 10000), "M": (5050, 10000)}), "F")
    assert f.verdict is Verdict.PASS
    assert "would have been noticed" in f.because
    assert f.numbers["minimum_detectable_ratio"] > 0.8


def test_not_below_with_too_few_people_is_insufficient_evidence():
    f = rate(decisions_of({"F": (9, 20), "M": (10, 20)}), "F")
    assert f.verdict is Verdict.INCONCLUSIVE
    assert "insufficient evidence" in f.because


def test_everybody_selected_among_few_people_is_no_proof():
    assert rate(decisions_of({"F": (10, 10), "M": (10, 10)}), "M").verdict is Verdict.INCONCLUSIVE
    assert rate(decisions_of({"F": (400, 400), "M": (400, 400)}), "M").verdict is Verdict.PASS


def test_exactly_four_fifths_is_not_below():
    for x, n, x_ref, n_ref in ((48, 100, 60, 100), (24, 100, 30, 100), (4, 25, 5, 25)):
        f = rate(decisions_of({"F": (x, n), "M": (x_ref, n_ref)}), "F")
        assert f.numbers["naive_flag"] is False
        assert "not below four fifths" in f.because


def test_the_law_example_does_not_fail():
    """The naive flag is down, one group is significant alone, none is once the best of seven is accounted for."""
    _, findings = verdicts(decisions_of(LL144_RACE, "race"))
    assert overall(findings) is Verdict.INCONCLUSIVE
    black = rate(decisions_of(LL144_RACE, "race"), "Black or African American")
    assert black.numbers["fisher_p"] < 0.05 < black.numbers["adjusted_p"]
    assert rate(decisions_of(LL144_SEX, "sex"), "Female").verdict is Verdict.PASS


def test_a_handful_with_the_highest_rate_makes_no_failure():
    f = rate(decisions_of({"a": (640, 1000), "b": (700, 1000), "c": (3, 3)}), "a")
    assert f.numbers["naive_flag"] is True
    assert f.numbers["adjusted_p"] < 0.05
    assert f.numbers["most_clearly_above"] == "b"
    assert f.verdict is Verdict.INCONCLUSIVE
    assert "the highest rate rests on few people" in f.because
    worse = rate(decisions_of({"a": (400, 1000), "b": (700, 1000), "c": (3, 3)}), "a")
    assert worse.verdict is Verdict.FAIL
    assert "most clearly against b (1000 people): ratio 0.571" in worse.because


def test_the_reversal_at_berkeley_is_named_in_the_finding():
    roles = Roles(decision="admit", sensitive=("gender",), control=("dept",))
    by, _ = verdicts(Decisions.of(berkeley(), roles), checks=(selection_rate.check, strata.check))
    f = by["UG-4D-rate", "Female"]
    assert f.verdict is Verdict.FAIL
    assert "Within the declared strata the difference turns round: odds ratio 1.11, CMH p = .23" in f.because


def test_unknown_people_are_never_judged_but_their_weight_is_said():
    data = pd.DataFrame(
        {
            "sex": ["F"] * 100 + ["M"] * 100 + [None] * 30,
            "hired": [1] * 45 + [0] * 55 + [1] * 50 + [0] * 50 + [1, 0] * 15,
        }
    )
    by, findings = verdicts(
        Decisions.of(data, Roles(decision="hired", sensitive=("sex",))), ("us_ugesp", "nyc_ll144")
    )
    assert not any(f.about.get("group") == "unknown" and f.criterion.rule == "adverse_impact" for f in findings)
    assert "30 people of unknown group could move the ratio to anything from" in by["UG-4D-rate", "F"].because
    assert by["LL-301b5", ""].verdict is Verdict.PASS


def test_the_best_group_is_not_judged():
    f = rate(decisions_of({"F": (8, 20), "M": (10, 20)}), "M")
    assert f.verdict is Verdict.NOT_APPLICABLE
    assert "highest rate" in f.because


def test_a_declared_reference_is_judged_by_a_criterion_that_asks_for_it():
    c = Criterion(
        "D",
        "d",
        "p",
        "adverse_impact",
        "impact_ratio",
        about={"comparator": "declared"},
        bounds={"ratio": 0.8, "alpha": 0.05},
    )
    tally = Tally.of(decisions_of({"A": (500, 1000), "B": (300, 1000), "C": (600, 1000)}, "race"))
    evidence = list(selection_rate.check(tally, np.random.default_rng(0), reference={"race": "A"}))
    found = {f.about["group"]: f for f in judge([profile(c)], evidence, ())}
    assert found["B"].verdict is Verdict.FAIL
    assert "against 50.0 % of A" in found["B"].because
    assert found["A"].verdict is Verdict.NOT_APPLICABLE
    assert len(found) == 3


@pytest.mark.parametrize("name", profile_names())
def test_silence_shows(name):
    """A finding for every criterion, with no evidence at all."""
    criteria = load_profile(name).criteria
    findings = judge([load_profile(name)], (), ())
    assert [f.criterion.id for f in findings] == [c.id for c in criteria]
    assert all(f.verdict is Verdict.NOT_APPLICABLE and f.because for f in findings)
    assert all(f.open == (f.criterion.rule == "question") for f in findings)


def test_the_fate_of_the_check_is_the_fate_of_the_criterion():
    c = criterion("reported", "selection_rate", check="selection_rate")
    (failed,) = judge([profile(c)], (), [Step("checks", "selection_rate", "failed", 0, "boom")])
    assert failed.verdict is Verdict.ERROR
    assert "boom" in failed.because
    (skipped,) = judge([profile(c)], (), [Step("checks", "selection_rate", "skipped", 0, "needs tally")])
    assert (skipped.verdict, "needs tally" in skipped.because) == (Verdict.NOT_APPLICABLE, True)
    (silent,) = judge([profile(c)], (), ())
    assert "did not run" in silent.because


@pytest.mark.parametrize(
    ("value", "low", "high", "bounds", "verdict"),
    [
        (0.2, None, None, {"fail_above": 0.1}, Verdict.FAIL),
        (0.1, None, None, {"fail_above": 0.1}, Verdict.PASS),
        (0.05, None, None, {"fail_above": 0.1, "inconclusive_above": 0.01}, Verdict.INCONCLUSIVE),
        (0.2, 0.05, 0.3, {"fail_above": 0.1}, Verdict.FAIL),
        (0.2, 0.05, 0.3, {"fail_above": 0.1, "interval": 1}, Verdict.INCONCLUSIVE),
        (0.2, 0.15, 0.3, {"fail_above": 0.1, "interval": 1}, Verdict.FAIL),
        (-0.1, -0.2, -0.05, {"fail_below": 0, "interval": 1}, Verdict.FAIL),
        (0.1, -0.2, 0.4, {"fail_below": 0, "interval": 1}, Verdict.INCONCLUSIVE),
        (0.1, 0.05, 0.4, {"fail_below": 0, "interval": 1}, Verdict.PASS),
        (0.9, None, None, {"inconclusive_below": 0.95}, Verdict.INCONCLUSIVE),
        (None, None, None, {"fail_above": 0.1}, Verdict.NOT_APPLICABLE),
    ],
)
def test_bounds_by_point_and_by_interval(value, low, high, bounds, verdict):
    e = Evidence(
        "m", value, low, high, 10, about={"explanation": "shapley"}, because="" if value else "no such thing"
    )
    (f,) = judge([profile(criterion("bound", bounds=bounds))], [e], ())
    assert f.verdict is verdict
    assert "explanation: shapley" in f.because
    assert f.evidence == (e.id,)


def test_too_few_rows_are_not_judged():
    e = Evidence("m", 0.9, n=10)
    (f,) = judge([profile(criterion("bound", bounds={"fail_above": 0.1}, min_n=11))], [e], ())
    assert f.verdict is Verdict.NOT_APPLICABLE


def test_explanations_are_judged_by_the_house_criteria():
    trust = load_profile("explanation_trust")
    about = {"explanation": "shapley"}

    def found(**values):
        evidence = [Evidence(m, *v, about=about) for m, v in values.items()]
        return {f.criterion.id: f.verdict for f in judge([trust], evidence, ())}

    good = found(
        completeness_residual=(0.001,), converged_share=(1.0,), deletion_advantage=(0.4, 0.3, 0.5),
        insertion_advantage=(0.4, 0.3, 0.5), seed_distance=(0.05, 0.04, 0.06),
        randomisation_similarity=(0.2, 0.1, 0.3), background_p=(0.3,), twin_disagreement=(0.05, 0.02, 0.07),
        small_change_excess=(0.1, 0.0, 0.3), method_rank_correlation=(0.8, 0.4, 0.9), repeat_decisions_changed=(0.0,),
    )  # fmt: skip
    assert set(good.values()) == {Verdict.PASS}
    bad = found(
        completeness_residual=(0.2,), converged_share=(0.5,), deletion_advantage=(-0.4, -0.5, -0.3),
        insertion_advantage=(0.0, -0.1, 0.1), seed_distance=(0.6, 0.5, 0.7),
        randomisation_similarity=(0.95, 0.9, 1.0), background_p=(0.001,), twin_disagreement=(0.2, 0.15, 0.25),
        small_change_excess=(0.6, 0.4, 0.8), method_rank_correlation=(-0.2, -0.4, 0.1),
        repeat_decisions_changed=(0.02,),
    )  # fmt: skip
    open_ones = {"XT-converged", "XT-insertion", "XT-manipulation", "XT-methods"}
    assert {c for c, v in bad.items() if v is Verdict.INCONCLUSIVE} == open_ones
    assert {c for c, v in bad.items() if v is Verdict.FAIL} == set(bad) - open_ones


def test_intersections_and_single_features_are_read_apart():
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"sex": rng.choice(["F", "M"], 400), "race": rng.choice(["A", "B"], 400)})
    data["hired"] = rng.integers(0, 2, 400)
    by, _ = verdicts(Decisions.of(data, Roles(decision="hired", sensitive=("sex", "race"))))
    single = {g for c, g in by if c == "UG-4D-rate"}
    crossed = {g for c, g in by if c == "UG-4D-rate-x"}
    assert single == {"F", "M", "A", "B"}
    assert crossed == {"F×A", "F×B", "M×A", "M×B"}
