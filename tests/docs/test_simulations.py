"""Every table of a simulation that a page shows is what its script prints, to the last digit."""

import contextlib
import io
import re
import runpy
import sys

import pytest

from tests.docs.blocks import ROOT

FOLDER = ROOT / "docs" / "simulations"
SCRIPTS = sorted(p for p in FOLDER.glob("*.py") if p.name != "markdown.py")
SHOWN = "\n".join(p.read_text("utf-8") for p in sorted((ROOT / "docs").rglob("*.md")))


def printed(script):
    """Return what a script prints."""
    out = io.StringIO()
    sys.path.insert(0, str(FOLDER))
    try:
        with contextlib.redirect_stdout(out):
            runpy.run_path(str(script), run_name="__main__")
    finally:
        sys.path.remove(str(FOLDER))
    return out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_the_table_is_what_the_script_prints(script):
    """`python docs/simulations/NAME.py > docs/simulations/NAME.txt` writes it again."""
    assert printed(script) == script.with_suffix(".txt").read_text("utf-8")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_it_is_shown_on_a_page_and_draws_from_a_seed(script):
    assert f'--8<-- "simulations/{script.stem}.txt"' in SHOWN
    text = script.read_text("utf-8")
    drawn = re.findall(r"default_rng\(([^)]*)\)", text)
    assert all(drawn)
    assert drawn or "No chance is drawn" in text or "All ways" in text or "the same applicants" in text


def test_the_charts_are_drawn_from_the_tables():
    """`python docs/charts.py` draws them again."""
    charts = runpy.run_path(str(ROOT / "docs" / "charts.py"))
    for chart in charts["CHARTS"]:
        assert charts["drawn"](chart) == (FOLDER / f"{chart.table}.svg").read_text("utf-8")
        assert len(charts["rows"](chart.table, chart.column)) >= 2
        assert f'--8<-- "simulations/{chart.table}.svg"' in SHOWN


def test_the_diagram_is_what_its_script_draws(tmp_path):
    drawing = runpy.run_path(str(ROOT / "docs" / "diagram.py"))
    before = (ROOT / "docs" / "parts.svg").read_bytes()
    drawing["main"]()
    assert (ROOT / "docs" / "parts.svg").read_bytes() == before
