"""Printing to people: progress, verdicts, tables. Names from the data are text, never markup."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich import progress as bars
from rich.console import Console
from rich.table import Table
from rich.text import Text

from xaikit.core.evidence import Verdict
from xaikit.core.progress import Progress, silent
from xaikit.core.result import AuditResult
from xaikit.io.files import OutputError
from xaikit.report import terminal
from xaikit.report.defaults import RULE, TAKEN, parameters, taken
from xaikit.report.languages import language

EXIT_BY_VERDICT = {"NOT_APPLICABLE": 0, "PASS": 0, "INCONCLUSIVE": 4, "FAIL": 3, "ERROR": 1}
STYLE = {"PASS": "green", "INCONCLUSIVE": "yellow", "FAIL": "red", "ERROR": "magenta", "NOT_APPLICABLE": "dim"}
MARK = {"PASS": "✔", "INCONCLUSIVE": "◐", "FAIL": "✘", "ERROR": "!", "NOT_APPLICABLE": "–"}


def say(text: str, style: str = "", *, error: bool = False) -> None:
    """Print one line."""
    Console(stderr=error).print(Text(text, style=style), soft_wrap=True)


def table(rows: Sequence[Sequence[str]], title: str = "", styles: Sequence[str] = ("bold",)) -> None:
    """Print rows as a table without lines."""
    out = Table(title=title or None, title_justify="left", show_header=False, box=None, padding=(0, 2))
    for row in rows:
        out.add_row(*(Text(cell, style=styles[i] if i < len(styles) else "") for i, cell in enumerate(row)))
    Console().print(out)


def written(result: AuditResult, page: Path, twin: Path, quiet: bool) -> None:
    """Write the report and its JSON twin, and print what was found and where they lie."""
    result.to_json(twin)
    result.to_html(page)
    if quiet:
        return
    summary(result)
    defaults(result)
    for path in (page, twin):
        say(f"  {path}")
    say("")


def summary(result: AuditResult) -> None:
    """Print the verdict, the findings that made it (worst first), and the steps that failed."""
    say("")
    say(result.title, "bold")
    say(_mark(result, result.verdict), f"bold {STYLE[str(result.verdict)]}")
    for note in terminal.notes(result):
        say(note, "yellow")
    out = _columns(padding=(0, 1, 0, 0))
    for finding in terminal.findings(result):
        mark = Text(_mark(result, finding.verdict), style=STYLE[str(finding.verdict)])
        out.add_row(mark, Text(finding.criterion.id), Text(terminal.because(result, finding)))
    Console().print(out)
    rest = terminal.rest(result)
    if rest:
        say(rest, "dim")
    for failure in terminal.failures(result):
        say(f"! {failure}", "magenta")


def _columns(padding: tuple[int, int, int, int]) -> Table:
    """Return a table of three columns: a name, and two texts that go over lines and are never cut."""
    out = Table(show_header=False, box=None, padding=padding)
    out.add_column(no_wrap=True)
    for _ in range(2):
        out.add_column(overflow="fold")
    return out


def _mark(result: AuditResult, verdict: Verdict) -> str:
    return f"{MARK[str(verdict)]} {terminal.verdict(result, verdict)}"


def defaults(result: AuditResult) -> None:
    """Print the defaults that were taken, each with its value and why."""
    found, spoken = taken(result), language(result)
    if not found:
        return
    say(spoken.plain(TAKEN), "bold")
    out = _columns(padding=(0, 1, 0, 1))
    for one in found:
        value = spoken.plain(one.value)
        out.add_row(
            Text(one.key or spoken.plain(RULE)),
            Text(value[:157] + "…" if len(value) > 158 else value),
            Text(spoken.plain(one.why), style="dim"),
        )
    Console().print(out)
    say(terminal.further_defaults(result, len(parameters(result))), "dim")


@contextmanager
def progress(quiet: bool) -> Iterator[Progress]:
    """Give a callback that draws a bar for each task on standard error."""
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
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        tasks: dict[str, Any] = {}

        def note(task: str, done: int, total: int) -> None:
            if task not in tasks:
                tasks[task] = shown.add_task(task, total=total)
            shown.update(tasks[task], completed=done, total=total)

        yield note


def writable(folder: Path) -> Path:
    """Return the folder, made when it is not there; an error now is better than after the work.

    Raises
    ------
    OutputError
        When it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"folder {folder}", f"'{error.strerror}'", "a folder that can be written to") from None
    if not os.access(folder, os.W_OK):
        raise OutputError(f"folder {folder}", "no right to write there", "a folder that can be written to")
    return folder
