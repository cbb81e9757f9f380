"""The example of a gate, run as it is written: hooks of pre-commit by their entries, pytest in its own process."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
HOOKS = {h["id"]: h for h in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}


@pytest.fixture
def team(tmp_path):
    return Path(shutil.copytree(ROOT / "examples" / "gate", tmp_path / "team"))


def changed(team):
    """The change of a pull request: years of employment weigh ten times as much."""
    code = (team / "screening.py").read_text("utf-8")
    assert "0.05 * (years" in code
    (team / "screening.py").write_text(code.replace("0.05 * (years", "0.5 * (years"), "utf-8")


def run(team, *command):
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, cwd=team, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=300
    )


def hook(team, name):
    """What pre-commit does for a hook of `language: system`: its entry, then the arguments of the configuration."""
    config = yaml.safe_load((team / ".pre-commit-config.yaml").read_text("utf-8"))
    asked = next(h for repo in config["repos"] for h in repo["hooks"] if h["id"] == name)
    assert HOOKS[name]["pass_filenames"] is False
    return run(team, *shlex.split(HOOKS[name]["entry"]), *asked["args"])


def gate(team):
    told = run(
        team,
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rfxs",
        "-p",
        "no:cacheprovider",
        "--xaikit",
        "audit.yaml",
        "--xaikit-baseline",
        "baseline/result.json",
        "--xaikit-out",
        "build",
        "--rootdir",
        ".",
    )
    return told.returncode, told.stdout + told.stderr


@pytest.mark.slow
def test_the_version_in_use_passes_and_leaves_its_pages(team):
    code, told = gate(team)
    assert code == 0, told
    assert (team / "build" / "report.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert hook(team, "xaikit-audit").returncode == 0
    found = hook(team, "xaikit-compare")
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.slow
def test_a_change_for_the_worse_is_stopped_with_its_evidence(team):
    changed(team)
    code, told = gate(team)
    assert code == 1, told
    assert "us_ugesp/UG-4D-rate" in told
    assert "below four fifths" in told
    assert "no measure worsened" in told
    assert "impact_ratio (sex, woman" in told
    assert hook(team, "xaikit-audit").returncode == 0  # it may fail; what counts is whether it got worse
    found = hook(team, "xaikit-compare")
    assert found.returncode == 3
    assert "✘ impact_ratio (sex, woman" in found.stdout


@pytest.mark.slow
def test_with_rows_the_comparison_is_row_by_row(team):
    assert (
        run(team, "xaikit", "audit", "audit.yaml", "--out", "baseline", "--exit-zero", "-q", "--keep-rows").returncode
        == 0
    )
    code = (team / "screening.py").read_text("utf-8")
    (team / "screening.py").write_text(code.replace("0.05 * (years", "0.1 * (years"), "utf-8")
    told = gate(team)[1]
    assert "tested row by row" in told, told


def test_what_the_example_refers_to_is_there():
    workflow = yaml.safe_load((ROOT / "examples" / "gate" / "audit-workflow.yml").read_text("utf-8"))
    commands = [step.get("run", "") for step in workflow["jobs"]["gate"]["steps"]]
    assert any("--xaikit-baseline baseline/result.json" in c for c in commands)
    text = (ROOT / "examples" / "gate" / "baseline" / "result.json").read_text("utf-8")
    assert str(ROOT) not in text
    assert json.loads(text)["spec"]["data"]["path"] == "applicants.csv"
