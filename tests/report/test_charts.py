"""Charts: sound SVG within its frame, every number in the twin, marks where their values say."""

import itertools
import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xaikit.report.blocks import Drawing
from xaikit.report.charts.beeswarm import MARKS, Beeswarm, Swarm
from xaikit.report.charts.histogram import Bins, Histogram
from xaikit.report.charts.intervals import Intervals, Item, Line
from xaikit.report.charts.lines import Lines, Point, Series
from xaikit.report.charts.matrix import Matrix, Tile
from xaikit.report.charts.scales import Scale, padded, ticks
from xaikit.report.charts.svg import cut, text_width
from xaikit.report.charts.waterfall import Part, Waterfall
from xaikit.report.language import ENGLISH

HOSTILE = "<script>alert('1')</script> & \"x\" \N{HEBREW LETTER ALEF}"


def intervals(**more):
    items = (
        Item("a", 0.3, 0.2, 0.4, evidence="a"),
        Item(HOSTILE, 0.6, 0.5, 0.7, evidence="b", colour=1),
        Item("c", None, because="nobody in the group", evidence="c"),
    )
    return Intervals(
        items, "percent", "group", "rate", lines=(Line(0.8, "bound", strong=True), Line(0.82, "near it")), **more
    )


FIGURES = {
    "bars": intervals(),
    "dots": intervals(bars=False, shade=(0.0, 0.8), limit=(0.0, 1.2)),
    "lines": Lines(
        (
            Series(HOSTILE, (Point(0.1, 0.2, 0.1, 0.3, 5), Point(0.9, 0.8, 0.7, 0.9, 5))),
            Series("b", (Point(0.5, 0.5),), 1),
        ),
        "x",
        "y",
        "group",
        diagonal="perfect",
    ),
    "waterfall": Waterfall(
        0.2, 0.9, (Part(HOSTILE, 1.0, 0.8, 1.2, "40"), Part("b", -0.3)), "base", "score", head="feature"
    ),
    "beeswarm": Beeswarm((Swarm(HOSTILE, (-1.0, 0.0, 2.0), (0.0, None, 1.0)),), "feature", "low", "high"),
    "matrix": Matrix(
        ("f", HOSTILE), ("x", "y"), {("f", "x"): Tile(0.5, 10, "e"), (HOSTILE, "y"): Tile(None, 3)}, "both"
    ),
    "histogram": Histogram(
        (0.0, 0.5, 1.0), (Bins("a", (3, 7)), Bins(HOSTILE, (0, 0), 1)), "score", (Line(0.5, "threshold"),)
    ),
}


def drawn(figure, width=736):
    drawing = figure.draw(width, ENGLISH)
    assert isinstance(drawing, Drawing)
    return drawing, ElementTree.fromstring(f"<svg>{drawing.body}</svg>")


@pytest.mark.parametrize("width", [736, 340])
@pytest.mark.parametrize("name", FIGURES)
def test_a_chart_is_sound_xml_without_foreign_elements(name, width):
    _, root = drawn(FIGURES[name], width)
    assert {e.tag for e in root.iter()} <= {"svg", "rect", "circle", "path", "text", "title"}
    assert not [k for e in root.iter() for k in e.attrib if k.startswith("on") or "href" in k or k == "style"]


@pytest.mark.parametrize("width", [736, 340])
@pytest.mark.parametrize("name", FIGURES)
def test_nothing_lies_outside_the_frame(name, width):
    drawing, root = drawn(FIGURES[name], width)
    for e in root.iter():
        for key, limit in (("x", width), ("cx", width), ("y", drawing.height), ("cy", drawing.height)):
            if key in e.attrib:
                assert -1 <= float(e.get(key)) <= limit + 1, (name, e.attrib)
        if e.tag == "rect":
            assert float(e.get("x")) + float(e.get("width")) <= width + 1


@pytest.mark.parametrize("name", FIGURES)
def test_a_chart_drawn_twice_is_the_same(name):
    assert FIGURES[name].draw(736, ENGLISH) == FIGURES[name].draw(736, ENGLISH)


@pytest.mark.parametrize("name", FIGURES)
def test_the_twin_has_a_row_for_everything_drawn(name):
    columns, rows = FIGURES[name].twin()
    assert rows
    assert all(len(r.cells) == len(columns) for r in rows)
    words = " ".join(ENGLISH.plain(c) for r in rows for c in r.cells) + " ".join(
        ENGLISH.plain(c.head) for c in columns
    )
    assert "script" in words


def test_bars_start_at_zero_and_are_as_long_as_their_value():
    _, root = drawn(intervals())
    bars = [e for e in root.iter("rect") if e.get("class", "").startswith("g")]
    lengths = [float(b.get("width")) for b in bars]
    assert lengths[1] / lengths[0] == pytest.approx(2, rel=0.01)
    assert bars[0].get("x") == bars[1].get("x")


def test_a_missing_value_is_hatched_and_says_why():
    _, root = drawn(intervals())
    assert [e for e in root.iter("rect") if e.get("class") == "hatch"]
    assert "nobody in the group" in "".join(root.itertext())


def test_threshold_labels_do_not_lie_over_each_other():
    _, root = drawn(intervals())
    near = [e for e in root.iter("text") if e.text in ("bound", "near it")]
    assert len({e.get("y") for e in near}) == 2


def test_a_waterfall_ends_where_its_parts_lead():
    figure = FIGURES["waterfall"]
    assert figure.start + sum(p.value for p in figure.parts) == pytest.approx(figure.stop)
    _, root = drawn(figure)
    bars = [e for e in root.iter("rect") if e.get("class") in ("up", "down")]
    end = [e for e in root.iter("path") if e.get("class") == "end"][-1]
    place = float(re.match(r"M([\d.]+)", end.get("d"))[1])
    assert float(bars[-1].get("x")) == pytest.approx(place, abs=0.2)


def test_a_beeswarm_of_many_rows_has_at_most_two_thousand_marks():
    swarms = tuple(
        Swarm(str(j), tuple(((i * 37) % 1000) / 1000 for i in range(5000)), (None,) * 5000) for j in range(12)
    )
    figure = Beeswarm(swarms, "feature", "low", "high")
    assert figure.per_mark() == 30
    marks = figure.draw(736, ENGLISH).body.count("h0")
    assert marks <= 2 * MARKS
    assert len(figure.draw(736, ENGLISH).body) < 60_000


def test_a_beeswarm_of_few_rows_has_one_mark_each():
    assert FIGURES["beeswarm"].draw(736, ENGLISH).body.count("h0") == 3


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 8))
def test_ticks_are_round_inside_and_evenly_spaced(low, span, wanted):
    found = ticks(low, low + span, wanted)
    assert len(found) <= 2 * wanted + 2
    assert all(low - 1e-6 * span <= t <= low + span + 1e-6 * span for t in found)
    gaps = {round((b - a) / span, 6) for a, b in itertools.pairwise(found)}
    assert len(gaps) <= 2


@settings(max_examples=50)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=6), st.booleans())
def test_any_numbers_have_an_axis(values, zero):
    low, high = padded(values, zero=zero)
    assert low < high
    scale = Scale(low, high, 10, 20)
    assert all(10 <= scale(v) <= 20 for v in values if v == v)


def test_text_is_measured_wider_for_hangul_and_cut_to_fit():
    assert text_width("가나다") > text_width("abc")
    assert text_width(cut("a very long name of a group", 60)) <= 60
    assert cut("short", 100) == "short"
