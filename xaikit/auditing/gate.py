"""An audit as a gate: for each criterion, whether a change may pass, and why not."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from xaikit.auditing.api import audit_file
from xaikit.auditing.compare import compare
from xaikit.auditing.pairing import Rows
from xaikit.auditing.plan import profiles_of
from xaikit.auditing.spec import from_yaml
from xaikit.core.comparison import Comparison
from xaikit.core.decisions import Decisions
from xaikit.core.evidence import Finding, Verdict
from xaikit.core.result import AuditResult
from xaikit.io.files import sha256
from xaikit.io.profiles import load_profile
from xaikit.io.rows import load_rows, rows_beside

SHOWN = 12


class Outcome(StrEnum):
    """What becomes of a criterion at the gate."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    KNOWN = "known"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Passage:
    """An outcome, and its reason with the numbers that decided.

    `KNOWN` is a failure, or a doubt, that the baseline has as well.
    """

    outcome: Outcome
    because: str = ""


class Gate:
    """An audit.yaml that is run once, when its first criterion is asked for.

    Parameters
    ----------
    spec : Path
        The audit.yaml.
    baseline : Path, optional
        A result.json; only what is worse than it fails.
    """

    def __init__(self, spec: Path, baseline: Path | None = None) -> None:
        self.spec, self.baseline = spec, baseline
        self.error: Exception | None = None  # that ended the run; it is not tried again for the next criterion
        self._kept: list[Decisions] = []

    def criteria(self) -> list[tuple[str, str]]:
        """Return profile and id of each criterion; nothing is measured for that.

        Raises
        ------
        SpecError
            For a mistake in audit.yaml.
        """
        profiles = [load_profile(name) for name in profiles_of(from_yaml(self.spec))]
        return [(p.id, c.id) for p in profiles for c in p.criteria]

    @cached_property
    def result(self) -> AuditResult:
        """The audit."""
        if self.error is not None:
            raise self.error
        keep = self._kept.append if self.baseline is not None and rows_beside(self.baseline).is_file() else None
        try:
            return audit_file(self.spec, keep=keep)
        except Exception as error:
            self.error = error
            raise

    @cached_property
    def comparison(self) -> Comparison | None:
        """The audit against its baseline; None without one."""
        if self.baseline is None:
            return None
        after, rows = self.result, None
        if self._kept:
            rows = self._rows(self.baseline)
        return compare(AuditResult.from_json(self.baseline), after, rows=rows)

    def _rows(self, baseline: Path) -> Rows:
        return load_rows(rows_beside(baseline), sha256(baseline)), self._kept[0]

    def ran(self) -> Passage:
        """Return whether every step of the audit ran or was skipped with a reason."""
        failed = [f"{s.kind} {s.name}: {s.because}" for s in self.result.steps if s.status == "failed"]
        return Passage(Outcome.FAILED, "\n".join(failed)) if failed else Passage(Outcome.PASSED)

    def judged(self, profile: str, criterion: str) -> Passage:
        """Return what becomes of a criterion: the worst of its findings decides."""
        found = [f for f in self.result.findings if (f.criterion.profile, f.criterion.id) == (profile, criterion)]
        worst = max((f.verdict for f in found), default=Verdict.NOT_APPLICABLE)
        deciding = [f for f in found if f.verdict is worst]
        because = _told(deciding)
        if worst in (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE):
            if self._known(deciding):
                return Passage(Outcome.KNOWN, f"{worst}, as in {self.baseline}\n{because}")
            return Passage(Outcome.INCONCLUSIVE if worst is Verdict.INCONCLUSIVE else Outcome.FAILED, because)
        return Passage(Outcome.PASSED if worst is Verdict.PASS else Outcome.NOT_JUDGED, because)

    def _known(self, found: list[Finding]) -> bool:
        """Return whether the baseline is as bad: on the same groups, by the same criterion."""
        if self.comparison is None:
            return False
        before = {_about(f): f.verdict for f in self.comparison.before.findings}
        return all(before.get(_about(f), Verdict.NOT_APPLICABLE) >= f.verdict for f in found)

    def worsened(self) -> Passage:
        """Return whether any measure is worse than in the baseline, beyond error."""
        if self.comparison is None:
            return Passage(Outcome.NOT_JUDGED, "there is no baseline")
        worse = [
            f"{c.after.measure} ({', '.join(c.after.about.values())}): {c.before.value:.4g} → {c.after.value:.4g}, "
            f"adjusted p {c.p:.3g}, tested {'row by row' if c.paired else 'as of different people'}"
            for c in self.comparison.compared
            if c.outcome == "worsened"
        ]
        lost = [f"{f.criterion.id} ({', '.join(f.about.values())}): no longer judged" for f in self.comparison.lost]
        if worse:
            return Passage(Outcome.FAILED, "\n".join([*worse, *lost]))
        if lost or not self.comparison.compared:
            return Passage(Outcome.INCONCLUSIVE, "\n".join(lost) or "the two audits measured nothing in common")
        return Passage(Outcome.PASSED)


def _about(f: Finding) -> tuple[object, ...]:
    """Return what a finding is of; the best group may be another by now."""
    about = sorted((k, v) for k, v in f.about.items() if k != "reference")
    return f.criterion.profile, f.criterion.id, *about


def _named(f: Finding) -> str:
    if f.open:
        return "a question for the auditor"
    return f"{f.verdict}, {', '.join(f.about.values()) or 'the whole audit'}"


def _told(found: list[Finding]) -> str:
    """Return findings in words: what each is about, why, and where its law or paper is."""
    lines = [f"{_named(f)}: {f.because}" for f in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append(f"and {len(found) - SHOWN} more")
    citations = sorted({f.criterion.citation for f in found if f.criterion.citation})
    return "\n".join([*lines, *citations])
