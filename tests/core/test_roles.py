import pytest

from xaikit.core.errors import SpecError
from xaikit.core.roles import Roles


def test_the_declared_standing_of_a_feature():
    roles = Roles(sensitive="sex", legitimate=["skill"], contested="hours")
    assert [roles.standing(f) for f in ("sex", "skill", "hours", "town")] == [
        *("protected", "legitimate", "contested", "undeclared")
    ]
    assert roles.standing("sex", "sex=male") == "protected"
    assert roles.standing("player", "hours") == "contested"


def test_legitimate_and_contested_exclude_each_other():
    with pytest.raises(SpecError, match=r"roles\.contested.*'hours'.*legitimate"):
        Roles(legitimate=["hours"], contested=["hours"])


def test_edges_are_checked_and_are_no_columns():
    roles = Roles(sensitive=["sex"], causes=["sex -> hours", ("age", "years")])
    assert roles.graph.edges == (("sex", "hours"), ("age", "years"))
    assert set(roles.columns()) == {"sex"}
    with pytest.raises(SpecError, match="a -> b -> a"):
        Roles(causes=["a -> b", "b -> a"])


def test_a_column_has_a_name_and_one_place_in_a_role():
    with pytest.raises(SpecError, match=r"roles\.weight: got an empty name"):
        Roles(weight="")
    with pytest.raises(SpecError, match=r"roles\.control: got an empty name"):
        Roles(control=["a", ""])
    with pytest.raises(SpecError, match=r"roles\.sensitive: got column 'sex' twice"):
        Roles(sensitive=["sex", "race", "sex"])
