import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from tests.compute.hiring import FEATURES, IMMUTABLE, ONLY_INCREASE, WORDS, Screener, applicants
from xaikit.core.errors import DataError

TABLE = applicants(1500).assign(name=lambda t: [f"p{i}" for i in range(len(t))])
MODEL = Screener(TABLE)
SCORES = MODEL(TABLE)
REJECTED = [f"p{i}" for i in np.flatnonzero(SCORES < 0.4)[:3]]
ACCEPTED = f"p{np.flatnonzero(SCORES > 0.6)[0]}"
FIXED = {"immutable": list(IMMUTABLE), "only_increase": list(ONLY_INCREASE)}


def audited(ids, table=TABLE, id_column="name", where=None, **parameters):
    return xk.audit(
        table,
        roles=xk.Roles(label="hired", favourable=1, sensitive=["sex"], id=id_column),
        model=MODEL,
        features=FEATURES,
        checks={"applicant": {"ids": ids, **FIXED, **parameters}},
        explain=[],
        where=where,
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


def test_principal_are_at_most_four_that_lowered_the_score_beyond_doubt_and_passed_the_test(result):
    for name in REJECTED:
        reasons = result.measured("applicant_reason", case=name)
        principal = [e for e in reasons if e.detail["principal"]]
        assert 1 <= len(principal) <= 4
        for e in principal:
            assert e.high < 0
            assert e.detail["effect"] < 0
            assert e.detail["faithful"]
            assert e.detail["sure"]
        able = sorted(e.value for e in reasons if e.value < 0 and e.detail["faithful"] and e.detail["sure"])
        assert sorted(e.value for e in principal) == able[:4]


def test_every_way_would_have_been_accepted_and_breaks_no_constraint(result):
    for name in REJECTED:
        ways = result.measured("applicant_recourse", case=name)
        assert ways
        assert result.measured("applicant_recourse_found", case=name)[0].value == 1
        for way in ways:
            row = TABLE.loc[[int(name[1:])], FEATURES].copy()
            for feature, change in way.detail.items():
                assert feature not in IMMUTABLE
                value = change.split(" → ")[1]
                row[feature] = value if feature in WORDS else float(value)
                if feature in ONLY_INCREASE:
                    assert float(row[feature].iloc[0]) > TABLE.loc[int(name[1:]), feature]
            assert MODEL(row)[0] >= 0.5
            (usual,) = result.measured("applicant_recourse_plausibility", case=name, way=way.about["way"])
            assert 0 < usual.value <= 1


def test_the_accepted_need_no_way(result):
    for measure in ("applicant_recourse", "applicant_recourse_found", "applicant_nearest_accepted"):
        assert result.measured(measure, case=ACCEPTED) == ()


def test_the_nearest_accepted_are_told_by_the_middle_of_five(result):
    accepted = TABLE[SCORES >= 0.5]
    for name in REJECTED:
        (e,) = result.measured("applicant_nearest_accepted", case=name)
        assert 0 < e.value < 0.3
        assert e.n == 5
        row = TABLE.loc[int(name[1:]), FEATURES].copy()
        for feature, change in e.detail.items():
            value = change.split(" → ")[1]
            row[feature] = value if feature in WORDS else float(value)
        assert not (accepted[FEATURES].astype(str) == row.astype(str)).all(axis=1).any()  # nobody's own row


def test_with_fewer_than_five_accepted_nobody_is_pointed_at():
    best = np.sort(SCORES)[-4]
    found = xk.audit(
        TABLE,
        roles=xk.Roles(label="hired", favourable=1, sensitive=["sex"], id="name"),
        model=MODEL,
        features=FEATURES,
        threshold=float(best),
        checks={"applicant": {"ids": REJECTED[:1], **FIXED}},
    )
    (e,) = found.measured("applicant_nearest_accepted")
    assert e.value is None
    assert "fewer than 5 were accepted" in e.because


def test_no_recourse_is_said():
    found = audited(REJECTED[:1], immutable=list(FEATURES), only_increase=[])
    (e,) = found.measured("applicant_recourse")
    assert e.value is None
    assert "no recourse" in e.because
    assert found.measured("applicant_recourse_found")[0].value == 0
    page = found.to_html()
    assert "No change was found within the stated constraints that this model would have accepted." in page
    assert "Not to be changed: " in page


def failure(*arguments, **parameters):
    (step,) = audited(*arguments, **parameters).steps
    assert step.status == "failed"
    return step.because


def test_an_id_that_is_not_there_gives_the_nearest_and_where_it_was_looked_for():
    because = failure(["p1x"])
    assert "'p1x', which no audited row is called; expected a value of the column 'name'. Did you mean 'p1" in because


def test_without_an_id_column_positions_are_explained():
    because = failure(["p17"], id_column=None)
    assert "a row's position, 0 to 1499" in because
    assert "`data: {id: …}`" in because
    assert audited(["17"], id_column=None).steps[0].status == "ran"
    assert audited([17], id_column=None).steps[0].status == "ran"


def test_an_id_outside_of_what_is_audited_is_told_from_one_that_is_not_there():
    who = TABLE.name[TABLE.city == "x"].iloc[0]
    because = failure([who], where={"city": "w"})
    assert "in the table but not audited; expected a row that data.where keeps" in because


@pytest.mark.parametrize(
    ("column", "asked"),
    [
        (np.arange(1500) + 7000, 7003),
        (np.arange(1500) + 7000, "7003"),
        (np.arange(1500) + 7000, "07003"),
        ((np.arange(1500) + 7000).astype(float), "7003"),
        ([f"{i:06d}" for i in range(1500)], "000003"),
        ([f"{i:06d}" for i in range(1500)], "3"),
    ],
)
def test_ids_are_found_as_numbers_and_as_text(column, asked):
    found = audited([asked], table=TABLE.assign(name=column), answers=1, donors=50)
    assert found.steps[0].status == "ran", found.steps
    (e,) = found.measured("applicant_score")
    assert e.value == pytest.approx(float(SCORES[3]), abs=1e-6)


def test_the_page_opens_with_the_decision_and_shows_the_letter(result):
    page = result.to_html()
    assert "What would have changed this decision" in page
    assert "Not applicable" not in page.split("</section>")[0]
    assert REJECTED[0] in page
    assert "The score is" in page.split("</section>")[0]


def test_it_is_an_error_of_the_reader_not_of_the_data():
    with pytest.raises(xk.SpecError, match="no 'ids'"):
        xk.audit(TABLE, roles=xk.Roles(label="hired"), model=MODEL, features=FEATURES, checks=["applicant"])
    assert issubclass(DataError, xk.XaikitError)


def test_a_person_with_values_that_nobody_else_has_is_explained_too():
    odd = pd.concat([TABLE, TABLE.iloc[[0]].assign(name="odd", field="juggling", test=0.0)], ignore_index=True)
    found = audited(["odd"], table=odd)
    assert found.steps[0].status == "ran", found.steps
    for e in found.measured("applicant_recourse"):
        assert "→ juggling" not in str(e.detail)
