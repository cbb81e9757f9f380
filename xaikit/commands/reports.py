"""`render` and `verify-audit`: what is done with results that are there already."""

from pathlib import Path

from xaikit.auditing.verify_published import verify_published
from xaikit.commands.console import EXIT_BY_VERDICT, say
from xaikit.core.result import AuditResult


def render(result: Path, out: Path | None) -> int:
    """Render a result.json again, without measuring anything."""
    page = out or result.with_name("report.html" if result.stem == "result" else f"{result.stem}.html")
    if page.is_dir():
        page = page / "report.html"
    AuditResult.from_json(result).to_html(page)
    say(str(page))
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
