"""Two audits: what worsened is found, what is noise is not, and the page says the same."""

from dataclasses import replace

import pytest

from tests.report.reader import allowed, every, parse, text
from tests.report.results import CALLBACKS, callbacks_result, income_result, judged, selection
from xaikit.auditing.compare import compare
from xaikit.core.evidence import Verdict
from xaikit.core.result import Step
from xaikit.report.comparison import render_comparison


def audit(black):
    counts = {**CALLBACKS, "ethnicity": {"white": (2435, 235), "black": (2435, black)}}
    evidence = tuple(selection(counts))
    return callbacks_result(evidence=evidence, findings=judged(evidence))


def test_an_audit_against_itself_is_unchanged():
    found = compare(audit(157), audit(157))
    assert found.verdict is Verdict.PASS
    assert {c.outcome for c in found.compared} == {"unchanged"}
    assert found.turned == ()
    assert found.same_rows


@pytest.mark.parametrize(
    ("before", "after", "outcome", "verdict"), [(157, 60, "worsened", "FAIL"), (60, 230, "improved", "PASS")]
)
def test_a_large_change_of_the_ratio_is_found(before, after, outcome, verdict):
    found = compare(audit(before), audit(after))
    first = found.compared[0]
    assert first.after.measure == "impact_ratio"
    assert first.outcome == outcome
    assert first.difference == pytest.approx(after / before)
    assert str(found.verdict) == verdict


def test_noise_is_no_change():
    assert {c.outcome for c in compare(audit(157), audit(163)).compared} == {"unchanged"}


def test_a_verdict_that_turns_to_fail_fails_the_comparison():
    found = compare(audit(230), audit(157))
    turned = [t for t in found.turned if t.after.about["group"] == "black"]
    assert [(t.before.verdict, t.after.verdict) for t in turned] == [(Verdict.INCONCLUSIVE, Verdict.FAIL)]
    assert found.verdict is Verdict.FAIL


def test_what_only_one_measured_is_listed():
    found = compare(callbacks_result(), income_result())
    assert found.compared == ()
    assert found.only_before
    assert found.only_after


def test_many_comparisons_are_corrected():
    raw = compare(audit(157), audit(128))
    assert all(c.p >= 0 for c in raw.compared)
    black = next(c for c in raw.compared if c.after.about.get("group") == "black")
    assert black.p > 0.05 or black.outcome == "worsened"
    assert max(c.p for c in raw.compared) == 1


def test_an_incomplete_audit_is_never_an_improvement():
    later = replace(audit(235), steps=(Step("checks", "calibration", "failed", 0.0, "x"),))
    assert compare(audit(157), later).verdict is Verdict.ERROR


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_of_a_comparison(language):
    later = replace(audit(60), title="<script>alert(1)</script>", spec={"report": {"language": language}})
    found = compare(audit(157), later)
    page = render_comparison(found)
    root, errors = parse(page)
    assert errors == []
    assert allowed(root) == []
    assert page == render_comparison(found)
    assert len(every(root, "script")) == 2
    assert ("worsened" if language == "en" else "나빠") in text(root)
    assert "0.382" in text(root)
