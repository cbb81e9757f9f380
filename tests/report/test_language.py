"""Texts become words: slots filled, data isolated and escaped, numbers tied to evidence."""

import pytest

from xaikit.report.catalogue import Catalogue
from xaikit.report.language import ENGLISH, Language, anchor
from xaikit.report.text import Code, Interval, Listed, Number, Prose, clean, say, say_n, sentences


def test_a_slot_is_escaped_isolated_and_never_a_template():
    shown = ENGLISH.html(say("by {group}", group="<b>{x}</b>"))
    assert shown == "by <bdi class=d>&lt;b&gt;{x}&lt;/b&gt;</bdi>"


def test_a_number_names_its_evidence_and_is_not_named_twice_in_its_row():
    number = Number(0.0965, "percent", "rate[a]")
    assert ENGLISH.html(number) == f'<a href=#{anchor("rate[a]")}><data value="0.0965">9.65%</data></a>'
    assert ENGLISH.html(number, "rate[a]") == '<data value="0.0965">9.65%</data>'


def test_numbers_without_value_are_a_dash():
    assert ENGLISH.plain(Number(None, "ratio")) == "–"
    assert ENGLISH.plain(Interval(None, 1.0, "ratio")) == "–"


@pytest.mark.parametrize(("count", "words"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows")])
def test_plurals(count, words):
    assert ENGLISH.plain(say_n(count, "{count} row", "{count} rows")) == words


def test_a_language_translates_by_the_english_sentence_and_may_turn_the_slots_round():
    other = Language("xx", Catalogue({"{a} before {b}": "{b} after {a}"}))
    assert other.plain(say("{a} before {b}", a="one", b="two")) == "two after one"
    assert other.plain(say("not there")) == "not there"


def test_lists_code_and_prose():
    assert ENGLISH.plain(Listed(("a", "b"))) == "a, b"
    assert ENGLISH.plain(sentences(say("One."), None, say("Two."))) == "One. Two."
    assert ENGLISH.html(Code("<x>")) == "<code>&lt;x&gt;</code>"
    assert len(ENGLISH.plain(Prose("word " * 100))) == 499
    assert len(ENGLISH.plain("x" * 300)) == 80


def test_cleaning_takes_away_what_disturbs_and_keeps_joined_emoji():
    assert clean("a\u202eb\x00c\nd") == "a b c d"
    assert clean("👩\u200d👧") == "👩\u200d👧"
    assert clean("שלום") == "שלום"
