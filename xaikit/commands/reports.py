"""`render`, `verify`, `export` and `verify-audit`: what is done with results that are there already."""

from pathlib import Path

from xaikit.auditing.api import audit_file
from xaikit.auditing.verify_published import verify_published
from xaikit.commands.console import EXIT_BY_VERDICT, progress, say, writable
from xaikit.core import plugin
from xaikit.core.errors import DataError
from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.io import chromium
from xaikit.io.files import write_bytes
from xaikit.report import exports, standalone
from xaikit.report.verify import verify as verified

MOVED = 1e-9  # relative: the noise of summing in another order, not of another number


def render(result: Path, out: Path | None) -> int:
    """Render a result.json again, without measuring anything."""
    page = out or result.with_name("report.html" if result.stem == "result" else f"{result.stem}.html")
    if page.is_dir():
        page = page / "report.html"
    AuditResult.from_json(result).to_html(page)
    say(str(page))
    return 0


def verify(page: Path, rerun: Path | None, quiet: bool) -> int:
    """Check a report's hashes, form and page; with its audit.yaml, measure again and say which numbers moved."""
    try:
        text = page.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"report {page}", f"'{error}'", "an HTML report") from None
    found = verified(text)
    for what, holds, because in found.checks:
        say(f"{'✔' if holds else '✘'} {what}{': ' + because if because else ''}", "" if holds else "red")
    if found.result is None or rerun is None:
        return 0 if found.sound else 3
    with progress(quiet) as told:
        again = audit_file(rerun, progress=told)
    moved = _moved(found.result, again)
    for line in moved[:20]:
        say(f"✘ {line}", "red")
    say(f"✘ {len(moved)} numbers moved" if moved else f"✔ all {len(again.evidence)} numbers came out the same")
    return 3 if moved or not found.sound else 0


def _moved(before: AuditResult, after: AuditResult) -> list[str]:
    old, new = ({e.id: e for e in r.evidence} for r in (before, after))
    gone = [f"{i} is no longer measured" for i in old if i not in new]
    come = [f"{i} was not measured before" for i in new if i not in old]
    return [*gone, *come, *(f"{i}: {_change(old[i], new[i])}" for i in old if i in new and _change(old[i], new[i]))]


def _change(a: Evidence, b: Evidence) -> str:
    for name in ("value", "low", "high"):
        x, y = getattr(a, name), getattr(b, name)
        same = x == y or (x is not None and y is not None and abs(x - y) <= MOVED * max(abs(x), abs(y)))
        if not same:
            return f"{name} {x} → {y}"
    return ""


def export(result: Path, out: Path, pdf: bool, png: bool) -> int:
    """Write every table as CSV, every chart as SVG, and a model card; the page as PDF and the charts as PNG if asked.

    What an option needs is looked for first, so that nothing is half-exported.
    """
    found = AuditResult.from_json(result)
    draw = plugin.function("xaikit.io.png", "png") if png else None
    paper = chromium.pdf(found.to_html()) if pdf else None
    folder = writable(out)
    drawn = standalone.charts(found)
    files = {name: text.encode() for name, text in {**exports.tables(found), **drawn}.items()}
    files["model-card.md"] = exports.model_card(found).encode()
    if draw is not None:
        files |= {f"{name.removesuffix('.svg')}.png": draw(svg) for name, svg in drawn.items()}
    if paper is not None:
        files["report.pdf"] = paper
    for name, content in files.items():
        write_bytes(folder / name, content)
    say(f"{len(files)} files in {folder}")
    return 0


def verify_audit(table: Path) -> int:
    """Check a published table of impact ratios."""
    found = verify_published(table)
    for r in found.rows:
        ratio = "" if r.ratio is None else f"impact ratio {float(r.ratio[0]):.3f} to {float(r.ratio[1]):.3f}"
        say(f"line {r.row.place}: {r.row.name}  {ratio}")
    for issue in found.issues:
        say(f"{'✘' if issue.kind == 'contradiction' else '◐'} {issue.where}: {issue.because}")
    if not found.issues:
        say("✔ consistent, and nothing is missing")
    return EXIT_BY_VERDICT[str(found.verdict)]
