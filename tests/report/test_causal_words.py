"""No sentence speaks of cause above its rung: a lint over all that a reader may see, in both languages."""

import re

import pytest

from tools import sources
from xaikit.report.catalogue import catalogue

ENGLISH = re.compile(
    r"\b(because of|caused? by|causes?|due to|leads? to|results? in|owing to|drives?|driven by|effects? of|"
    r"thanks to|brings? about|responsible for|made (her|him|them) fail)\b",
    re.I,
)
KOREAN = re.compile(
    "때문에|로 인해|로 인하여|으로 말미암|탓에|탓으로|초래|유발|야기|원인이 되|덕분에|일으키|일으킨|일으켰"
)
# Where cause is what is spoken of: the ladder itself, what is not established, and what intervening on a model shows.
MAY = ("cause.py", "not_established.py", "attribute_flip.py", "rungs.py", "evidence_of_cause.py")
# Law that is quoted names a prohibited effect, and does not say that there is one; a measure bears its ladder's name.
NAMED = (
    "Effect of subjecting employees to discrimination",
    "in force; effects test deleted 2026-07-21",
    "The effects test was deleted on 21 July 2026; the duty to state the specific principal reasons",
    "Forbids discriminatory effects of AI in employment, and the use of zip codes",
    "standing of the claim of cause",
)


def texts():
    """Return every text that a reader may see, with the file that it stands in."""
    found = {}
    for source in sources.sources():
        for english in filter(None, (source.english, source.plural)):
            found.setdefault(english, set()).add(source.place[0].rsplit("/", 1)[-1])
    return found


def lint(said, pattern, files):
    """Return what speaks of cause outside the places that may."""
    return {
        e: t for e, t in said.items() if not e.startswith(NAMED) and pattern.search(t) and not files[e] <= set(MAY)
    }


def korean():
    known = catalogue("ko")
    return {**known.sentences, **known.results, **{k: " ".join(v) for k, v in known.plurals.items()}}


def test_english_sentences_keep_to_their_rung():
    files = texts()
    assert len(files) > 1000
    assert lint({e: e for e in files}, ENGLISH, files) == {}


def test_korean_sentences_keep_to_their_rung():
    files, said = texts(), korean()
    assert len(said) > 900
    assert lint({e: t for e, t in said.items() if e in files}, KOREAN, files) == {}


@pytest.mark.parametrize("bad", ["Rejected because of sex", "This leads to a gap", "the gap is driven by age"])
def test_the_lint_bites(bad):
    assert lint({bad: bad}, ENGLISH, {bad: {"gap.py"}}) == {bad: bad}
    assert lint({bad: bad}, ENGLISH, {bad: {"cause.py"}}) == {}
    assert lint({bad: "성별 때문에 탈락했습니다"}, KOREAN, {bad: {"profile.yaml"}})
