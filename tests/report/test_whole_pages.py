"""Whole pages of live audits: no English in the Korean one, nothing outside the catalogue in a made-up language."""

import re
from dataclasses import replace

import pytest

from tests.report.live import live_result
from tests.report.reader import NS, SVG, parse
from tests.report.results import callbacks_result, income_result
from tests.report.test_letters import audited
from tools import catalogues
from xaikit.auditing.compare import compare
from xaikit.report import html, letters
from xaikit.report.catalogue import Catalogue, entries
from xaikit.report.comparison import render_comparison
from xaikit.report.language import Language

SKIP = {NS + t for t in ("script", "style", "code", "h1")} | {SVG + "style"}
PHRASE = re.compile(r"""[A-Za-z]+(?:[ ,;:.()'"]+[A-Za-z]+){2,}""")
_OPEN = [e.english for e in entries((catalogues.FOLDER / "ko.po").read_text("utf-8")) if not all(e.forms)]
KEPT = sorted(_OPEN, key=len, reverse=True)
"""Citations, which stand as their law has them."""
CITED = re.compile(
    r"\S+ (?:CFR|RCNY|U\.S\.C\.|ILCS|CCR|FR|F\.2d|U\.S\.) [^;]*|.*\((?:19|20)\d\d\).*|NYC Administrative Code.*"
)
CASE = re.compile(r"[A-Z]\w+ v\. [^;]*")
NAMED = {"Wilson", "Newcombe", "Tarone", "UTC"}
LIVE = {"model": lambda: live_result(True), "decisions": lambda: live_result(False)}
MADE = {"callbacks": callbacks_result, "income": income_result}


def shown(root):
    """Yield every text of a page's body, one for each element and its tail."""

    def walk(e):
        if e.tag in SKIP:
            return
        yield e.text or ""
        for child in e:
            yield from walk(child)
            yield child.tail or ""
        for name in ("aria-label", "title", "data-verdict-name", "data-profile-name"):
            yield e.get(name, "")

    yield from walk(next(e for e in root.iter() if e.tag == NS + "body"))


def english(page):
    """Return the texts of a page that hold three Latin words in a row and are no citation."""
    found = []
    for text in shown(page):
        for kept in KEPT:
            text = text.replace(kept.rstrip("."), "|")
        text = CASE.sub("|", text)
        if any(_wordy(m[0]) for m in PHRASE.finditer(text)) and not CITED.fullmatch(text.strip()):
            found.append(text.strip())
    return sorted(set(found))


def _wordy(phrase):
    """Return whether a phrase has words and is no enumeration: two of three letters or more, not (iv), (vii)."""
    return sum(len(w) > 2 and not set(w) <= set("ivx") for w in re.findall("[A-Za-z]+", phrase)) > 1


def korean(result):
    return parse(html.render(replace(result, spec={**result.spec, "report": {"language": "ko"}})))[0]


@pytest.mark.parametrize("name", LIVE)
def test_a_korean_reader_meets_no_english_sentence(name):
    assert english(korean(LIVE[name]())) == []


def test_neither_in_a_comparison_nor_in_a_letter():
    said = [replace(r(), spec={**r().spec, "report": {"language": "ko"}}) for r in LIVE.values()]
    assert english(parse(render_comparison(compare(*said)))[0]) == []
    result = audited("ko")
    assert len(letters.cases(result)) == 3
    assert [english(parse(letters.render(result, case))[0]) for case in letters.cases(result)] == [[], [], []]


def test_the_detector_finds_english():
    page = html.render(LIVE["decisions"]())
    assert len(english(parse(page)[0])) > 200
    assert english(parse("<body><p>이것은 not a bug 입니다")[0]) == ["이것은 not a bug 입니다"]
    assert english(parse("<body><p>29 CFR 1607.4(D)<p>shapley 값<code>a b c d</code>")[0]) == []


def brackets():
    """Return a language that puts every sentence of the template in brackets."""
    told = [e for e in entries(catalogues.TEMPLATE.read_text("utf-8")) if e.english]
    return Language(
        "xx",
        Catalogue(
            {e.english: f"⟦{e.english}⟧" for e in told if not e.context and not e.plural},
            {e.english: (f"⟦{e.english}⟧", f"⟦{e.plural}⟧") for e in told if e.plural},
            {e.english: f"⟦{e.english}⟧" for e in told if e.context},
        ),
    )


def outside(text):
    """Return what stands outside all brackets."""
    out, depth = [], 0
    for c in text:
        depth += (c == "⟦") - (c == "⟧")
        out.append(c if depth == 0 and c != "⟧" else "" if depth else " ")
    return "".join(out)


def names(result):
    """Return the words of names: of the data, of steps and plug-ins; of no reason or criterion."""
    made = result.provenance
    given = [result.title, made.device, made.created, *made.versions, *map(str, made.versions.values()), *made.hashes]
    given += [str(v) for v in (*made.data.values(), *made.model.values(), *made.model)]
    given += [s for step in result.steps for s in (step.name, step.kind)]
    given += [str(v) for e in result.evidence for v in (e.measure, e.source, *e.about.values())]
    given += [name for p in result.profiles for name in (p.id, *(c.id for c in p.criteria))]
    given += map(str, (result.spec.get("roles") or {}).values())
    for name, e in result.explanations.items():
        given += [name, e.engine, *e.feature_names, *map(str, e.output_names)]
        given += [str(v) for v in e.data.ravel()] if e.data is not None else []
    return {w for text in given for w in re.findall(r"[A-Za-z]{2,}", text)}


def written(result):
    """Return the words that a made result brings along: criteria and reasons that nothing of ours wrote."""
    texts = [*result.provenance.notes, *(e.because for e in result.evidence), *(s.because for s in result.steps)]
    for p in result.profiles:
        texts += [p.title, p.jurisdiction, p.note]
        texts += [t for c in p.criteria for t in (c.title, c.question, c.citation)]
    return {w for text in texts for w in re.findall(r"[A-Za-z]{2,}", text)}


@pytest.mark.parametrize("name", [*LIVE, *MADE])
def test_nothing_of_ours_is_outside_the_catalogue(name, monkeypatch):
    result = {**LIVE, **MADE}[name]()
    monkeypatch.setattr(html, "language", lambda _: brackets())
    root, _ = parse(html.render(result))
    bare = outside("\n".join(shown(root)))
    for kept in KEPT:
        bare = bare.replace(kept.rstrip("."), "")
    known = names(result) | NAMED | (written(result) if name in MADE else set())
    left = {w: line.strip() for line in bare.split("\n") for w in re.findall(r"[A-Za-z]{2,}", line)}
    assert {w: t for w, t in left.items() if w not in known} == {}
