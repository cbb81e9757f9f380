"""`audit`, `explain-row` and `demo`."""

from pathlib import Path
from typing import Any

from xaikit.auditing.api import audit_file
from xaikit.auditing.spec import from_yaml
from xaikit.auditing.spec_types import AuditSpec
from xaikit.commands.console import EXIT_BY_VERDICT, progress, say, writable, written
from xaikit.core import plugin
from xaikit.core.decisions import Decisions
from xaikit.core.errors import SpecError
from xaikit.core.result import AuditResult
from xaikit.demo import prepare
from xaikit.io.files import sha256, write_text
from xaikit.io.rows import rows_beside, save_rows
from xaikit.report import letters, terminal
from xaikit.report.languages import named

CONSTRAINTS = ("immutable", "only_increase", "only_decrease", "bounds", "costs", "linked")


def audit(spec: Path, out: Path | None, exit_zero: bool, quiet: bool, keep_rows: bool, mlflow: bool) -> int:
    """Run an audit.yaml, write the report, and return the exit code."""
    asked = from_yaml(spec)
    if mlflow:
        plugin.function("xaikit.auditing.tracking", "required")()
    folder = writable(out or spec.parent)
    page, twin = folder / "report.html", folder / "result.json"
    kept: list[Decisions] = []
    with progress(quiet) as told:
        result = audit_file(spec, spec=asked, progress=told, keep=kept.append if keep_rows else None)
    written(result, page, twin, quiet)
    rows_beside(twin).unlink(missing_ok=True)  # of an earlier audit: they are not this one's
    for rows in kept:
        save_rows(rows, rows_beside(twin), sha256(twin))
        if not quiet:
            say(f"  {terminal.kept(result, str(rows_beside(twin)))}")
    if mlflow:
        run = result.log_to_mlflow()
        if not quiet:
            say(f"  MLflow run {run}")
    return 0 if exit_zero else EXIT_BY_VERDICT[str(result.verdict)]


def explain_row(spec: Path, ids: list[str], out: Path | None, letter: Path | None, spoken: str, quiet: bool) -> int:
    """Explain single decisions of an audit.yaml: one page for them all, and a letter for each if asked for."""
    asked = _one_check(from_yaml(spec), ids, spoken)
    folder = writable(out or spec.parent)
    if letter is not None:
        writable(letter.parent)
    with progress(quiet) as told:
        result = audit_file(spec, spec=asked, progress=told)
    failed = next((s for s in result.steps if s.status != "ran"), None)
    if failed is not None:
        say(f"xaikit: {failed.because}", error=True)
        return 1
    name = "applicants" if len(ids) > 1 else f"applicant-{_safe(ids[0])}"
    written(result, folder / f"{name}.html", folder / f"{name}.json", quiet=True)
    pages = [folder / f"{name}.html", folder / f"{name}.json", *_letters(result, letter)]
    if not quiet:
        _told(result, pages)
    return 0


def _letters(result: AuditResult, path: Path | None) -> list[Path]:
    """Write the letters: to the path that was asked for, or beside it where there are several."""
    if path is None:
        return []
    cases = letters.cases(result)
    paths = [
        path if len(cases) == 1 else path.with_name(f"{path.stem}-{_safe(c)}{path.suffix or '.html'}") for c in cases
    ]
    for case, place in zip(cases, paths, strict=True):
        write_text(place, letters.render(result, case))
    return paths


def _told(result: AuditResult, pages: list[Path]) -> None:
    """Print each decision in a line, and where its page lies."""
    say("")
    for line, first in terminal.decisions(result):
        say(line if first else f"  {line}", "bold" if first else "")
    for page in pages:
        say(f"  {page}")
    say("")


def _one_check(asked: AuditSpec, ids: list[str], spoken: str) -> AuditSpec:
    """Return the spec with only the applicants to explain, under the constraints that it declares for recourse."""
    if asked.model is None:
        hint = "Decisions without their model can be audited, not explained."
        raise SpecError("explain-row", "an audit.yaml without a model", "`model: {path: …}`", hint)
    declared: dict[str, Any] = {}
    if isinstance(asked.checks, dict):
        declared = {k: v for k, v in (asked.checks.get("recourse") or {}).items() if k in CONSTRAINTS}
    checks: dict[str, dict[str, Any] | None] = {"applicant": {**declared, "ids": list(ids)}}
    report = asked.report.model_copy(update={"language": named(spoken or asked.report.language, "--language").code})
    title = f"{asked.title}: {', '.join(ids)}"
    return asked.model_copy(
        update={"checks": checks, "explain": [], "profiles": [], "title": title, "report": report}
    )


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:60]


def demo(out: Path, quiet: bool) -> int:
    """Run the demonstrations whose packages are there, and say what the others need."""
    folder = writable(out)
    for case in prepare(folder):
        if case.spec is None:
            say(f"{case.title}: not run, for {', '.join(case.missing)} is not installed.", error=True)
            say(f"  {case.command}", error=True)
            continue
        with progress(quiet) as told:
            result = audit_file(case.spec, progress=told)
        written(result, folder / f"{case.name}.html", folder / f"{case.name}.json", quiet)
    return 0
