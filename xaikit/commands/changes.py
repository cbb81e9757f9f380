"""`compare`: what changed between two results."""

from pathlib import Path

from xaikit.auditing.compare import compare as compared
from xaikit.commands.console import EXIT_BY_VERDICT, say
from xaikit.core.comparison import Comparison
from xaikit.core.result import AuditResult
from xaikit.io.files import write_text
from xaikit.report.comparison import render_comparison

MARKS = {"worsened": "✘", "improved": "✔", "unchanged": "="}


def compare(before: Path, after: Path, out: Path | None) -> int:
    """Say what changed between two results, and write the page of it where one is asked for."""
    found = compared(AuditResult.from_json(before), AuditResult.from_json(after))
    for line in _lines(found):
        say(line)
    if out is not None:
        write_text(out, render_comparison(found))
        say(str(out))
    return EXIT_BY_VERDICT[str(found.verdict)]


def _lines(found: Comparison) -> list[str]:
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
    same = sum(c.outcome == "unchanged" for c in found.compared)
    return [*out, f"{MARKS['unchanged']} {same} unchanged within error"]
