"""The page of a large audit stays small: its size follows from what was found, never from the number of rows."""

import re

import pytest

from tests.benchmarks.report import audited
from tests.report.results import callbacks_result, income_result
from xaikit.core import codec
from xaikit.report.html import render
from xaikit.report.verify import verify

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    return audited(tmp_path_factory.mktemp("million"))


@pytest.mark.slow
def test_a_report_of_a_million_streamed_rows_stays_below_a_megabyte_and_verifies(million):
    groups = {e.about["group"] for e in million.measured("impact_ratio", sensitive="race×age")}
    assert len(groups) == 36
    assert million.provenance.data["rows"] == 1_000_000
    page = render(million)
    assert len(page.encode()) <= MEGABYTE
    assert verify(page).sound


@pytest.mark.slow
def test_the_size_does_not_grow_with_the_rows(million, tmp_path):
    fewer = audited(tmp_path, rows=20_000)
    assert len(render(million)) < 1.15 * len(render(fewer))


@pytest.mark.parametrize("make", [callbacks_result, income_result])
def test_the_result_inside_is_smaller_than_its_file_and_the_same(make):
    result = make()
    inside = re.search(r'id="result"[^>]*>(.*?)</script>', render(result), re.DOTALL)[1]
    file = codec.dumps(result)
    assert len(inside) < len(file)  # by how much: tests/core/test_compact.py
    assert codec.dumps(codec.loads(inside)) == file
