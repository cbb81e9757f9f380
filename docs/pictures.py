"""Take the pictures of the README: the first page of each demo report, in headless Chromium.

Run `make pictures` after `make demo`; it needs Debian's package chromium, or Chrome. The pages are rendered from the
results, so that a picture never shows an older page than the code draws.
"""

import sys
import tempfile
from pathlib import Path

from xaikit.core.result import AuditResult
from xaikit.io.chromium import picture

ROOT = Path(__file__).resolve().parents[1]
PICTURES = {"report.png": ("income.json", 1280, 780), "callbacks.png": ("callbacks.json", 1280, 780)}


def main() -> None:
    """Take every picture."""
    for name, (result, width, height) in PICTURES.items():
        source = ROOT / "reports" / result
        if not source.exists():
            sys.exit(f"{source} is not there: run `make demo` first")
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder, "report.html")
            AuditResult.from_json(source).to_html(page)
            picture(page.as_uri(), width, height, ROOT / "docs" / name)
        sys.stdout.write(f"docs/{name}\n")


if __name__ == "__main__":
    main()
