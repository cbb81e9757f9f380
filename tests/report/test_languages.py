"""The languages that there are; another one is named with the nearest."""

from dataclasses import replace

import pytest

from tests.report.results import callbacks_result
from xaikit.core.errors import SpecError
from xaikit.report.languages import CODES, language, named


@pytest.mark.parametrize("code", CODES)
def test_a_language_by_its_code(code):
    assert named(code).code == code


@pytest.mark.parametrize(
    ("asked", "near"),
    [("Korean", "ko"), ("kor", "ko"), ("kr", "ko"), ("한국어", "ko"), ("EN", "en"), ("englisch", "en")],
)
def test_the_nearest_is_named_and_where_it_was_asked_for(asked, near):
    with pytest.raises(SpecError, match=f"^--language: got unknown language .*Did you mean '{near}'") as error:
        named(asked, "--language")
    assert error.value.exit_code == 2


def test_where_none_is_near_none_is_named():
    with pytest.raises(SpecError, match=r"expected one of 'en', 'ko'$"):
        named("deutsch")


def test_the_language_of_an_audit_is_what_it_asks_for_or_english():
    result = callbacks_result()
    assert language(replace(result, spec={})).code == "en"
    assert language(replace(result, spec={"report": {"language": "ko"}})).code == "ko"
    with pytest.raises(SpecError, match=r"^report\.language: got unknown language 'xx'"):
        language(replace(result, spec={"report": {"language": "xx"}}))
