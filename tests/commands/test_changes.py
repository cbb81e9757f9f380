"""`xaikit compare`: the exit code gates a pull request, the page is written whole."""

import pytest
from typer.testing import CliRunner

from tests.auditing.test_compare import audit
from xaikit.cli import app


@pytest.mark.parametrize(
    ("before", "after", "code", "mark"), [(157, 157, 0, "="), (157, 60, 3, "✘"), (60, 230, 0, "✔")]
)
def test_what_worsened_is_the_exit_code(tmp_path, before, after, code, mark):
    paths = []
    for name, black in (("before", before), ("after", after)):
        paths.append(str(tmp_path / f"{name}.json"))
        audit(black).to_json(paths[-1])
    page = tmp_path / "page.html"
    told = CliRunner().invoke(app, ["compare", *paths, "--out", str(page)])
    assert told.exit_code == code, told.output
    assert mark in told.output
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")


def test_what_is_no_result_ends_in_one_line(tmp_path):
    (tmp_path / "x.json").write_text("{}")
    told = CliRunner().invoke(app, ["compare", str(tmp_path / "x.json"), str(tmp_path / "x.json")])
    assert told.exit_code == 1
    assert "result JSON" in told.output
