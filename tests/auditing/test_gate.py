"""What may pass a gate, by its criteria and against a baseline."""

import pytest

from tests import test_cli
from xaikit.auditing.api import audit_file
from xaikit.auditing.gate import Gate, Outcome
from xaikit.io.files import sha256
from xaikit.io.rows import rows_beside, save_rows


def folder(path, **more):
    return test_cli.folder(path, spec=test_cli.SPEC + "checks: [selection_rate, representation]\n", **more)


def outcomes(gate):
    return {c: gate.judged(p, c).outcome for p, c in gate.criteria()}


def baseline(place, **women):
    place.mkdir()
    spec = folder(place, **women)
    audit_file(spec).to_json(place / "result.json")
    return place / "result.json"


def test_each_criterion_has_an_outcome_and_nothing_is_measured_before(tmp_path):
    gate = Gate(folder(tmp_path, women=0.2))
    criteria = gate.criteria()
    assert ("us_ugesp", "UG-4D-rate") in criteria
    assert "result" not in vars(gate)
    found = outcomes(gate)
    assert found["UG-4D-rate"] is Outcome.FAILED
    assert found["UG-4A"] in (Outcome.NOT_JUDGED, Outcome.PASSED)
    assert gate.ran().outcome is Outcome.PASSED
    assert gate.worsened().outcome is Outcome.NOT_JUDGED


def test_the_reason_holds_the_numbers_and_the_paragraph(tmp_path):
    because = Gate(folder(tmp_path, women=0.2)).judged("us_ugesp", "UG-4D-rate").because
    assert "ratio 0.400" in because
    assert "29 CFR 1607.4(D)" in because


def test_too_little_evidence_is_inconclusive(tmp_path):
    assert outcomes(Gate(folder(tmp_path, women=0.3, n=10)))["UG-4D-rate"] is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("before", "after", "criterion", "worsened"),
    [
        (0.2, 0.2, Outcome.KNOWN, Outcome.PASSED),
        (0.45, 0.2, Outcome.FAILED, Outcome.FAILED),
        (0.3, 0.2, Outcome.KNOWN, Outcome.FAILED),  # it failed before as well, and is worse now
        (0.2, 0.3, Outcome.KNOWN, Outcome.PASSED),  # better, and still failing
        (0.2, 0.5, Outcome.PASSED, Outcome.PASSED),
    ],
)
def test_against_a_baseline_only_what_is_worse_fails(tmp_path, before, after, criterion, worsened):
    known = baseline(tmp_path / "before", women=before)
    gate = Gate(folder(tmp_path, women=after), known)
    assert outcomes(gate)["UG-4D-rate"] is criterion
    assert gate.worsened().outcome is worsened


def test_another_group_that_fails_now_is_not_known(tmp_path):
    known = baseline(tmp_path / "before", women=0.2, men=0.5)
    gate = Gate(folder(tmp_path, women=0.5, men=0.2), known)
    assert outcomes(gate)["UG-4D-rate"] is Outcome.FAILED


def test_a_baseline_of_something_else_is_inconclusive(tmp_path):
    known = baseline(tmp_path / "before", women=0.2)
    text = known.read_text("utf-8").replace('"sex"', '"gender"')
    known.write_text(text, "utf-8")
    passage = Gate(folder(tmp_path, women=0.2), known).worsened()
    assert passage.outcome is Outcome.INCONCLUSIVE
    assert passage.because


def test_rows_beside_the_baseline_are_used(tmp_path):
    known = baseline(tmp_path / "before", women=0.47, men=0.5)
    spec = folder(tmp_path / "before", women=0.47, men=0.5)
    kept = []
    audit_file(spec, keep=kept.append).to_json(known)
    save_rows(kept[0], rows_beside(known), sha256(known))
    gate = Gate(spec, known)
    assert gate.worsened().outcome is Outcome.PASSED
    assert all(c.paired for c in gate.comparison.compared)
