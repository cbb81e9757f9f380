"""What a terminal shows: in the language of the audit, whole, and with the numbers of the result."""

import re
from dataclasses import replace

import pytest

from tests.report.results import callbacks_result, income_result
from xaikit.core.evidence import Verdict
from xaikit.core.result import Step
from xaikit.report import terminal

KOREAN = re.compile(r"[가-힣]")


def spoken(result, code):
    return replace(result, spec={**result.spec, "report": {"language": code}})


@pytest.mark.parametrize("found", Verdict)
def test_verdicts_are_words_of_the_language(found):
    assert terminal.verdict(spoken(callbacks_result(), "en"), found) == str(found).replace("_", " ")
    korean = terminal.verdict(spoken(callbacks_result(), "ko"), found)
    assert KOREAN.search(korean)
    assert not re.search("[A-Za-z]", korean)


@pytest.mark.parametrize("make", [callbacks_result, income_result])
def test_the_worst_come_first_and_what_is_left_out_is_counted(make):
    result = make()
    shown = terminal.findings(result)
    verdicts = [f.verdict for f in shown]
    assert verdicts == sorted(verdicts, reverse=True)
    judged = [f for f in result.findings if not f.open and f.verdict > Verdict.NOT_APPLICABLE]
    assert verdicts[0] == max(f.verdict for f in judged)
    told = terminal.rest(result)
    more, questions = len(judged) - len(shown), sum(f.open for f in result.findings)
    assert (f"and {more} more finding" in told) == (more > 0)
    assert (f"{questions} question" in told) == (questions > 0)


def test_where_nothing_was_judged_there_is_no_more_of_it():
    bare = replace(callbacks_result(), findings=())
    assert terminal.findings(bare) == ()
    assert terminal.rest(bare) == ""


def test_reasons_and_failures_are_in_korean_with_the_same_numbers():
    result = spoken(callbacks_result(), "ko")
    for finding in terminal.findings(result):
        told = terminal.because(result, finding)
        assert KOREAN.search(told)
        assert set(re.findall(r"0\.\d+", finding.because)) <= set(re.findall(r"0\.\d+", told))
        english = terminal.because(spoken(result, "en"), finding)
        assert english.split() == finding.because.split()
    failed = replace(
        result, steps=(Step("checks", "x", "failed", 0.0, "ValueError: boom"), Step("checks", "y", "ran"))
    )
    (line,) = terminal.failures(failed)
    assert KOREAN.search(line)
    assert "ValueError: boom" in line
    assert list(terminal.failures(spoken(failed, "en"))) == ["checks x failed: ValueError: boom"]


def test_counts_have_their_plural():
    english = spoken(callbacks_result(), "en")
    assert "1 parameter of" in terminal.further_defaults(english, 1)
    assert "7 parameters of" in terminal.further_defaults(english, 7)
    assert KOREAN.search(terminal.further_defaults(spoken(english, "ko"), 7))
