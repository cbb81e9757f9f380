"""`xaikit compare`: the exit code gates a pull request, the page is written whole."""

import stat

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.auditing.test_compare import audit
from tests.report.results import callbacks_result, income_result
from xaikit.cli import app

RUN = CliRunner()


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


@pytest.fixture
def models(tmp_path):
    """Two models that decided on the same people: the newer turns a few more women down."""
    n = 4000
    sex = np.arange(n) % 2
    old = np.arange(n) % 5 < 2
    new = old & ~((sex == 0) & (np.arange(n) % 100 < 6))
    frame = pd.DataFrame({"sex": np.where(sex == 0, "f", "m"), "old": old.astype(int), "new": new.astype(int)})
    frame.to_csv(tmp_path / "d.csv", index=False)
    for name in ("old", "new"):
        spec = f"data: {{path: d.csv}}\nroles: {{decision: {name}, sensitive: [sex]}}\nprofiles: [us_ugesp]\n"
        (tmp_path / f"{name}.yaml").write_text(spec)
    return tmp_path


def run(folder, name, *more):
    told = RUN.invoke(app, ["audit", str(folder / f"{name}.yaml"), "--out", str(folder / name), "--exit-zero", *more])
    assert told.exit_code == 0, told.output
    return str(folder / name / "result.json")


def test_rows_kept_beside_both_results_are_tested_row_by_row(models):
    alone = RUN.invoke(app, ["compare", run(models, "old", "-q"), run(models, "new", "-q")])
    assert alone.exit_code == 0
    assert "--keep-rows" in alone.output
    assert not list(models.rglob("*.rows.parquet"))
    first, second = run(models, "old", "--keep-rows"), run(models, "new", "--keep-rows")
    rows = models / "old" / "result.rows.parquet"
    assert stat.S_IMODE(rows.stat().st_mode) == 0o600
    told = RUN.invoke(app, ["compare", first, second, "--out", str(models / "page.html")])
    assert told.exit_code == 3, told.output
    assert "✘ impact_ratio (f" in told.output or "✘ impact_ratio (sex, f" in told.output
    assert "tested row by row" in told.output
    page = (models / "page.html").read_text("utf-8")
    assert "row by row: both audits are of the same people" in page


def test_only_a_criterion_that_now_fails_can_be_asked_for(models):
    paths = [run(models, name, "--keep-rows", "-q") for name in ("old", "new")]
    assert RUN.invoke(app, ["compare", *paths]).exit_code == 3
    told = RUN.invoke(app, ["compare", *paths, "--fail-on", "fail"])
    assert told.exit_code == 0, told.output
    assert RUN.invoke(app, ["compare", *paths, "--fail-on", "fial"]).exit_code == 2


def test_rows_of_another_result_are_refused_and_an_audit_without_them_leaves_none_behind(models):
    paths = [run(models, name, "--keep-rows", "-q") for name in ("old", "new")]
    other = (models / "new" / "result.rows.parquet").read_bytes()
    (models / "old" / "result.rows.parquet").write_bytes(other)
    told = RUN.invoke(app, ["compare", *paths])
    assert told.exit_code == 1
    assert "rows of the result with SHA-256" in told.output
    run(models, "old", "-q")
    assert not (models / "old" / "result.rows.parquet").exists()


def test_what_cannot_be_said_is_neither_better_nor_worse(tmp_path):
    callbacks_result().to_json(tmp_path / "a.json")
    income_result().to_json(tmp_path / "b.json")
    told = RUN.invoke(app, ["compare", str(tmp_path / "a.json"), str(tmp_path / "b.json")])
    assert told.exit_code == 4
    assert "nothing in common" in told.output
