"""Charts as files of their own: whole, readable where no style sheet is, with their title and their source."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

from tests.report.results import income_result
from xaikit.report.charts.svg import text_width
from xaikit.report.html import style_sheet
from xaikit.report.standalone import MARGIN, charts, resolved, slug
from xaikit.report.writer import WIDE

SVG = "{http://www.w3.org/2000/svg}"


def test_charts_stand_alone(income):
    files = charts(income)
    assert len(files) > 10
    for text in files.values():
        root = ElementTree.fromstring(text)
        assert root.tag == SVG + "svg"
        assert float(root.get("width")) == WIDE + 2 * MARGIN
        assert root.find(SVG + "title").text
        assert root.find(SVG + "desc").text
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_every_colour_is_in_place(income):
    for text in charts(income).values():
        assert "var(" not in text
        assert "undefined" not in text
        assert "#1d6fb0" in text


def test_every_variable_of_the_charts_has_a_light_colour():
    sheet = style_sheet()
    light = set(re.findall(r"--([\w-]+):", sheet[: sheet.index("}")]))
    rules = sheet[sheet.index("svg text{") : sheet.index(".scroll{")]
    # --b is the ground of the opening, which a chart alone does not have
    assert set(re.findall(r"var\(--([\w-]+)\)", rules)) - light == {"b"}
    assert resolved("fill:var(--g0)") == "fill:#1d6fb0"


def test_the_title_stands_in_the_picture_and_fits(income):
    for text in charts(income).values():
        root = ElementTree.fromstring(text)
        lines = [t for t in root.iter(SVG + "text") if "font-size:17px" in (t.get("style") or "")]
        assert " ".join(t.text for t in lines) == " ".join(root.find(SVG + "title").text.split())
        assert all(text_width(t.text, 17, 0.64) <= WIDE or " " not in t.text for t in lines)
        height = float(root.get("height"))
        assert all(float(t.get("y")) < height for t in root.iter(SVG + "text"))


def test_hostile_names_are_text_and_file_names_are_safe():
    result = income_result()
    name = '../../etc/passwd\x00<script>alert("1")</script>'
    hostile = replace(result, explanations={name: result.explanations["shapley"]})
    files = charts(hostile)
    assert all(n == n.lower() and "/" not in n and ".." not in n for n in files)
    for text in files.values():
        assert not list(ElementTree.fromstring(text).iter(SVG + "script"))


def test_slugs_never_are_empty():
    assert slug("×") == "table"
