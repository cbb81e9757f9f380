"""Two audits side by side: the outcome of a comparison, which is shown and never altered."""

from dataclasses import dataclass
from enum import StrEnum

from xaikit.core.evidence import Evidence, Finding, Verdict
from xaikit.core.result import AuditResult


class Pairing(StrEnum):
    """Whether the rows of the two audits are the same, and known to the comparison."""

    PAIRED = "paired"
    NOT_KEPT = "not kept"
    DIFFERENT = "different"


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
    paired : bool
        Whether it was tested row by row; else as if the two audits were of different people.
    because : str
        Why it was not, where the people are the same.
    """

    before: Evidence
    after: Evidence
    difference: float
    low: float
    high: float
    p: float
    outcome: str
    paired: bool = False
    because: str = ""


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
    pairing : Pairing
        Whether both are of the same rows, and the rows were at hand.
    lost : tuple of Finding
        Judged before, and no longer judged.
    """

    before: AuditResult
    after: AuditResult
    compared: tuple[Compared, ...]
    turned: tuple[Turned, ...]
    only_before: tuple[Evidence, ...]
    only_after: tuple[Evidence, ...]
    alpha: float
    pairing: Pairing = Pairing.DIFFERENT
    lost: tuple[Finding, ...] = ()

    @property
    def same_rows(self) -> bool:
        """Whether both audited the same rows."""
        return self.pairing is not Pairing.DIFFERENT

    @property
    def failing(self) -> bool:
        """Whether a criterion fails that did not fail before."""
        return any(t.after.verdict is Verdict.FAIL for t in self.turned)

    @property
    def verdict(self) -> Verdict:
        """FAIL when anything worsened beyond error or now fails; INCONCLUSIVE when that cannot be said; else PASS.

        It cannot be said where the audits have nothing in common, where a criterion is no longer judged, or where one
        that passed is inconclusive now.
        """
        return self.judged()

    def judged(self, *, worsening: bool = True) -> Verdict:
        """Return the verdict; without `worsening`, only what turned to fail makes it FAIL."""
        if self.after.verdict is Verdict.ERROR:
            return Verdict.ERROR
        if self.failing or (worsening and any(c.outcome == "worsened" for c in self.compared)):
            return Verdict.FAIL
        doubtful = any(
            t.after.verdict is Verdict.INCONCLUSIVE and t.before.verdict is Verdict.PASS for t in self.turned
        )
        if doubtful or self.lost or not (self.compared or self.turned):
            return Verdict.INCONCLUSIVE
        return Verdict.PASS
