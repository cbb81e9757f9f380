import pickle

import pytest

from xaikit.core.errors import DataError, SpecError, XaikitError, listed, nearest, shown, unknown_name


def test_an_error_says_where_what_was_got_what_was_expected_and_the_nearest_name():
    error = unknown_name("audit.yaml, line 7", "column", "gendr", ["gender", "race"])
    assert str(error) == (
        "audit.yaml, line 7: got unknown column 'gendr'; expected one of 'gender', 'race'. Did you mean 'gender'?"
    )
    assert isinstance(error, SpecError)
    assert error.exit_code == 2


def test_nothing_near_gives_no_suggestion():
    assert nearest("zzz", ["gender", "race"]) is None
    assert "Did you mean" not in str(unknown_name("here", "column", "zzz", ["gender"]))


@pytest.mark.parametrize("hostile", ["a\nb", "\x1b[31mred", "x\u202ey", "\x00"])
def test_shown_text_has_no_control_characters_and_is_cut(hostile):
    assert all(c.isprintable() for c in shown(hostile))
    assert len(shown("x" * 1000)) == 80


def test_a_long_list_is_cut_with_its_rest_counted():
    assert listed(range(20)).endswith("and 8 more")
    assert listed([]) == "none"


def test_an_error_survives_pickling_whole():
    error = XaikitError("there", "this", "that", "do so.")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.got, again.hint) == (str(error), "this", "do so.")


def test_an_error_says_nothing_that_a_terminal_obeys():
    text = str(DataError("column '\x1b[31m'", "'\u202eexe'", "two\nlines"))
    assert text == "column '�[31m': got '�exe'; expected two\nlines"
