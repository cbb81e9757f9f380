"""What is of one thing in two audits, also where the best group is another by now."""

import pytest

from tests.report.results import CALLBACKS, callbacks_result, judged, selection
from xaikit.auditing.compare import compare
from xaikit.auditing.matching import matched
from xaikit.core.evidence import Evidence, Verdict


def audit(white, black):
    counts = {"ethnicity": {"white": (2435, white), "black": (2435, black)}}
    evidence = tuple(selection(counts))
    return callbacks_result(evidence=evidence, findings=judged(evidence))


def test_a_group_that_was_the_best_and_is_now_the_worst_is_found():
    found = compare(audit(235, 230), audit(120, 230))
    (one,) = found.compared
    assert one.after.about == {"sensitive": "ethnicity", "group": "white", "reference": "black"}
    assert one.before.about == one.after.about
    assert one.before.value == pytest.approx(235 / 230)
    assert one.outcome == "worsened"
    assert found.only_before == found.only_after == ()
    assert found.verdict is Verdict.FAIL


def test_a_pair_that_turns_round_without_more_of_a_gap_is_unchanged():
    found = compare(audit(235, 230), audit(230, 235))
    assert [c.outcome for c in found.compared] == ["unchanged"]
    assert found.turned == found.lost == ()
    assert found.verdict is Verdict.PASS


def test_the_pair_turned_round_has_the_reciprocal_limits():
    before, after = audit(235, 230), audit(120, 230)
    plain = next(e for e in before.measured("impact_ratio", group="black"))
    ((was, _, among),) = matched(before, after, {"impact_ratio"}, {"impact_ratio"}).both
    assert among == 1  # of two groups there is no other pair
    assert (was.value, was.low, was.high) == pytest.approx((1 / plain.value, 1 / plain.high, 1 / plain.low))


def test_a_third_group_that_becomes_the_best_is_not_listed_as_lost():
    def three(a, b, c):
        counts = {"race": {"a": (2000, a), "b": (2000, b), "c": (2000, c)}}
        evidence = tuple(selection(counts))
        return callbacks_result(evidence=evidence, findings=judged(evidence))

    found = compare(three(600, 500, 400), three(500, 400, 600))
    told = {(c.after.about["group"], c.after.about["reference"]) for c in found.compared}
    assert told == {("a", "c"), ("b", "c")}
    assert found.only_before == ()
    assert found.lost == ()


def test_a_criterion_that_is_no_longer_judged_is_lost():
    before = audit(235, 157)
    after = callbacks_result(evidence=before.evidence, findings=())
    found = compare(before, after)
    assert {f.about["group"] for f in found.lost} == {"black"}
    assert found.verdict is Verdict.INCONCLUSIVE


def test_a_flip_is_of_one_pair_of_groups():
    def flip(reference):
        about = {"sensitive": "sex", "group": "f", "reference": reference}
        return callbacks_result(
            evidence=(Evidence("attribute_flip_to_favourable", 0.1, n=100, unit="rate", about=about),), findings=()
        )

    assert matched(flip("m"), flip("m"), {"attribute_flip_to_favourable"}, ()).both
    assert not matched(flip("m"), flip("x"), {"attribute_flip_to_favourable"}, ()).both


def test_the_intersections_are_matched_by_name():
    evidence = tuple(selection(CALLBACKS))
    result = callbacks_result(evidence=evidence, findings=judged(evidence))
    found = compare(result, result)
    assert {c.after.about["sensitive"] for c in found.compared} == set(CALLBACKS)
