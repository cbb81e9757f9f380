from dataclasses import replace

from tests.core.test_codec import result
from xaikit.core.evidence import Evidence, Verdict
from xaikit.core.result import AuditResult, Provenance, Step


def test_a_failed_step_makes_the_verdict_error():
    failed = AuditResult("t", {}, Provenance(), (Step("checks", "x", "failed", 0, "because"),))
    assert failed.verdict is Verdict.ERROR
    assert result().verdict is Verdict.FAIL


def test_measured_filters_by_measure_and_by_what_it_is_about():
    r = result(evidence=[Evidence("m", 1.0, about={"group": g}) for g in "ab"] + [Evidence("k", 2.0)])
    assert [e.value for e in r.measured("m")] == [1.0, 1.0]
    assert r.measured("m", group="b")[0].about["group"] == "b"
    assert r.measured("m", group="c") == ()


def test_evidence_is_found_by_its_id_and_each_result_has_its_own():
    one, other = result(evidence=[Evidence("m", 1.0, about={"group": "a"})]), result(evidence=[Evidence("k", 2.0)])
    assert one.named("m[group=a]") is one.evidence[0]
    assert one.named("k[]") is None
    assert other.named("k[]") is other.evidence[0]
    changed = replace(one, evidence=other.evidence)
    assert changed.named("m[group=a]") is None
    assert changed.measured("k") == other.evidence
