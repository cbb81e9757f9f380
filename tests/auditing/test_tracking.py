"""An audit in MLflow, in a store of its own; skipped where MLflow is not installed."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.report.results import CALLBACKS, callbacks_result, selection
from tests.test_cli import folder
from xaikit.cli import app
from xaikit.core.evidence import Evidence

mlflow = pytest.importorskip("mlflow", reason="needs mlflow: pip install 'xaikit[mlflow]'")


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    place = f"file://{tmp_path / 'mlruns'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", place)
    mlflow.set_tracking_uri(place)
    yield mlflow.MlflowClient()
    mlflow.set_tracking_uri(None)


def test_verdicts_measures_and_files_are_logged_to_a_run_of_its_own(store, tmp_path):
    result = callbacks_result()
    run = store.get_run(result.log_to_mlflow())
    assert run.info.run_name == result.title
    assert run.info.status == "FINISHED"
    assert run.data.tags["xaikit.verdict"] == "FAIL"
    assert run.data.tags["xaikit.verdict.us_ugesp"] == "FAIL"
    assert "UG-4D-rate" in run.data.tags["xaikit.failed"]
    ratio = next(e for e in result.measured("impact_ratio", sensitive="ethnicity", group="black"))
    assert run.data.metrics["impact_ratio/ethnicity/black"] == ratio.value
    assert run.data.metrics["impact_ratio.low/ethnicity/black"] == ratio.low
    assert run.data.metrics["impact_ratio/gender x ethnicity/male x black"] == pytest.approx(
        (32 / 549) / (184 / 1860)
    )
    assert run.data.metrics["findings/fail"] >= 1
    files = {f.path for f in store.list_artifacts(run.info.run_id, "xaikit")}
    assert files == {"xaikit/report.html", "xaikit/result.json"}
    kept = store.download_artifacts(run.info.run_id, "xaikit/result.json", str(tmp_path))
    assert Path(kept).read_text("utf-8") == result.to_json()


def test_an_active_run_and_a_named_run_are_used(store):
    with mlflow.start_run() as run:
        mlflow.log_param("depth", 3)
        assert callbacks_result().log_to_mlflow() == run.info.run_id
        assert mlflow.active_run() is not None
    other = callbacks_result(title="Again").log_to_mlflow(run.info.run_id)
    found = store.get_run(other)
    assert found.data.params == {"depth": "3"}
    assert found.data.tags["xaikit.title"] == "Again"


NAMES = ["a/b", "../..", "", " ", "<script>", "여성", "x" * 400, "n=1;2", "a\nb", ".", "é"]


def test_any_name_of_a_group_is_taken(store):
    evidence = tuple(
        Evidence("selection_rate", i / 10, about={"sensitive": "col/umn", "group": name})
        for i, name in enumerate(NAMES)
    )
    run = store.get_run(replace(callbacks_result(), evidence=evidence).log_to_mlflow())
    values = sorted(v for k, v in run.data.metrics.items() if k.startswith("selection_rate"))
    assert values == pytest.approx([i / 10 for i in range(len(NAMES))])


def test_more_metrics_than_a_batch_holds(store):
    counts = {f"feature {i}": CALLBACKS["ethnicity"] for i in range(120)}
    run = store.get_run(replace(callbacks_result(), evidence=tuple(selection(counts))).log_to_mlflow())
    assert len([k for k in run.data.metrics if k.startswith("impact_ratio/")]) == 240


def test_the_command_line_logs_what_it_found(store, tmp_path):
    told = CliRunner().invoke(app, ["audit", str(folder(tmp_path, women=0.2)), "--mlflow", "--exit-zero"])
    assert told.exit_code == 0, told.output
    (run,) = store.search_runs(["0"])
    assert run.info.run_id in told.output
    assert run.data.metrics["impact_ratio/sex/f"] == 0.4
    twin = json.loads((tmp_path / "result.json").read_text("utf-8"))
    assert run.data.tags["xaikit.created"] == twin["provenance"]["created"]


def test_without_mlflow_the_extra_is_named_before_any_work(tmp_path):
    spec = folder(tmp_path)
    code = (
        "import sys; sys.modules['mlflow'] = None\n"  # as if it were not installed
        "from xaikit.cli import main\n"
        f"main(['audit', {str(spec)!r}, '--mlflow'])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.returncode == 1
    assert "pip install 'xaikit[mlflow]'" in told.stderr
    assert not (tmp_path / "report.html").exists()
