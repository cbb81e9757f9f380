"""Korean: every sentence is in the catalogue with the same slots, particles agree, nothing of ours stays English."""

import string
from dataclasses import replace

import pytest

from tests.report.reader import NS, every, parse, text
from tests.report.results import callbacks_result, income_result
from xaikit.core.errors import SpecError
from xaikit.report import html
from xaikit.report.catalogue import catalogue
from xaikit.report.languages import named
from xaikit.report.particles import final, particle
from xaikit.report.text import say, say_n


def korean(make):
    result = make()
    return replace(result, spec={**result.spec, "report": {"language": "ko"}})


def test_particles_in_templates_are_pairs_that_exist():
    known = catalogue("ko")
    templates = [*known.sentences.values(), *known.results.values(), *(f for p in known.plurals.values() for f in p)]
    assert len(templates) > 900
    pairs = {s for t in templates for _, n, s, _ in string.Formatter().parse(t) if n is not None and s}
    assert (
        {"은/는", "이/가", "을/를"}
        <= pairs
        <= {"은/는", "이/가", "을/를", "과/와", "으로/로", "이라는/라는", "이라/라", "이어서/여서"}
    )


@pytest.mark.parametrize(
    ("word", "pair", "expected"),
    [
        ("여성", "은/는", "은"),
        ("남자", "은/는", "는"),
        ("서울", "으로/로", "로"),
        ("부산", "으로/로", "으로"),
        ("나이", "이/가", "가"),
        ("학력", "을/를", "을"),
        ("Male", "은/는", "은"),
        ("Female", "으로/로", "로"),
        ("white", "은/는", "는"),
        ("Black", "은/는", "은"),
        ("race", "을/를", "를"),
        ("age", "이/가", "가"),
        ("education", "을/를", "을"),
        ("marital_status", "을/를", "를"),
        ("AUC", "을/를", "를"),
        ("AI", "은/는", "는"),
        ("HR", "이/가", "이"),
        ("IBM", "과/와", "과"),
        ("URL", "으로/로", "로"),
        ("R", "은/는", "은"),
        ("F", "은/는", "는"),
        ("M", "이/가", "이"),
        ("n", "으로/로", "으로"),
        ("SHAP", "은/는", "은"),
        ("FEMALE", "으로/로", "로"),
        ("GDPR", "이/가", "이"),
        ("0.3", "은/는", "은"),
        ("2", "은/는", "는"),
        ("1", "으로/로", "로"),
        ("6", "으로/로", "으로"),
        ("50%", "을/를", "를"),
        ("여성(20대)", "은/는", "는"),
        ("💥", "은/는", "은(는)"),
        ("", "이/가", "이(가)"),
        ("×", "을/를", "을(를)"),
    ],
)
def test_particles_agree_with_the_sound_before_them(word, pair, expected):
    assert particle(word, pair) == expected


def test_every_syllable_without_a_final_takes_the_open_form():
    for code in range(0xAC00, 0xD7A4, 7):
        assert (particle(chr(code), "은/는") == "는") == ((code - 0xAC00) % 28 == 0)
        assert final(chr(code)) == (code - 0xAC00) % 28


def test_a_sentence_with_a_particle():
    ko = named("ko")
    assert ko.plain(say("{group} is what the other groups are compared with.", group="여성")).startswith("여성은 ")
    assert ko.plain(say("{group} is what the other groups are compared with.", group="남자")).startswith("남자는 ")


def test_counts_have_one_form():
    ko = named("ko")
    one, two = (ko.plain(say_n(n, "{count} more group", "{count} more groups")) for n in (1, 2))
    assert (one, two) == ("집단 1개 더 보기", "집단 2개 더 보기")


@pytest.mark.parametrize("make", [callbacks_result, income_result])
def test_the_korean_report_has_the_numbers_of_the_english(make):
    pages = [parse(html.render(r))[0] for r in (make(), korean(make))]
    numbers = [sorted((d.get("value"), text(d)) for d in every(p, "data")) for p in pages]
    assert numbers[0] == numbers[1]
    assert next(e for e in pages[1].iter() if e.tag == NS + "html").get("lang") == "ko"
    assert html.render(korean(make)) == html.render(korean(make))


def test_a_language_that_there_is_not():
    with pytest.raises(SpecError, match="ko"):
        html.render(replace(callbacks_result(), spec={"report": {"language": "kr"}}))
