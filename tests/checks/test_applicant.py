import numpy as np
import pytest

import xaikit as xk
from tests.compute.hiring import FEATURES, IMMUTABLE, ONLY_INCREASE, Screener, applicants
from xaikit.core.errors import DataError

TABLE = applicants(1500).assign(name=lambda t: [f"p{i}" for i in range(len(t))])
MODEL = Screener(TABLE)
SCORES = MODEL(TABLE)
REJECTED = [f"p{i}" for i in np.flatnonzero(SCORES < 0.4)[:3]]
ACCEPTED = f"p{np.flatnonzero(SCORES > 0.6)[0]}"
FIXED = {"immutable": list(IMMUTABLE), "only_increase": list(ONLY_INCREASE)}


def audited(ids, **parameters):
    return xk.audit(
        TABLE,
        roles=xk.Roles(label="hired", favourable=1, sensitive=["sex"], id="name"),
        model=MODEL,
        features=FEATURES,
        checks={"applicant": {"ids": ids, **FIXED, **parameters}},
        explain=[],
    )


@pytest.fixture(scope="module")
def result():
    found = audited([*REJECTED, ACCEPTED])
    assert [s.status for s in found.steps] == ["ran"], found.steps
    return found


def test_the_score_and_the_decision_are_the_models_own(result):
    for name in (*REJECTED, ACCEPTED):
        (e,) = result.measured("applicant_score", case=name)
        assert e.value == pytest.approx(float(SCORES[int(name[1:])]), abs=1e-6)
        assert e.detail["favourable"] is bool(name == ACCEPTED)


def test_reasons_sum_to_the_score_and_are_sorted_by_size(result):
    for name in REJECTED:
        reasons = result.measured("applicant_reason", case=name)
        base = result.measured("applicant_score", case=name)[0].detail["base"]
        total = sum(e.value for e in reasons)
        assert base + total == pytest.approx(result.measured("applicant_score", case=name)[0].value, abs=1e-6)
        sizes = [abs(e.value) for e in reasons]
        assert sizes == sorted(sizes, reverse=True)
        assert all(e.low <= e.value <= e.high for e in reasons)


def test_deleting_a_faithful_reason_moves_the_score_more_than_deleting_another(result):
    named, others = [], []
    for name in REJECTED:
        reasons = result.measured("applicant_reason", case=name)
        top = [e for e in reasons if e.detail["faithful"]][:3]
        assert top
        named += [abs(e.detail["effect"]) for e in top]
        others += [abs(e.detail["effect"]) for e in reasons if e not in top]
    assert np.mean(named) > 2 * np.mean(others)


def test_every_way_would_have_been_accepted_and_breaks_no_constraint(result):
    for name in REJECTED:
        ways = result.measured("applicant_recourse", case=name)
        assert ways
        for way in ways:
            row = TABLE.loc[[int(name[1:])], FEATURES].copy()
            for feature, change in way.detail.items():
                assert feature not in IMMUTABLE
                value = change.split(" → ")[1]
                row[feature] = value if feature in ("field", "city") else float(value)
                if feature in ONLY_INCREASE:
                    assert float(row[feature].iloc[0]) > TABLE.loc[int(name[1:]), feature]
            assert MODEL(row)[0] >= 0.5


def test_the_accepted_need_no_way(result):
    assert result.measured("applicant_recourse", case=ACCEPTED) == ()
    assert result.measured("applicant_nearest_accepted", case=ACCEPTED) == ()


def test_the_nearest_accepted_is_told_by_its_differences(result):
    (e,) = result.measured("applicant_nearest_accepted", case=REJECTED[0])
    assert 0 < e.value < 0.3
    assert e.detail


def test_no_recourse_is_said():
    found = audited(REJECTED[:1], immutable=list(FEATURES), only_increase=[])
    (e,) = found.measured("applicant_recourse")
    assert e.value is None
    assert "no recourse" in e.because


def test_an_id_that_is_not_there_gives_the_nearest():
    found = audited(["p1x"])
    assert found.steps[0].status == "failed"
    assert "'p1x', which no audited row is called" in found.steps[0].because
    assert "Did you mean" in found.steps[0].because


def test_the_page_shows_the_letter(result):
    page = result.to_html()
    assert "What would have changed this decision" in page
    assert REJECTED[0] in page


def test_it_is_an_error_of_the_reader_not_of_the_data():
    with pytest.raises(xk.SpecError, match="no 'ids'"):
        xk.audit(TABLE, roles=xk.Roles(label="hired"), model=MODEL, features=FEATURES, checks=["applicant"])
    assert issubclass(DataError, xk.XaikitError)
