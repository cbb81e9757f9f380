"""No sentence speaks of cause above its rung: a lint over every sentence, and over the Korean catalogue."""

import re

import pytest

from tests.report.test_korean import sentences
from xaikit.report.catalogue import catalogue

ENGLISH = re.compile(
    r"\b(because of|caused? by|causes|due to|leads? to|results? in|owing to|drives?|driven by|effects? of)\b", re.I
)
KOREAN = re.compile("때문에|로 인해|로 인하여|초래|유발")
# Where cause is what is spoken of: the ladder itself, what is not established, and what intervening on a model shows.
MAY = ("cause.py", "not_established.py", "attribute_flip.py")


def test_english_sentences_keep_to_their_rung():
    assert {
        t: where for t, where in sentences().items() if ENGLISH.search(t) and where.split(":")[0] not in MAY
    } == {}


def test_korean_sentences_keep_to_their_rung():
    ours = sentences()
    spoken = {k: v for k, v in catalogue("ko").items() if k in ours and ours[k].split(":")[0] not in MAY}
    assert spoken
    assert {k: v for k, v in spoken.items() if KOREAN.search(v)} == {}


@pytest.mark.parametrize("bad", ["Rejected because of sex", "This leads to a gap", "the gap is driven by age"])
def test_the_lint_bites(bad):
    assert ENGLISH.search(bad)
    assert KOREAN.search("성별 때문에 탈락했습니다")
