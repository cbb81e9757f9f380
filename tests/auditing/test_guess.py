import pandas as pd
import pytest

from xaikit.auditing.guess import favourable_of, guess


def frame(**columns):
    return pd.DataFrame({"sex": ["f", "m", "f", "m"], "hired": [0, 1, 1, 0], **columns})


def test_names_and_kinds_of_columns_tell_their_roles():
    found = guess(frame(applicant_id=list("abcd"), score=[0.1, 0.2, 0.9, 0.4], income=["<=50K", ">50K"] * 2))
    assert (found.decision, found.favourable, found.label) == ("hired", 1, "income")
    assert (found.score, found.id, found.sensitive, found.unsure) == ("score", "applicant_id", ("sex",), ())
    assert set(found.reasons) == {"decision", "label", "score", "id", "sensitive sex"}


@pytest.mark.parametrize(
    ("name", "values", "favourable"),
    [
        ("decision", ["yes", "no"], "yes"),
        ("admit", ["Admitted", "Rejected"], "Admitted"),
        ("denied", ["yes", "no"], "no"),
        ("call", [1.0, 0.0], 1.0),
        ("passed", [True, False], True),
        ("decision", ["A", "B"], None),
    ],
)
def test_the_favourable_value_is_known_by_its_word_turned_round_for_a_denial(name, values, favourable):
    assert favourable_of(pd.Series(values), name) == favourable


def test_what_cannot_be_known_is_left_to_a_person():
    table = pd.DataFrame({"a": [1.5, 2.5, 3.5], "b": ["x", "y", "z"]})
    assert guess(table).unsure == ("decision", "sensitive")
    assert guess(table, with_model=True).unsure == ("sensitive",)


def test_camel_case_korean_and_ids_that_repeat():
    table = pd.DataFrame({"applicantGender": ["f", "m", "f"], "성별": ["여", "남", "여"], "id": [1, 1, 2]})
    found = guess(table)
    assert found.sensitive == ("applicantGender", "성별")
    assert found.id is None


@pytest.mark.parametrize(
    ("name", "ages", "is_one"),
    [
        ("Age", [18, 39, 40, 70], True),
        ("applicant_age (years)", [18.0, None, 40.5, 70], True),
        ("나이", [22, 39, 41, 60], True),
        ("age_of_account", [18, 39, 40, 70], False),
        ("wage", [18, 39, 40, 70], False),
        ("age", [18, 19, 20, 21], False),  # nobody is on the other side of the cut
        ("age", [18, 60, 600, 7000], False),  # days, or somebody's slip
    ],
)
def test_ages_are_cut_where_the_law_protects(name, ages, is_one):
    found = guess(frame(**{name: ages}))
    assert found.sensitive == (("sex", name) if is_one else ("sex",))
    assert found.bins == ({name: [40]} if is_one else {})
