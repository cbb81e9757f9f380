"""The site in headless Chromium: no error, nothing asked of another host, and the search finds what is written."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytest.importorskip("zensical", reason="needs the extra `docs`: make docs")
PAGES = ("index", "tutorials/auditor", "how-to/ci", "statistics/best-of-k", "reference/checks", "migration/shap")


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(site):
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.mark.browser
def test_pages_open_without_an_error_and_ask_no_other_host(address, chromium):
    page = chromium.new_page(viewport={"width": 360, "height": 800})
    errors, asked = [], []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("request", lambda r: asked.append(r.url))
    for name in PAGES:
        page.goto(f"{address}/{name}.html")
        page.wait_for_load_state("networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} scrolls sideways on a phone by {wide} px"
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{address}/index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("minimum detectable")
    page.get_by_text("What could have been noticed").last.wait_for(timeout=10_000)
    page.close()
    assert not errors
    assert asked
    assert all(url.startswith(address) for url in asked)
