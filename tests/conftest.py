"""What tests of several folders share: one Chromium, for playwright runs once in a process."""

import textwrap

import pytest

from xaikit.core import plugin
from xaikit.io.chromium import found


@pytest.fixture
def installed(tmp_path_factory, monkeypatch):
    """Install a package that brings one plug-in by entry point, as pip leaves it, for the time of a test."""

    def install(kind, name, code):
        site = tmp_path_factory.mktemp("site")
        module = f"brought_{kind}_{len(str(site))}_{site.name.replace('-', '_')}"
        (site / f"{module}.py").write_text(textwrap.dedent(code), "utf-8")
        facts = site / f"{module}-1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", "utf-8")
        (facts / "entry_points.txt").write_text(f"[xaikit.{kind}]\n{name} = {module}\n", "utf-8")
        monkeypatch.syspath_prepend(str(site))
        plugin._entry_points.cache_clear()
        return module

    yield install
    monkeypatch.undo()
    plugin._entry_points.cache_clear()


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, or the one that CHROMIUM names; without one the tests are skipped, and say so."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`")
    path = found()
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield browser
        browser.close()
