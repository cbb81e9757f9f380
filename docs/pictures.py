"""Take the pictures of the README: the first page of each demo report, in headless Chromium.

Run `make pictures` after `make demo`; it needs Debian's package chromium, or Chrome.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES = {"report.png": ("income.html", 1280, 780), "callbacks.png": ("callbacks.html", 1280, 780)}
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def take(browser: str, page: Path, picture: Path, width: int, height: int) -> None:
    """Write one screenshot."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *FLAGS, f"--user-data-dir={profile}", f"--screenshot={picture}"]
        subprocess.run([*command, f"--window-size={width},{height}", page.as_uri()], check=True, capture_output=True)


def main() -> None:
    """Take every picture."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        sys.exit("no Chromium found: apt-get install chromium")
    for name, (page, width, height) in PICTURES.items():
        source = ROOT / "reports" / page
        if not source.exists():
            sys.exit(f"{source} is not there: run `make demo` first")
        take(browser, source, ROOT / "docs" / name, width, height)
        sys.stdout.write(f"docs/{name}\n")


if __name__ == "__main__":
    main()
