import pytest

from xaikit.core.errors import SpecError
from xaikit.core.players import Players


def test_groups_join_columns_that_do_not_touch():
    p = Players.of(["a", "x1", "b", "x2"], {"x": ["x1", "x2"]})
    assert p.names == ("a", "x", "b")
    assert p.owner.tolist() == [0, 1, 2, 1]
    assert p.members(1).tolist() == [1, 3]
    assert p.grouped
    assert len(p) == 3


def test_without_groups_each_column_is_a_player():
    p = Players.of(["a", "b"])
    assert p.names == p.columns == ("a", "b")
    assert not p.grouped


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"g": ["aa"]}, "Did you mean 'a'"),
        ({"g": ["a"], "h": ["a", "b"]}, "twice"),
        ({"b": ["a"]}, "name of another column"),
    ],
)
def test_groups_that_do_not_fit_are_refused(groups, message):
    columns = ["a", "b"] if "aa" not in str(groups) else ["a", "b", "aab"]
    with pytest.raises(SpecError, match=message if "Did" not in message else "unknown column 'aa'"):
        Players.of(columns, groups)


def test_what_names_the_groups_is_named_in_the_error():
    with pytest.raises(SpecError, match=r"partition\.home: got unknown column 'zip'"):
        Players.of(["age", "zip_code"], {"home": ["zip"]}, where="partition")
