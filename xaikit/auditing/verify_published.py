"""Verifying somebody else's published table of impact ratios."""

from dataclasses import dataclass
from pathlib import Path

from xaikit.core.evidence import Verdict
from xaikit.io.published import read_published
from xaikit.stats.published import Issue, Recomputed, verify


@dataclass(frozen=True, slots=True)
class Verification:
    """What a published table says, what follows from it, and what does not fit.

    Parameters
    ----------
    rows : tuple of Recomputed
        Every line, with what it can be.
    issues : tuple of Issue
        Contradictions and what is missing.
    """

    rows: tuple[Recomputed, ...]
    issues: tuple[Issue, ...]

    @property
    def verdict(self) -> Verdict:
        """FAIL where the table contradicts itself, INCONCLUSIVE where something is missing, else PASS."""
        kinds = {i.kind for i in self.issues}
        if "contradiction" in kinds:
            return Verdict.FAIL
        return Verdict.INCONCLUSIVE if kinds else Verdict.PASS


def verify_published(path: str | Path) -> Verification:
    """Return the verification of a CSV file.

    Raises
    ------
    DataError
        When the file cannot be read as a table of rates.

    References
    ----------
    6 RCNY § 5-301, § 5-303(a)(1).
    """
    rows, issues = verify(read_published(path))
    return Verification(tuple(rows), tuple(issues))
