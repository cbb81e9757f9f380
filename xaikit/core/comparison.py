"""Two audits side by side: the outcome of a comparison, which is shown and never altered."""

from dataclasses import dataclass

from xaikit.core.evidence import Evidence, Finding, Verdict
from xaikit.core.result import AuditResult


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure before and after.

    Parameters
    ----------
    before, after : Evidence
        The two measurements.
    difference, low, high : float
        After less before, or divided by it for ratios, with its 95 % interval.
    p : float
        Of no change, adjusted by Holm over all that is compared.
    outcome : str
        "improved", "worsened" or "unchanged".
    """

    before: Evidence
    after: Evidence
    difference: float
    low: float
    high: float
    p: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Turned:
    """A criterion whose verdict is another now."""

    before: Finding
    after: Finding


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two audits, measure by measure.

    Parameters
    ----------
    before, after : AuditResult
        The audits.
    compared : tuple of Compared
        What both measured: worsened first, then improved, then unchanged, each by p.
    turned : tuple of Turned
        Verdicts that differ.
    only_before, only_after : tuple of Evidence
        What one of them alone measured.
    alpha : float
        Below which an adjusted p counts.
    same_rows : bool
        Whether both audited the same file.
    """

    before: AuditResult
    after: AuditResult
    compared: tuple[Compared, ...]
    turned: tuple[Turned, ...]
    only_before: tuple[Evidence, ...]
    only_after: tuple[Evidence, ...]
    alpha: float
    same_rows: bool

    @property
    def verdict(self) -> Verdict:
        """FAIL when anything worsened beyond error or a verdict turned to fail; PASS otherwise."""
        worse = any(c.outcome == "worsened" for c in self.compared)
        failed = any(t.after.verdict is Verdict.FAIL for t in self.turned)
        if self.after.verdict is Verdict.ERROR:
            return Verdict.ERROR
        if not self.compared and not self.turned:
            return Verdict.NOT_APPLICABLE
        return Verdict.FAIL if worse or failed else Verdict.PASS
