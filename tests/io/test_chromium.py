"""The browser at the edge: found where it is, named where it is not; what it prints is read in tests/browser."""

import pytest

from xaikit.core.errors import MissingExtraError
from xaikit.io import chromium


def test_the_environment_names_the_browser(monkeypatch, tmp_path):
    path = tmp_path / "mine"
    path.write_text("#!/bin/sh\necho no display >&2\n")
    path.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(path))
    assert chromium.found() == str(path)
    with pytest.raises(chromium.BrowserError, match="no display"):
        chromium.pdf("<p>hello")
    with pytest.raises(chromium.BrowserError, match="no display"):
        chromium.picture("about:blank", 100, 100, tmp_path / "a.png")


def test_no_browser_is_said_with_what_to_install(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(chromium, "ELSEWHERE", ())
    assert chromium.found() is None
    with pytest.raises(MissingExtraError, match="apt-get install chromium"):
        chromium.pdf("<p>hello")


def test_a_browser_that_hangs_is_ended(monkeypatch, tmp_path):
    path = tmp_path / "slow"
    path.write_text("#!/bin/sh\nexec sleep 60\n")
    path.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(path))
    monkeypatch.setattr(chromium, "SECONDS", 0.3)
    with pytest.raises(chromium.BrowserError, match="no answer in"):
        chromium.pdf("<p>hello")
