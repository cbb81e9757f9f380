"""A browser without a window, where one is installed: the only way to paper that keeps tags, outline and fonts."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from xaikit.core.errors import MissingExtraError, XaikitError, shown

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
QUIET = (
    *("--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--no-default-browser-check"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"),
    *("--disable-extensions", "--disable-dev-shm-usage", "--force-color-profile=srgb"),
)
PAPER = ("--no-pdf-header-footer", "--export-tagged-pdf", "--generate-pdf-document-outline")
SCRIPT = re.compile(r"<script>.*?</script>", re.DOTALL)
SECONDS = 120


class BrowserError(XaikitError):
    """The browser did not do what it was asked for."""


def found() -> str | None:
    """Return the path of a Chromium, Chrome or Edge; the environment's `CHROMIUM` comes first."""
    names = (os.environ.get("CHROMIUM", ""), *NAMES, *ELSEWHERE)
    return next((path for name in names if name and (path := shutil.which(name))), None)


def pdf(page: str) -> bytes:
    """Return a page as tagged PDF with an outline, set as its style sheet sets it on paper.

    Parameters
    ----------
    page : str
        HTML that needs nothing from elsewhere.

    Raises
    ------
    MissingExtraError
        When there is no browser on this machine.
    BrowserError
        When it wrote nothing.
    """
    with tempfile.TemporaryDirectory(prefix="xaikit-") as folder:
        source, target = Path(folder, "report.html"), Path(folder, "report.pdf")
        # without script, charts keep their descriptions and no button becomes a form
        source.write_text(SCRIPT.sub("", page), "utf-8")
        told = asked([*PAPER, f"--print-to-pdf={target}", source.as_uri()])
        if not target.is_file():
            raise BrowserError("printing to PDF", shown(told.strip()[-300:], 320), "a file from the browser")
        return target.read_bytes()


def picture(address: str, width: int, height: int, path: Path) -> None:
    """Write a picture (PNG) of the top of a page, in the light colours.

    Raises
    ------
    MissingExtraError, BrowserError
        As `pdf` does.
    """
    told = asked([f"--screenshot={path}", f"--window-size={width},{height}", address])
    if not path.is_file():
        raise BrowserError("taking a picture", shown(told.strip()[-300:], 320), "a file from the browser")


def asked(arguments: list[str]) -> str:
    """Run the browser on its own, with a profile of its own, and return what it complained of."""
    browser = found()
    if browser is None:
        raise MissingExtraError(
            "PDF", "no Chromium, Chrome or Edge", "one of them", "Debian: apt-get install chromium; or set CHROMIUM"
        )
    # its sandbox refuses to start for root; the page's own policy allows no code and no address but its own
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="xaikit-", ignore_cleanup_errors=True) as profile:
        command = [browser, *QUIET, *root, f"--user-data-dir={profile}", *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise BrowserError(f"the browser {browser}", f"no answer in {SECONDS} seconds", "an answer") from None
        except OSError as error:
            raise BrowserError(f"the browser {browser}", f"'{error.strerror}'", "a program that starts") from None
    return done.stderr
