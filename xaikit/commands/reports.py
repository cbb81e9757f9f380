"""`render`, `export` and `verify-audit`: what is done with results that are there already."""

from pathlib import Path

from xaikit.auditing.verify_published import verify_published
from xaikit.commands.console import EXIT_BY_VERDICT, say, writable
from xaikit.core import plugin
from xaikit.core.result import AuditResult
from xaikit.io import chromium
from xaikit.io.files import write_bytes
from xaikit.report import exports, letters, standalone
from xaikit.report.languages import language, named
from xaikit.report.standalone import slug


def summary(result: Path, level: str, spoken: str | None) -> int:
    """Print the verdict and the findings of a result.json: a line each, or a paragraph each."""
    code = named(spoken, "--language").code if spoken is not None else None
    for line in AuditResult.from_json(result).summary(level, language=code).splitlines():
        say(line)
    return 0


def render(result: Path, out: Path | None, spoken: str | None = None) -> int:
    """Render a result.json again, in its own language or another, without measuring anything."""
    found = AuditResult.from_json(result)
    own = language(found).code
    code = named(spoken, "--language").code if spoken is not None else own
    ending = ".html" if code == own else f"-{code}.html"  # beside the page that is there, not in its place
    page = out or result.with_name(("report" if result.stem == "result" else result.stem) + ending)
    if page.is_dir():
        page = page / f"report{ending}"
    found.to_html(page, language=code)
    say(str(page))
    return 0


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
    for i, case in enumerate(letters.cases(found), 1):
        files[f"letter-{i:02d}-{slug(case)}.html"] = letters.render(found, case).encode()
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
