"""What tests of several folders share: one Chromium, for playwright runs once in a process."""

import pytest

from xaikit.io.chromium import found


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
