"""Charts as pictures: the colours and the words of the chart are in the pixels."""

import struct
import sys

import pytest

from xaikit.core import plugin
from xaikit.core.errors import MissingExtraError
from xaikit.io.png import DENSITY, png

CHART = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="40"><rect width="100" height="40" fill="#fff"/>'
    "{more}</svg>"
)


def size(raw):
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", raw[16:24])


def test_a_picture_has_two_pixels_to_a_unit():
    assert size(png(CHART.format(more=""))) == (100 * DENSITY, 40 * DENSITY)


def test_marks_and_words_make_a_difference():
    empty = png(CHART.format(more=""))
    assert png(CHART.format(more='<circle cx="20" cy="20" r="9" fill="#1d6fb0"/>')) != empty
    assert png(CHART.format(more='<text x="4" y="30" font-family="sans-serif">words</text>')) != empty


def test_the_same_chart_gives_the_same_picture():
    assert png(CHART.format(more="")) == png(CHART.format(more=""))


def test_without_the_package_its_command_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    monkeypatch.delitem(sys.modules, "xaikit.io.png", raising=False)
    with pytest.raises(MissingExtraError, match=r"xaikit\[png\]"):
        plugin.function("xaikit.io.png", "png")
