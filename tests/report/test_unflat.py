"""Pictures, series and texts: every chart is well-formed, escaped, and has its numbers as a table."""

import re

import numpy as np
import pytest
from html5lib import HTMLParser

from xaikit.auditing.gathered import gathered
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.report.charts.heat import MOST_CELLS, Heat
from xaikit.report.charts.passage import Passage
from xaikit.report.language import ENGLISH
from xaikit.report.unflat import is_flat, unflat

RNG = np.random.default_rng(0)


def explanation(shape, engine="integrated_gradients", data=None, names=()):
    values = RNG.normal(size=(3, *shape, 1))
    whole = values.sum(axis=tuple(range(1, values.ndim - 1)))
    return Explanation(values, np.zeros((3, 1)), whole, names, ("yes",), engine, data=data, target="output yes")


def words(*texts):
    most = max(len(t.split()) for t in texts)
    data = np.full((3, most), "", dtype=object)
    for i, text in enumerate(texts):
        data[i, : len(text.split())] = text.split()
    return explanation((most,), "words", data, tuple(f"word {i}" for i in range(most)))


HOSTILE = '<script>alert(1)</script> "quoted" ‮right-to-left 名前 ' + "x" * 300
CASES = {
    "pictures": explanation((1, 9, 7), data=RNG.normal(size=(3, 1, 9, 7))),
    "large pictures": explanation((3, 100, 130), data=RNG.normal(size=(3, 3, 100, 130))),
    "pictures unseen": explanation((1, 9, 7)),
    "series": explanation((12, 3)),
    "embeddings": explanation((9, 64)),
    "texts": words("one two three", HOSTILE, "a"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_page_with_it_is_whole_and_holds_nothing_that_runs(name):
    page = gathered("A page", {name: CASES[name]}).to_html()
    assert "no chart fits" not in page
    parser = HTMLParser(strict=False)
    parser.parse(page)
    assert "<script>alert(1)" not in page
    assert re.search(r"<svg[^>]*>.*</svg>", page, re.S)
    assert "completeness residual" in page


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("width", [320, 900])
def test_what_is_drawn_stays_inside(name, width):
    for block in unflat(CASES[name], name)[2:]:
        drawing = block.figure.draw(width, ENGLISH)
        assert 0 < drawing.height < 2000
        for x, w in re.findall(r'<rect x="([-\d.]+)" y="[-\d.]+" width="([-\d.]+)"', drawing.body):
            assert float(x) >= 0
            assert float(x) + float(w) <= width + 1


def test_the_twin_of_a_field_holds_its_strongest_places():
    field = np.zeros((4, 5))
    field[2, 3], field[0, 1] = -7.0, 3.0
    rows = Heat(field).twin()[1]
    assert rows[0].cells[:2] == ("3", "4")
    assert rows[0].cells[2].value == -7.0
    assert rows[1].cells[:2] == ("1", "2")


def test_signs_have_their_colours_and_sizes_their_depth():
    body = Heat(np.array([[1.0, -0.5, 0.0]])).draw(600, ENGLISH).body
    assert body.count('class="up"') == 1
    assert 'class="up" fill-opacity="1.00"' in body
    assert 'class="down" fill-opacity="0.50"' in body


def test_a_fine_picture_is_drawn_as_means():
    field = np.zeros((200, 200))
    field[100, 100] = 1.0
    body = Heat(field).draw(600, ENGLISH).body
    assert 0 < body.count("M") < MOST_CELLS**2


def test_a_passage_keeps_the_order_of_the_text():
    passage = Passage(["never", "a", "nurse"], [-2.0, 0.01, 1.0], [0.1, 0.1, 0.1])
    body = passage.draw(600, ENGLISH).body
    assert body.index("never") < body.index(">a<") < body.index("nurse")
    assert body.count("<rect") == 2, "what moved nothing is not marked"
    columns, rows = passage.twin()
    assert [r.cells[0] for r in rows] == ["never", "a", "nurse"]
    assert len(columns) == 3


def test_tables_stay_with_the_charts_of_tables():
    assert is_flat(explanation((2,), "shapley", names=("a", "b")))
    assert not any(is_flat(e) for e in CASES.values())


def test_swapped_names_and_generated_rows_have_sections_with_every_number_they_measured():
    evidence = [
        Evidence("name_swap_difference", 0.25, 0.1, 0.4, 8, "score", {"group": HOSTILE, "reference": "men"}),
        Evidence("name_swap_p", 0.008, n=8, unit="p", about={"group": HOSTILE, "reference": "men"}),
        Evidence("two_sample_auc", 0.91, 0.88, 0.94, 900, "auc"),
        Evidence("group_rate_drift", -0.2, n=900, unit="rate", about={"sensitive": "sex", "group": "F"}),
    ]
    page = gathered("A page", {}, evidence=evidence).to_html()
    assert "The same text under another name" in page
    assert "Generated rows beside the real ones" in page
    assert "0.910" in page or "0.91" in page
    assert "<script>alert(1)" not in page
    empty = gathered("A page", {}).to_html()
    assert "under another name" not in empty.split("<script")[0]
