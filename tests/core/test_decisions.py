import numpy as np
import pandas as pd
import pytest

from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import DataError, SpecError
from xaikit.core.groups import groups_of


def frame(**columns):
    return pd.DataFrame({"sex": ["f", "m", "f", "m"], "hired": [0, 1, 1, 1], **columns})


ROLES = Roles(decision="hired", favourable=1, sensitive=["sex"])


def test_the_frame_is_kept_as_it_was_given():
    given = frame()
    before = given.copy(deep=True)
    decisions = Decisions.of(given, ROLES)
    pd.testing.assert_frame_equal(decisions.frame, before)
    assert decisions.selected.tolist() == [False, True, True, True]
    assert decisions.groups("sex").names == ("f", "m")
    assert decisions.ids == ("0", "1", "2", "3")


def test_one_name_is_taken_for_a_list():
    assert Roles(sensitive="sex").sensitive == ("sex",)


@pytest.mark.parametrize("favourable", ["yes", "1", 1, True, 1.0])
def test_the_favourable_value_is_found_in_any_type(favourable):
    values = ["no", "yes"] if favourable == "yes" else [0, 1]
    got = Decisions.of(pd.DataFrame({"d": values}), Roles(decision="d", favourable=favourable)).selected
    assert got.tolist() == [False, True]


def test_missing_and_blank_demographics_become_unknown_and_stand_last():
    groups = groups_of(pd.Series(["b", None, " ", "a", "Unknown", np.nan]), "g")
    assert groups.names == ("a", "b", "unknown")
    assert groups.codes.tolist() == [1, 2, 2, 0, 2, 2]
    assert groups.known.tolist() == [True, False, False, True, False, False]


def test_integer_groups_with_gaps_keep_their_integer_names():
    assert groups_of(pd.Series([1, 2, None]), "g").names == ("1", "2", "unknown")


@pytest.mark.parametrize(
    ("table", "roles", "message"),
    [
        (frame().iloc[:0], ROLES, "no rows"),
        (frame(), Roles(decision="hierd", sensitive=["sex"]), "Did you mean 'hired'"),
        (frame(hired=[0, 1, 2, 1]), ROLES, "3 different values"),
        (frame(hired=[0, 1, None, 1]), ROLES, "1 missing values, the first in row 3"),
        (frame(hired=["y", "n", "y", "n"]), Roles(decision="hired", favourable="yes"), "roles.favourable"),
        (frame(hired=["no"] * 4), ROLES, "roles.favourable"),
        (frame(s=[0.1, np.nan, 1, 2]), Roles(score="s"), "1 NaN or infinite values, the first in row 2"),
        (frame(s=[0.1, np.inf, 1, 2]), Roles(score="s"), "NaN or infinite"),
        (frame(s=["high"] * 4), Roles(score="s"), "expected numbers"),
        (frame(w=[1, -1, 1, 1]), Roles(decision="hired", weight="w"), "weights of 0 or more"),
        (frame(i=[1, 2, 2, 3]), Roles(decision="hired", id="i"), "1 duplicate ids, the first '2'"),
        (frame(c=["a", None, "a", "b"]), Roles(decision="hired", cluster="c"), "a cluster for every row"),
    ],
)
def test_what_cannot_be_audited_is_refused_with_the_place(table, roles, message):
    with pytest.raises(DataError, match=message):
        Decisions.of(table, roles)


@pytest.mark.parametrize(("value", "selected", "note"), [(0, False, "nobody"), (1, True, "everybody")])
def test_all_or_none_selected_is_said(value, selected, note):
    decisions = Decisions.of(frame(hired=[value] * 4), ROLES)
    assert decisions.selected.tolist() == [selected] * 4
    assert note in decisions.notes[0]


def test_a_column_whose_name_reads_like_an_intersection_is_refused():
    crossed = pd.DataFrame({"sex×race": ["f", "m"], "hired": [0, 1]})
    with pytest.raises(SpecError, match=r"column 'sex×race'; expected a name without ×.*Rename"):
        Decisions.of(crossed, Roles(decision="hired", sensitive="sex×race"))
    kept = Decisions.of(crossed, Roles(decision="hired", control=["sex×race"]))
    assert len(kept) == 2
