"""The command line: names, options and exit codes; what a command does lies in `commands/` and is imported then."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="xaikit",
    help="Audit decisions and the black boxes that take them: who is treated differently, how sure is that, and why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Spec = Annotated[Path, typer.Argument(help="The audit.yaml.", show_default=False)]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the report and its JSON twin.")]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="End with 0 whenever the report was written.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the whole trace of an error.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary; errors only.")]


@app.command()
def audit(
    spec: Spec,
    out: Out = None,
    exit_zero: ExitZero = False,
    quiet: Quiet = False,
    keep_rows: Annotated[
        bool, typer.Option("--keep-rows", help="Keep who was decided upon and how beside the JSON, for `compare`.")
    ] = False,
    mlflow: Annotated[
        bool, typer.Option("--mlflow", help="Log verdicts, measures and the report to MLflow (MLFLOW_TRACKING_URI).")
    ] = False,
    debug: Debug = False,
) -> None:
    """Run the audit that an audit.yaml asks for.

    Writes report.html and result.json. Exit code: 0 no criterion failed, 1 could not run, 2 wrong usage or
    audit.yaml, 3 a criterion failed, 4 inconclusive.
    """
    _run(debug, "audits", "audit", spec, out, exit_zero, quiet, keep_rows, mlflow)


@app.command("explain-row")
def explain_row(
    spec: Spec,
    ids: Annotated[list[str], typer.Option("--id", help="Who: the value of data.id, or the row's position from 0.")],
    out: Out = None,
    letter: Annotated[Path | None, typer.Option("--letter", help="Write the letter alone, for print.")] = None,
    language: Annotated[str, typer.Option("--language", help="en or ko; that of audit.yaml by default.")] = "",
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Explain the decision on one applicant: tested reasons, the nearest accepted, recourse, and a letter."""
    _run(debug, "audits", "explain_row", spec, ids, out, letter, language, quiet)


@app.command()
def init(
    data: Annotated[Path, typer.Argument(help="The table of decisions.", show_default=False)],
    model: Annotated[Path | None, typer.Argument(help="The model's file.", show_default=False)] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")] = Path("audit.yaml"),
    decision: Annotated[str, typer.Option(help="Column of the decision.")] = "",
    favourable: Annotated[str, typer.Option(help="Its favourable value.")] = "",
    label: Annotated[str, typer.Option(help="Column of the ground truth.")] = "",
    score: Annotated[str, typer.Option(help="Column of the score.")] = "",
    sensitive: Annotated[list[str] | None, typer.Option(help="A sensitive feature; may be repeated.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; take the guesses.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file when it is there.")] = False,
    debug: Debug = False,
) -> None:
    """Look at a table (and a model), ask only what cannot be known, and write a commented audit.yaml that runs."""
    given = {"decision": decision, "favourable": favourable, "label": label, "score": score}
    _run(debug, "beginning", "init", data, model, out, given, tuple(sensitive or ()), yes, force)


@app.command()
def render(
    result: Annotated[Path, typer.Argument(help="A result.json.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The HTML file; beside the JSON by default.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="en or ko; by default that of the audit.", show_default=False)
    ] = None,
    debug: Debug = False,
) -> None:
    """Render the report of an existing result.json again, in its language or another, without measuring anything."""
    _run(debug, "reports", "render", result, out, language)


@app.command()
def summary(
    result: Annotated[Path, typer.Argument(help="A result.json.", show_default=False)],
    level: Annotated[
        str, typer.Option("--level", "-l", help="executive: a line a finding; auditor: a paragraph each.")
    ] = "executive",
    language: Annotated[
        str | None, typer.Option("--language", help="en or ko; by default that of the audit.", show_default=False)
    ] = None,
    debug: Debug = False,
) -> None:
    """Print what an existing result.json found, in words, worst first."""
    _run(debug, "reports", "summary", result, level, language)


@app.command()
def verify(
    report: Annotated[Path, typer.Argument(help="An HTML report, or its result.json.", show_default=False)],
    rerun: Annotated[
        Path | None, typer.Option("--rerun", help="Its audit.yaml: measure again, and say which numbers moved.")
    ] = None,
    public_key: Annotated[
        str,
        typer.Option("--public-key", "-p", help="Whose signature it should bear: a file, or the key itself (RW…)."),
    ] = "",
    signature: Annotated[
        Path | None, typer.Option(help="The signature; beside the report by default.", show_default=False)
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Check that a report holds an unaltered result and shows exactly that, and who signed it.

    Exit code: 0 it does, 3 it does not, 4 it was made by another version, and could not be checked whole.
    """
    _run(debug, "verifying", "verify_file", report, rerun, public_key, signature, quiet)


@app.command()
def keygen(
    out: Annotated[Path, typer.Option("--out", "-o", help="The secret key; the public one lies beside it.")] = Path(
        "xaikit.key"
    ),
    no_password: Annotated[bool, typer.Option("--no-password", help="Do not encrypt the secret key.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace keys that are there.")] = False,
    debug: Debug = False,
) -> None:
    """Make a pair of keys, as the program minisign reads them: one to sign reports with, one to verify them.

    The password is asked for, or taken from XAIKIT_KEY_PASSWORD.
    """
    _run(debug, "signing", "keygen", out, no_password, force)


@app.command()
def sign(
    files: Annotated[list[Path], typer.Argument(help="Reports, or any files.", show_default=False)],
    key: Annotated[Path, typer.Option("--key", "-k", help="The secret key, of `xaikit keygen` or minisign.")],
    comment: Annotated[str, typer.Option(help="One more line that is signed: who, in which role.")] = "",
    debug: Debug = False,
) -> None:
    """Sign reports, dated, into a .minisig beside each, which `xaikit verify` and minisign check."""
    _run(debug, "signing", "sign", files, key, comment)


@app.command()
def export(
    result: Annotated[Path, typer.Argument(help="A result.json.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files.")] = Path("export"),
    pdf: Annotated[
        bool, typer.Option("--pdf", help="The report as tagged PDF too, through Chromium or Chrome.")
    ] = False,
    png: Annotated[bool, typer.Option("--png", help="Every chart as PNG too (pip install 'xaikit[png]').")] = False,
    debug: Debug = False,
) -> None:
    """Write every table as CSV, every chart as SVG, and a model card in Markdown; PDF and PNG where asked for."""
    _run(debug, "reports", "export", result, out, pdf, png)


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(help="The earlier result.json.", show_default=False)],
    after: Annotated[Path, typer.Argument(help="The later result.json.", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="An HTML file for the comparison.")] = None,
    fail_on: Annotated[
        str, typer.Option(help="worsened: any measure, or a criterion that now fails; fail: such a criterion alone.")
    ] = "worsened",
    debug: Debug = False,
) -> None:
    """Say what improved, worsened, or is unchanged within error between two audits.

    Rows that `xaikit audit --keep-rows` left beside both are tested pair by pair, where they are the same people.
    Exit code: 0 nothing worsened, 1 the later audit is incomplete, 3 something worsened or now fails, 4 it cannot be
    said: nothing in common, a criterion that is no longer judged, or one that passed and is inconclusive now.
    """
    _run(debug, "changes", "compare", before, after, out, fail_on)


@app.command("verify-audit")
def verify_audit(
    table: Annotated[Path, typer.Argument(help="A CSV of published rates and impact ratios.", show_default=False)],
    debug: Debug = False,
) -> None:
    """Check a published table of impact ratios: arithmetic, rounding, margins, and what is missing.

    Exit code: 0 consistent, 3 it contradicts itself, 4 something is missing.
    """
    _run(debug, "reports", "verify_audit", table)


@app.command("list")
def list_(
    kind: Annotated[
        str, typer.Argument(help="adapters, engines, checks, sections or profiles; all by default.")
    ] = "",
    debug: Debug = False,
) -> None:
    """List what can be named in an audit.yaml."""
    _run(debug, "catalogue", "list_", kind)


@app.command()
def schema(of: Annotated[str, typer.Option("--of", help="audit or result.")] = "audit", debug: Debug = False) -> None:
    """Print the JSON schema of audit.yaml, for editors that complete and check, or that of result.json."""
    _run(debug, "catalogue", "schema", of)


@app.command()
def doctor(debug: Debug = False) -> None:
    """Check this machine: versions, devices, optional extras."""
    _run(debug, "catalogue", "doctor")


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the reports.")] = Path("reports"),
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Audit real call-backs to real applicants, and a net that none of us trained, on real people."""
    _run(debug, "audits", "demo", out, quiet)


def _run(debug: bool, module: str, function: str, *arguments: Any) -> None:
    """Run a command and exit with its code; an error becomes one line, and its trace is shown on `--debug`."""
    try:
        code = getattr(importlib.import_module(f"xaikit.commands.{module}"), function)(*arguments)
    except (typer.Exit, typer.Abort):
        raise
    except KeyboardInterrupt:
        typer.echo("xaikit: interrupted; nothing was half-written", err=True)
        code = 130
    except Exception as error:
        if debug:
            raise
        code = getattr(error, "exit_code", None)
        text = str(error) if code is not None else f"{type(error).__name__}: {error} (--debug shows the trace)"
        typer.echo("xaikit: " + " ".join(text.split()), err=True)
        code = 1 if code is None else code
    raise typer.Exit(code)


def main(argv: list[str] | None = None) -> Any:
    """Run the command line; the console script `xaikit`."""
    run: Callable[..., Any] = app
    return run(args=argv if argv is not None else sys.argv[1:], prog_name="xaikit")


if __name__ == "__main__":
    main()
