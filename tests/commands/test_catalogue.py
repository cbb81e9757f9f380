"""`list`, `schema`, `doctor` and completion, as somebody meets them who has read nothing."""

import os
import subprocess
import sys
from importlib import metadata

import pytest
from typer.testing import CliRunner

from xaikit.cli import app
from xaikit.commands import catalogue
from xaikit.io import chromium

RUN = CliRunner()


def test_doctor_names_what_is_needed_what_is_optional_the_browser_and_the_devices():
    done = RUN.invoke(app, ["doctor"])
    assert done.exit_code == 0, done.output
    for name in ("python", "torch", "pyyaml", "onnxruntime", "transformers", "resvg-py", "browser", "auto", "cpu"):
        assert name in done.output
    assert (chromium.found() or "no Chromium") in done.output.replace("\n", "")


def test_every_requirement_is_read_with_its_least_version_and_extra():
    needed, extras = catalogue._requirements()
    assert ("torch", "2.6", "") in needed
    assert ("transformers", "4.45", "text") in extras
    assert not {"ruff", "pytest", "playwright"} & {name for name, _, _ in extras}
    assert {name for name, _, _ in needed} >= {"numpy", "pandas", "skops"}


@pytest.mark.parametrize(
    ("least", "said"), [("1.0", ""), ("99.0", "older than 99.0: pip install x"), ("", "")], ids=["new", "old", "any"]
)
def test_a_package_that_is_too_old_is_said(least, said):
    assert catalogue._amiss("numpy", least, "pip install x") == said


def test_a_missing_package_fails_and_names_its_command(monkeypatch):
    def version(name):
        if name == "captum":
            raise metadata.PackageNotFoundError(name)
        return "99.0"

    monkeypatch.setattr(catalogue.metadata, "version", version)
    done = RUN.invoke(app, ["doctor"])
    assert done.exit_code == 1
    assert "pip install captum" in done.output


@pytest.mark.parametrize(("typed", "wanted"), [("xaikit in", "init"), ("xaikit audit --ou", "--out")])
def test_the_shell_completes_commands_and_options(typed, wanted):
    words = typed.split()
    env = {**os.environ, "_XAIKIT_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run([sys.executable, "-m", "xaikit"], env=env, capture_output=True, text=True, timeout=60)
    assert wanted in done.stdout.split(), done.stdout + done.stderr


def test_completion_can_be_installed():
    done = RUN.invoke(app, ["--help"])
    assert "--install-completion" in done.output
    env = {**os.environ, "_XAIKIT_COMPLETE": "source_bash"}
    told = subprocess.run([sys.executable, "-m", "xaikit"], env=env, capture_output=True, text=True, timeout=60)
    assert "complete" in told.stdout
    assert "xaikit" in told.stdout


def test_the_doctor_names_plug_ins_of_other_packages_and_what_is_wrong_with_them(installed):
    assert "plug-ins of other packages" not in RUN.invoke(app, ["doctor"]).output
    installed("checks", "theirs", "import no_such_package")
    installed("sections", "sound", "def blocks(result): return []")
    told = RUN.invoke(app, ["doctor"])
    assert told.exit_code == 0, told.output  # nothing that xaikit needs is missing
    words = " ".join(told.output.split())
    assert "plug-ins of other packages theirs checks checks: theirs: got ModuleNotFoundError" in words
    assert "sound sections" in words
