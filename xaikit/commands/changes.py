"""`compare`: what changed between two results."""

from pathlib import Path

from xaikit.auditing.compare import compare as compared
from xaikit.auditing.pairing import Rows
from xaikit.commands.console import EXIT_BY_VERDICT, say
from xaikit.core.comparison import Comparison, Pairing
from xaikit.core.errors import unknown_name
from xaikit.core.result import AuditResult
from xaikit.io.files import sha256, write_text
from xaikit.io.rows import load_rows, rows_beside
from xaikit.report.comparison import render_comparison

MARKS = {"worsened": "✘", "improved": "✔", "unchanged": "="}
FAIL_ON = ("worsened", "fail")


def compare(before: Path, after: Path, out: Path | None, fail_on: str) -> int:
    """Say what changed between two results, and write the page of it where one is asked for."""
    if fail_on not in FAIL_ON:
        raise unknown_name("--fail-on", "event", fail_on, FAIL_ON)
    found = comparison(before, after)
    for line in lines(found):
        say(line)
    if out is not None:
        page = out / "comparison.html" if out.is_dir() else out
        write_text(page, render_comparison(found))
        say(str(page))
    return EXIT_BY_VERDICT[str(found.judged(worsening=fail_on == "worsened"))]


def comparison(before: Path, after: Path) -> Comparison:
    """Return the comparison of two result.json; rows that lie beside both are used."""
    return compared(AuditResult.from_json(before), AuditResult.from_json(after), rows=_rows(before, after))


def _rows(before: Path, after: Path) -> Rows | None:
    first, second = rows_beside(before), rows_beside(after)
    if not (first.is_file() and second.is_file()):
        return None
    return load_rows(first, sha256(before)), load_rows(second, sha256(after))


def lines(found: Comparison) -> list[str]:
    """Return a comparison as lines of plain text."""
    out = [
        f"{MARKS[c.outcome]} {c.after.measure} ({', '.join(c.after.about.values())}): "
        f"{c.before.value:.4g} → {c.after.value:.4g}, adjusted p {c.p:.3g}"
        for c in found.compared
        if c.outcome != "unchanged"
    ]
    out += [
        f"! {t.after.criterion.id} ({', '.join(t.after.about.values())}): {t.before.verdict} → {t.after.verdict}"
        for t in found.turned
    ]
    out += [
        f"? {f.criterion.id} ({', '.join(f.about.values())}): {f.verdict} before, not judged now" for f in found.lost
    ]
    same = sum(c.outcome == "unchanged" for c in found.compared)
    return [*out, f"{MARKS['unchanged']} {same} unchanged within error", _tested(found)]


def _tested(found: Comparison) -> str:
    if not found.compared:
        return "? the two audits measured nothing in common"
    if found.pairing is Pairing.PAIRED:
        paired = sum(c.paired for c in found.compared)
        reasons = sorted({f"\n  {c.after.measure}, as independent: {c.because}" for c in found.compared if c.because})
        return f"  {paired} of {len(found.compared)} tested row by row, on the same people{''.join(reasons)}"
    if found.pairing is Pairing.NOT_KEPT:
        return (
            "  tested as if of different people, though they are the same: a true change can be missed. "
            "`xaikit audit --keep-rows`, before and after, lets them be tested row by row"
        )
    return "  tested as two independent samples"
