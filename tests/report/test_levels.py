"""Two readers: a line a finding for who decides, a paragraph for who audits; in both languages, with its numbers."""

import re

import pytest
from typer.testing import CliRunner

from tests.report.live import live_result
from tests.report.results import callbacks_result, income_result
from xaikit.cli import app
from xaikit.core.errors import SpecError
from xaikit.core.evidence import Verdict
from xaikit.report.language import ENGLISH
from xaikit.report.languages import named
from xaikit.report.levels import line, paragraph
from xaikit.report.reading import evidence_of, is_reference, judged

RESULTS = {"callbacks": callbacks_result, "income": income_result, "live": live_result}


@pytest.mark.parametrize("make", RESULTS.values(), ids=RESULTS)
@pytest.mark.parametrize("code", ["en", "ko"])
def test_every_finding_has_a_line_and_a_longer_paragraph(make, code):
    result, spoken = make(), named(code)
    assert result.findings
    for f in result.findings:
        short, long = spoken.plain(line(result, f)), spoken.plain(paragraph(result, f))
        assert short.strip()
        assert "\n" not in short + long
        assert spoken.plain(f.criterion.id) in long
        assert len(long) >= len(short) - 40


def test_the_line_holds_the_number_that_decided_and_the_paragraph_its_interval():
    result = callbacks_result()
    worst = judged(result)[0]
    ratio = evidence_of(result, worst)[0]
    shown = ENGLISH.plain(line(result, worst))
    assert shown.startswith("Fail: ethnicity: black is selected at 0.668 of the rate of white (")
    assert f"{ratio.value:.3f}" == "0.668"
    told = ENGLISH.plain(paragraph(result, worst))
    assert f"{ratio.low:.3f}–{ratio.high:.3f}" in told
    assert worst.criterion.citation.rstrip(".") in told


@pytest.mark.parametrize("make", RESULTS.values(), ids=RESULTS)
def test_the_summary_begins_with_the_verdict_and_has_every_judged_finding(make):
    result = make()
    lines = result.summary().splitlines()
    told = [f for f in judged(result) if not is_reference(f) and f.verdict is not Verdict.NOT_APPLICABLE]
    assert lines[0].startswith("Fail: By ")
    assert len(lines) == 1 + len(told) + any(f.open for f in result.findings)
    assert len(result.summary("auditor").split("\n\n")) == len(lines)


def test_the_korean_summary_has_the_numbers_of_the_english():
    result = live_result()
    numbers = [sorted(re.findall(r"\d[\d.,]*\d", result.summary("auditor", language=code))) for code in ("en", "ko")]
    english, korean = (set(n) for n in numbers)
    assert len(english) > 30
    assert {n for n in english if "." in n and len(n) == 5} <= korean
    assert not re.search(r"[A-Za-z]{3,} [A-Za-z]{3,} [A-Za-z]{3,} [a-z]{3,}", result.summary(language="ko"))


@pytest.mark.parametrize("asked", [{"level": "manager"}, {"language": "kr"}])
def test_a_level_or_language_that_there_is_not(asked):
    with pytest.raises(SpecError):
        callbacks_result().summary(**asked)


def test_on_the_command_line(tmp_path):
    path = tmp_path / "result.json"
    callbacks_result().to_json(path)
    done = CliRunner().invoke(app, ["summary", str(path), "--level", "auditor", "--language", "ko"])
    assert done.exit_code == 0
    assert done.stdout.startswith("부적합: ")
