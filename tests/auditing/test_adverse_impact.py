"""The rule alone, on evidence made by hand: every way to a verdict, and the bound in whole numbers."""

from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from xaikit.auditing.adverse_impact import adverse_impact
from xaikit.core.evidence import Criterion, Evidence, Verdict

PAIR = {"sensitive": "sex", "group": "F", "reference": "M"}
DECLARED = {**PAIR, "comparator": "declared"}
COUNTS = ("selected", "people", "reference_selected", "reference_people")


def criterion(bound=0.8, **more):
    return Criterion("C", "c", "p", "adverse_impact", "impact_ratio", bounds={"ratio": bound, "alpha": 0.05}, **more)


def ratio(x=30, n=100, x_ref=60, n_ref=100, about=PAIR, value=..., **detail):
    found = x * n_ref / (n * x_ref) if value is ... else value
    counts = dict(zip(COUNTS, (x, n, x_ref, n_ref), strict=True))
    return Evidence("impact_ratio", found, None, None, n, "ratio", about, detail={**counts, **detail})


def beside(about=PAIR, **values):
    """The other measures of the same comparison; one per group has no reference in its place."""
    short = {k: v for k, v in about.items() if k in ("sensitive", "group")}
    per_group = ("best_of_k_p", "shortfall", "minimum_detectable_ratio")
    return [Evidence(m, v, about=short if m in per_group else about) for m, v in values.items()]


def judged(e, *others, bound=0.8, **more):
    (finding,) = adverse_impact(criterion(bound, **more), [e], [e, *others])
    return finding


@pytest.mark.parametrize(
    ("x", "p", "detectable", "verdict"),
    [
        (30, 0.001, None, Verdict.FAIL),  # below, and not by chance
        (30, 0.051, 0.9, Verdict.INCONCLUSIVE),  # below, and perhaps by chance, whatever could have been seen
        (30, None, 0.9, Verdict.INCONCLUSIVE),  # below, and never tested
        (55, 0.001, 0.9, Verdict.INCONCLUSIVE),  # not below, and not by chance
        (55, 0.5, 0.8, Verdict.PASS),  # not below, and a ratio at the bound would have been seen
        (55, 0.5, 0.79, Verdict.INCONCLUSIVE),
        (55, 0.5, None, Verdict.INCONCLUSIVE),
        (55, None, 0.9, Verdict.PASS),
        (30, 0.05, None, Verdict.INCONCLUSIVE),  # at alpha is not below it
    ],
)
def test_the_way_to_every_verdict(x, p, detectable, verdict):
    given_ = {k: v for k, v in {"best_of_k_p": p, "minimum_detectable_ratio": detectable}.items() if v is not None}
    found = judged(ratio(x), *beside(**given_))
    assert found.verdict is verdict
    assert found.numbers["adjusted_p"] == p
    assert found.numbers["naive_flag"] is (x < 48)


@example(48, 100, 60, 100)
@example(24, 100, 30, 100)
@given(st.integers(0, 300), st.integers(1, 300), st.integers(1, 300), st.integers(1, 300))
def test_below_is_told_in_whole_numbers(x, n, x_ref, n_ref):
    assume(x <= n and x_ref <= n_ref)
    exact = Fraction(x, n) / Fraction(x_ref, n_ref) < Fraction(4, 5)
    assert judged(ratio(x, n, x_ref, n_ref)).numbers["naive_flag"] is exact


def test_weighted_rows_are_told_by_their_ratio_and_not_by_their_counts():
    e = ratio(30, 100, 60, 100, value=0.9, weighted=True)  # counts alone would say one half
    found = judged(e, *beside(selection_rate=0.54, selection_rate_difference=-0.06))
    assert found.numbers["naive_flag"] is False
    assert "selected at 54.0 % (weighted; 100 people) against 60.0 % of M (100 people): ratio 0.900" in found.because
    assert judged(ratio(value=0.8, weighted=True)).numbers["naive_flag"] is False  # at the bound, but for rounding


@pytest.mark.parametrize(
    ("bound", "words"), [(0.8, "four fifths"), (0.9, "nine tenths"), (0.5, "one half"), (0.75, "0.75")]
)
def test_the_bound_is_the_criterions_and_is_named(bound, words):
    found = judged(ratio(40), *beside(best_of_k_p=0.001), bound=bound)
    assert found.numbers["bound_ratio"] == bound
    assert f"below {words}" in found.because
    assert found.verdict is (Verdict.FAIL if bound > 40 / 60 else Verdict.INCONCLUSIVE)


def test_a_declared_reference_takes_the_p_value_of_its_own_family():
    both = beside(DECLARED, holm_p=0.2, best_of_k_p=0.0001)
    found = judged(ratio(about=DECLARED), *both)
    assert found.numbers["adjusted_p"] == 0.2
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.numbers["most_clearly_above"] is None


def test_the_group_most_clearly_above_must_be_above_the_bound_too():
    def with_rival(to_it):
        detail = {"most_clearly_above": "b×c", "above_people": 900, "ratio_to_it": to_it}
        short = {"sensitive": "sex", "group": "F"}
        return judged(ratio(), Evidence("best_of_k_p", 0.001, about=short, detail=detail))

    assert with_rival(0.7).verdict is Verdict.FAIL
    assert "most clearly against b × c (900 people): ratio 0.700" in with_rival(0.7).because
    at = with_rival(0.8)
    assert at.verdict is Verdict.INCONCLUSIVE
    assert "the highest rate rests on few people" in at.because
    assert with_rival(None).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("key", ["stratum", "period", "stage"])
def test_parts_of_the_whole_are_not_judged(key):
    part = ratio(about={**PAIR, key: "1"})
    assert adverse_impact(criterion(), [part], [part]) == []


@pytest.mark.parametrize(
    ("e", "words"),
    [
        (ratio(value=None), "F: the impact ratio is not defined, no value."),
        (ratio(about={**PAIR, "group": "M"}), "M: selected at the highest rate"),
        (ratio(about={**DECLARED, "group": "M"}), "M: the declared reference"),
        (ratio(n=29), "F: 29 people, fewer than the 30 that this criterion judges."),
    ],
)
def test_what_cannot_be_judged_says_why_and_never_fails(e, words):
    found = judged(e, *beside(best_of_k_p=0.0001), min_n=30)
    assert found.verdict is Verdict.NOT_APPLICABLE
    assert found.because.startswith(words)
    assert found.evidence == (e.id,)


def test_the_finding_names_the_evidence_that_it_used_and_no_other():
    same = beside(best_of_k_p=0.001, selection_rate=0.3, selection_rate_difference=-0.3, cohen_h=-0.6, shortfall=30)
    foreign = [
        Evidence("best_of_k_p", 0.9, about={"sensitive": "sex", "group": "X"}),
        Evidence("cohen_h", 2.0, about={**PAIR, "sensitive": "race"}),
        Evidence("fisher_p", 0.002, about=PAIR),
    ]
    e = ratio()
    found = judged(e, *same, *foreign)
    assert found.evidence[0] == e.id
    assert set(found.evidence) == {e.id, *(x.id for x in same)}
    assert found.numbers["adjusted_p"] == 0.001
    assert found.numbers["fisher_p"] == 0.002


def test_one_person_is_remarked_where_the_flag_is_up_and_stays_open():
    remark = "Selecting one different person would reverse the"
    open_ = judged(ratio(one_person_reverses_flag=True), *beside(best_of_k_p=0.2))
    assert f"{remark} flag" in open_.because
    assert open_.numbers["one_person_reverses"] is True
    turned = judged(
        ratio(one_person_reverses_flag=True, one_person_reverses_direction=True), *beside(best_of_k_p=0.2)
    )
    assert f"{remark} direction" in turned.because
    failed = judged(ratio(one_person_reverses_flag=True), *beside(best_of_k_p=0.001))
    assert remark not in failed.because
    above = judged(ratio(55, one_person_reverses_flag=True), *beside(best_of_k_p=0.2))
    assert remark not in above.because


@pytest.mark.parametrize(("unknown", "words"), [(1, "One person of unknown group"), (7, "7 people of unknown group")])
def test_people_of_unknown_group_are_remarked_with_what_they_could_do(unknown, words):
    short = {"sensitive": "sex", "group": "F"}
    bounds = Evidence("impact_ratio_bounds", None, 0.41, 0.83, about=short, detail={"unknown": unknown})
    found = judged(ratio(), bounds)
    assert f"{words} could move the ratio to anything from 0.410 to 0.830" in found.because
    assert (found.numbers["ratio_least"], found.numbers["ratio_most"]) == (0.41, 0.83)
