"""English texts of a result are recognised by their fixed words; what is not known is shown as it is."""

import time

import pytest

from xaikit.report.particles import particle
from xaikit.report.prose import Form, Phrasebook

BOOK = Phrasebook.of(
    {
        "needs {what}, which this audit has not": "{what:이/가} 필요하나 이 감사에는 없습니다",
        "Not measured: {because}.": "측정하지 않았습니다. {because}.",
        "fewer than {n} rows": "행이 {n}개보다 적습니다",
        "it vanished": "사라졌습니다",
        "below {x}; {why}": "{x} 미만입니다. {why}",
        "{what} is told with {value}": "{what:을/를} {value:으로/로} 알아냅니다",
        ", of {n} rows": "(행 {n}개)",
    },
    {"rows": "행", ".": "."},
    particle,
)


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("fewer than 30 rows", "행이 30개보다 적습니다"),
        ("needs model, rows, which this audit has not", "model, 행이 필요하나 이 감사에는 없습니다"),
        ("Not measured: fewer than 3 rows.", "측정하지 않았습니다. 행이 3개보다 적습니다."),
        ("it vanished. fewer than 3 rows.", "사라졌습니다. 행이 3개보다 적습니다."),
        ("it vanished; it stayed", "사라졌습니다; it stayed"),
        ("below 0.8; it vanished", "0.8 미만입니다. 사라졌습니다"),
        ("a text of the data, rows or not", "a text of the data, rows or not"),
        ("", ""),
        ("rows", "행"),
        ("sex is told with 0.9, of 12 rows.", "sex를 0.9(행 12개)로 알아냅니다."),
        ("Not measured: fewer than 3 rows", "측정하지 않았습니다. 행이 3개보다 적습니다"),
        ("above: roles.control; below x", "above: roles.control; below x"),
        ("fewer than  rows", "행이 개보다 적습니다"),
    ],
)
def test_a_text_is_said(english, korean):
    assert BOOK.said(english) == korean


def test_braces_in_data_are_data():
    assert BOOK.said("fewer than {n} rows") == "행이 {n}개보다 적습니다"
    assert BOOK.said("needs {0.__class__}, which this audit has not").startswith("{0.__class__}")


def test_slots_that_touch_and_doubled_braces():
    assert Form.of("a{x}{y}b", "").fill("a12b") == {"x": "", "y": "12"}
    assert Form.of("a {{x}} {y}", "").fill("a {x} 1") == {"y": "1"}
    assert Form.of("ab{x}ba", "").fill("aba") is None


def test_hostile_texts_take_no_time():
    text = "needs " + ", ".join(["rows: ; below . "] * 3000)
    started = time.perf_counter()
    BOOK.said(text)
    assert time.perf_counter() - started < 5
