"""The command line: the only place that prints, and that turns a verdict into an exit code."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from xaikit.core.progress import Progress
    from xaikit.core.result import AuditResult

# Each command imports what it needs when it runs: `xaikit --help` must not load pandas or torch.

EXIT_BY_VERDICT = {"NOT_APPLICABLE": 0, "PASS": 0, "INCONCLUSIVE": 4, "FAIL": 3, "ERROR": 1}
STYLE = {"PASS": "green", "INCONCLUSIVE": "yellow", "FAIL": "red", "ERROR": "magenta", "NOT_APPLICABLE": "dim"}
MARK = {"PASS": "✔", "INCONCLUSIVE": "◐", "FAIL": "✘", "ERROR": "!", "NOT_APPLICABLE": "–"}

app = typer.Typer(
    name="xaikit",
    help="Audit decisions and the black boxes that take them: who is treated differently, how sure is that, and why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the report and its JSON twin.")]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="End with 0 whenever the report was written.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the whole trace of an error.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary; errors only.")]


@app.command()
def audit(
    spec: Annotated[Path, typer.Argument(help="The audit.yaml.", show_default=False)],
    out: Out = None,
    exit_zero: ExitZero = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Run the audit that an audit.yaml asks for.

    Writes report.html and result.json. Exit code: 0 no criterion failed, 1 could not run, 2 wrong usage or
    audit.yaml, 3 a criterion failed, 4 inconclusive.
    """
    with _errors(debug):
        from xaikit.auditing.api import audit_file
        from xaikit.auditing.spec import from_yaml

        asked = from_yaml(spec)
        folder = _writable(out or spec.parent)
        with _progress(quiet) as progress:
            result = audit_file(spec, spec=asked, progress=progress)
        _written(result, folder / "report.html", folder / "result.json", quiet)
    raise typer.Exit(0 if exit_zero else EXIT_BY_VERDICT[str(result.verdict)])


@app.command()
def render(
    result: Annotated[Path, typer.Argument(help="A result.json.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The HTML file; beside the JSON by default.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Render the report of an existing result.json again, without measuring anything."""
    with _errors(debug):
        from xaikit.core.result import AuditResult

        page = out or result.with_name("report.html" if result.stem == "result" else f"{result.stem}.html")
        if page.is_dir():
            page = page / "report.html"
        AuditResult.from_json(result).to_html(page)
        typer.echo(str(page))


@app.command("verify-audit")
def verify_audit(
    table: Annotated[Path, typer.Argument(help="A CSV of published rates and impact ratios.", show_default=False)],
    debug: Debug = False,
) -> None:
    """Check a published table of impact ratios: arithmetic, rounding, margins, and what is missing.

    Exit code: 0 consistent, 3 it contradicts itself, 4 something is missing.
    """
    with _errors(debug):
        from xaikit.auditing.verify_published import verify_published

        found = verify_published(table)
        for r in found.rows:
            ratio = "" if r.ratio is None else f"impact ratio {float(r.ratio[0]):.3f} to {float(r.ratio[1]):.3f}"
            typer.echo(f"line {r.row.place}: {r.row.name}  {ratio}")
        for issue in found.issues:
            typer.echo(f"{'✘' if issue.kind == 'contradiction' else '◐'} {issue.where}: {issue.because}")
        if not found.issues:
            typer.echo("✔ consistent, and nothing is missing")
    raise typer.Exit(EXIT_BY_VERDICT[str(found.verdict)])


@app.command("list")
def list_(
    kind: Annotated[
        str, typer.Argument(help="adapters, engines, checks, sections or profiles; all by default.")
    ] = "",
    debug: Debug = False,
) -> None:
    """List what can be named in an audit.yaml."""
    with _errors(debug):
        from rich.table import Table
        from rich.text import Text

        from xaikit.core import plugin
        from xaikit.core.errors import unknown_name
        from xaikit.io.profiles import profile_names, profile_title

        kinds = [*plugin.PACKAGES, "profiles"]
        if kind and kind not in kinds:
            raise unknown_name("xaikit list", "kind", kind, kinds)
        asked = [kind] if kind else kinds
        for one in asked:
            table = Table(title=one, title_justify="left", show_header=False, box=None, padding=(0, 2))
            if one == "profiles":
                for name in profile_names():
                    table.add_row(Text(name, style="bold"), Text(profile_title(name)))
            else:
                for name in plugin.names(one):
                    table.add_row(Text(name, style="bold"), Text(plugin.summary(one, name)))
            _console().print(table)


@app.command()
def schema(debug: Debug = False) -> None:
    """Print the JSON schema of audit.yaml, for editors that complete and check."""
    with _errors(debug):
        import json

        from xaikit.auditing.spec import json_schema

        typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the reports.")] = Path("reports"),
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Audit real call-backs to real applicants, and a net that none of us trained, on real people."""
    with _errors(debug):
        from xaikit.auditing.api import audit_file
        from xaikit.demo import prepare

        folder = _writable(out)
        for case in prepare(folder):
            if case.spec is None:
                typer.secho(f"{case.title}: not run, for {', '.join(case.missing)} is not installed.", err=True)
                typer.echo(f"  {case.command}", err=True)
                continue
            with _progress(quiet) as progress:
                result = audit_file(case.spec, progress=progress)
            _written(result, folder / f"{case.name}.html", folder / f"{case.name}.json", quiet)


def _written(result: "AuditResult", page: Path, twin: Path, quiet: bool) -> None:
    result.to_json(twin)
    result.to_html(page)
    if quiet:
        return
    _summary(result)
    console = _console()
    for path in (page, twin):
        console.print(f"  {path}", markup=False, highlight=False, soft_wrap=True)
    console.print()


def _summary(result: "AuditResult") -> None:
    """Print the verdict, the findings that made it worst first, and the steps that did not run."""
    from rich.table import Table
    from rich.text import Text

    console = _console()
    verdict = str(result.verdict)
    console.print()
    console.print(Text(result.title, style="bold"))
    console.print(Text(f"{MARK[verdict]} {verdict.replace('_', ' ')}", style=f"bold {STYLE[verdict]}"))
    table = Table(show_header=False, box=None, padding=(0, 1, 0, 0))
    judged = sorted((f for f in result.findings if not f.open and f.verdict > 0), key=lambda f: -f.verdict)
    worst = [f for f in judged if f.verdict > 1][:8] or judged[:4]
    for finding in worst:
        name = str(finding.verdict)
        table.add_row(
            Text(f"{MARK[name]} {name}", style=STYLE[name]), Text(finding.criterion.id), Text(finding.because)
        )
    console.print(table)
    rest = len(judged) - len(worst)
    questions = sum(f.open for f in result.findings)
    failed = [s for s in result.steps if s.status == "failed"]
    if rest > 0 or questions:
        console.print(Text(f"and {rest} more findings, {questions} questions for the auditor", style="dim"))
    for step in failed:
        console.print(Text(f"! {step.kind} {step.name} failed: {step.because}", style="magenta"))


def _console(stderr: bool = False) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr)


@contextmanager
def _progress(quiet: bool) -> "Iterator[Progress]":
    """Give a callback that draws a bar for each task on standard error."""
    from rich import progress as bars

    from xaikit.core.progress import silent

    if quiet:
        yield silent
        return
    columns: tuple[Any, ...] = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=_console(stderr=True), transient=True) as shown:
        tasks: dict[str, Any] = {}

        def note(task: str, done: int, total: int) -> None:
            if task not in tasks:
                tasks[task] = shown.add_task(task, total=total)
            shown.update(tasks[task], completed=done, total=total)

        yield note


@contextmanager
def _errors(debug: bool) -> Iterator[None]:
    """Turn an error into one line and an exit code; `--debug` shows the trace instead."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except KeyboardInterrupt:
        typer.echo("xaikit: interrupted; nothing was half-written", err=True)
        raise typer.Exit(130) from None
    except Exception as error:
        if debug:
            raise
        code = getattr(error, "exit_code", None)
        text = str(error) if code is not None else f"{type(error).__name__}: {error} (--debug shows the trace)"
        typer.echo("xaikit: " + " ".join(text.split()), err=True)
        raise typer.Exit(code if code is not None else 1) from None


def _writable(folder: Path) -> Path:
    """Return the folder, made when it is not there; an error now is better than after the work."""
    from xaikit.io.files import OutputError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"folder {folder}", f"'{error.strerror}'", "a folder that can be written to") from None
    if not os.access(folder, os.W_OK):
        raise OutputError(f"folder {folder}", "no right to write there", "a folder that can be written to")
    return folder


def main(argv: list[str] | None = None) -> Any:
    """Run the command line; the console script `xaikit`."""
    run: Callable[..., Any] = app
    return run(args=argv if argv is not None else sys.argv[1:], prog_name="xaikit")


if __name__ == "__main__":
    main()
