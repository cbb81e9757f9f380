"""Korean: every sentence is in the catalogue with the same slots, particles agree, nothing of ours stays English."""

import ast
import json
import re
import string
from dataclasses import replace
from pathlib import Path

import pytest

import xaikit.report
from tests.report.reader import NS, SVG, every, parse, text
from tests.report.results import callbacks_result, income_result
from xaikit.core import codec
from xaikit.core.errors import SpecError
from xaikit.report import html
from xaikit.report.catalogue import catalogue, entries
from xaikit.report.language import Language
from xaikit.report.languages import named
from xaikit.report.particles import final, particle
from xaikit.report.text import say, say_n

FOLDER = Path(xaikit.report.__file__).parent


def sentences():
    """Return every sentence of the code that a reader may see, in the form that languages without plurals use."""
    found = {}
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("say", "say_n"):
                at = 0 if node.func.id == "say" else 2
                assert isinstance(node.args[at], ast.Constant), (
                    f"{path.name}:{node.lineno}: a sentence that is made up"
                )
                found[node.args[at].value] = f"{path.name}:{node.lineno}"
    return found


def slots(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def korean(make):
    result = make()
    return replace(result, spec={**result.spec, "report": {"language": "ko"}})


def test_the_catalogue_has_every_sentence():
    known = catalogue("ko")
    assert {k: v for k, v in sentences().items() if k and k not in known} == {}


def test_a_translation_has_the_same_slots():
    ours = sentences()
    assert [k for k, v in catalogue("ko").items() if k in ours and slots(k) != slots(v)] == []


def test_particles_in_templates_are_pairs_that_exist():
    pairs = {s for t in catalogue("ko").values() for _, n, s, _ in string.Formatter().parse(t) if n is not None and s}
    assert pairs <= {"은/는", "이/가", "을/를", "과/와", "으로/로"}


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


class Brackets(dict):
    """A catalogue that puts every sentence in brackets."""

    def get(self, key, default=None):
        return f"⟦{key}⟧" if key else default


def outside(shown):
    """Return what stands outside all brackets."""
    out, depth = [], 0
    for c in shown:
        depth += (c == "⟦") - (c == "⟧")
        if depth == 0 and c != "⟧":
            out.append(c)
    return "".join(out)


def words(value):
    if isinstance(value, dict):
        for k, v in value.items():
            yield str(k)
            yield from words(v)
    elif isinstance(value, list):
        for v in value:
            yield from words(v)
    else:
        yield str(value)


@pytest.mark.parametrize("make", [callbacks_result, income_result])
def test_nothing_of_ours_is_outside_the_catalogue(make, monkeypatch):
    result = make()
    monkeypatch.setattr(html, "language", lambda _: Language("xx", Brackets()))
    root, _ = parse(html.render(result))
    data = {w for v in words(json.loads(codec.dumps(result))) for w in re.findall(r"[A-Za-z]{3,}", v)}
    seen = []
    skip = {NS + t for t in ("script", "style", "code", "bdi", "h1")} | {SVG + "style"}

    def walk(e):
        if e.tag in skip:
            return
        if e.text:
            seen.append(e.text)
        for child in e:
            walk(child)
            if child.tail:
                seen.append(child.tail)

    walk(next(e for e in root.iter() if e.tag == NS + "body"))
    left = set(re.findall(r"[A-Za-z]{3,}", outside(" ".join(seen)))) - data
    assert left == set()


def test_a_language_that_there_is_not():
    with pytest.raises(SpecError, match="ko"):
        html.render(replace(callbacks_result(), spec={"report": {"language": "kr"}}))


def test_po_files_with_strings_over_several_lines():
    text_ = '# note\nmsgid ""\nmsgstr "head"\n\n#: a.py\nmsgid "a "\n"b"\nmsgstr "가"\n"나 \\"다\\""\n'
    assert list(entries(text_)) == [("", "head"), ("a b", '가나 "다"')]
