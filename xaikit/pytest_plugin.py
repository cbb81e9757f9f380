"""An audit as tests: `pytest --xaikit audit.yaml` makes an item of every criterion.

Nothing but pytest is imported here; the audit is, when one is asked for. A criterion that fails is a test that fails,
with its evidence in the message; one on which the evidence does not suffice is an expected failure, unless
`--xaikit-inconclusive` says otherwise; a question for the auditor, and what does not apply, are skipped. With
`--xaikit-baseline result.json` only what is worse than that result fails.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

GATES: pytest.StashKey[dict[Path, Any]] = pytest.StashKey()
INCONCLUSIVE = ("xfail", "fail", "skip", "pass")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the group xaikit."""
    group = parser.getgroup("xaikit", "audits of models and decisions")
    group.addoption("--xaikit", action="append", default=[], metavar="AUDIT.YAML", help="run this audit; repeatable")
    group.addoption(
        "--xaikit-baseline", metavar="RESULT.JSON", help="fail only where the audit is worse than this result"
    )
    group.addoption(
        "--xaikit-inconclusive",
        choices=INCONCLUSIVE,
        default="xfail",
        help="what becomes of a criterion for which the evidence does not suffice (default: xfail)",
    )
    group.addoption("--xaikit-out", metavar="FOLDER", help="write report.html and result.json there")


def pytest_configure(config: pytest.Config) -> None:
    """Look up the audits that were asked for, and have pytest collect them."""
    config.addinivalue_line("markers", "xaikit: a criterion of an audit (pytest --xaikit audit.yaml -m xaikit)")
    baseline = config.getoption("--xaikit-baseline")
    gates: dict[Path, Any] = {}
    for name in config.getoption("--xaikit"):
        path = (config.invocation_params.dir / name).resolve()
        if not path.is_file():
            raise pytest.UsageError(f"--xaikit {name}: there is no such file")
        gate = importlib.import_module("xaikit.auditing.gate").Gate
        gates[path] = gate(path, (config.invocation_params.dir / baseline).resolve() if baseline else None)
        if path not in [Path(argument.partition("::")[0]).resolve() for argument in config.args]:
            config.args.append(str(path))
    config.stash[GATES] = gates


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "AuditFile | None":
    """Take the audit.yaml that was asked for; no other file."""
    if file_path.resolve() not in parent.config.stash[GATES]:
        return None
    found: AuditFile = AuditFile.from_parent(parent, path=file_path)
    return found


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the reports of the audits that ran, where a folder was given."""
    folder = session.config.getoption("--xaikit-out")
    gates = session.config.stash[GATES]
    for path, gate in gates.items():
        if folder and "result" in vars(gate):
            place = session.config.invocation_params.dir / folder / (path.stem if len(gates) > 1 else ".")
            gate.result.to_json(place / "result.json")
            gate.result.to_html(place / "report.html")


@pytest.fixture(scope="session")
def audit(request: pytest.FixtureRequest) -> Any:
    """Return the `xaikit.AuditResult` of the audit that `--xaikit` names: the first, of several."""
    gates = request.config.stash[GATES]
    if not gates:
        pytest.skip("no audit was asked for: pytest --xaikit audit.yaml")
    return next(iter(gates.values())).result


class AuditFile(pytest.File):
    """An audit.yaml, whose criteria are its tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for the run, one for each criterion, and one for the comparison with a baseline."""
        gate = self.config.stash[GATES][self.path.resolve()]
        try:
            criteria = gate.criteria()
        except Exception as error:
            raise self.CollectError(str(error)) from None
        yield Criterion.from_parent(self, name="every step ran", asked=("ran",))
        for profile, criterion in criteria:
            yield Criterion.from_parent(self, name=f"{profile}/{criterion}", asked=("judged", profile, criterion))
        if gate.baseline is not None:
            yield Criterion.from_parent(self, name="no measure worsened", asked=("worsened",))


class Criterion(pytest.Item):
    """A criterion of an audit as a test."""

    def __init__(self, *, asked: tuple[str, ...], **more: Any) -> None:
        super().__init__(**more)
        self.asked = asked
        self.add_marker("xaikit")

    def runtest(self) -> None:
        """Run the audit, unless it ran already, and judge."""
        gate = self.config.stash[GATES][self.path.resolve()]
        if gate.error is not None:
            raise CriterionError("not judged, for the audit could not run: see the first failure")
        name, *arguments = self.asked
        passage = getattr(gate, name)(*arguments)
        outcome = str(passage.outcome)
        if outcome == "inconclusive":
            outcome = self.config.getoption("--xaikit-inconclusive")
        if outcome in ("failed", "fail"):
            raise CriterionError(passage.because)
        if outcome in ("known", "xfail"):
            pytest.xfail(passage.because)
        if outcome in ("not judged", "skip"):
            raise pytest.skip.Exception(passage.because, _use_item_location=True)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the evidence alone; a trace through the audit only where it could not run."""
        if isinstance(excinfo.value, CriterionError):
            return f"{self.name}\n{excinfo.value}"
        if hasattr(excinfo.value, "exit_code"):
            return f"{self.name}: the audit could not run\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the file, and how the item is called in the summary."""
        return self.path, 0, f"{self.path.name}: {self.name}"


class CriterionError(Exception):
    """A criterion that fails, in words."""
