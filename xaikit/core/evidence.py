"""Evidence is measured; a criterion judges it; a finding is the outcome. Nothing here knows a threshold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from xaikit.core import plugin

JOIN = "×"
UNKNOWN = "unknown"


class Verdict(IntEnum):
    """Ordered outcomes: the whole is the maximum of its parts."""

    NOT_APPLICABLE = 0
    PASS = 1
    INCONCLUSIVE = 2
    FAIL = 3
    ERROR = 4

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Evidence:
    """One measured quantity, never judged.

    Parameters
    ----------
    measure : str
        The name of the quantity, for example "impact_ratio".
    value : float or None
        None where the quantity is not defined (a group with no positives has no true-positive rate);
        `because` then says why.
    low, high : float or None
        The interval, at the confidence that `detail` states.
    n : int or None
        How many rows it rests on.
    unit : str
        "rate", "ratio", "p", "count", "score", "log odds", …
    about : mapping
        What it is about: `sensitive` (feature, or features joined by ×), `group` (value, or values joined by
        ×), `reference`, `stratum`, `feature`, `explanation`, …
    source : str
        The check that measured it.
    because : str
        Why there is no value, or what the reader must know of it.
    detail : mapping
        Further numbers and words that belong to the quantity: counts, method, confidence, flags.
    """

    measure: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    because: str = ""
    detail: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """A stable name for the quantity: the measure and what it is about.

        Examples
        --------
        >>> Evidence("impact_ratio", .8, about={"sensitive": "sex", "group": "F"}).id
        'impact_ratio[group=F,sensitive=sex]'
        """
        about = ",".join(f"{k}={self.about[k]}" for k in sorted(self.about))
        return f"{self.measure}[{about}]"

    def _repr_html_(self) -> str:
        html: str = plugin.function("xaikit.report.notebook", "evidence_html")(self)
        return html


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of a profile.

    Parameters
    ----------
    id, title : str
        For people: "UG-4D-rate", "Four-fifths rule".
    profile : str
        The profile it belongs to.
    rule : str
        The name of the rule that judges it: "adverse_impact", "bound", "proxy", "reported", "question".
    measure : str
        The measure that it reads.
    check : str
        The check that measures it: where that failed, so does the criterion.
    citation : str
        The paragraph of law or the paper.
    bounds : mapping
        The thresholds that the rule needs; they live here and nowhere else.
    about : mapping
        Restricts the evidence: {"sensitive": "single"} reads single features, {"sensitive": "intersection"}
        their intersections; any other key must equal the evidence's.
    min_n : int
        Evidence on fewer rows is not judged.
    question : str
        For rule "question": what only the auditor can answer.
    status, effective, source, verified_on : str
        Standing of the law, its date, how the text was read, and when.
    """

    id: str
    title: str
    profile: str
    rule: str
    measure: str = ""
    check: str = ""
    citation: str = ""
    bounds: Mapping[str, float] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    min_n: int = 0
    question: str = ""
    status: str = ""
    effective: str = ""
    source: str = ""
    verified_on: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """A regime as data: a set of criteria with standing, dates and citations."""

    id: str
    title: str
    jurisdiction: str
    status: str
    effective: str
    citation: str
    source: str
    verified_on: str
    review_by: str
    note: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A criterion applied to evidence.

    Parameters
    ----------
    criterion : Criterion
        What was asked.
    verdict : Verdict
        The outcome; an open question is NOT_APPLICABLE with `open` set, and does not decide the whole.
    because : str
        The outcome in words, with every number that decided it.
    about : mapping
        What it is about, as in `Evidence.about`.
    evidence : tuple of str
        The ids of the evidence that was read.
    numbers : mapping
        The numbers that decided, by name.
    open : bool
        The criterion is a question that only the auditor can answer.
    """

    criterion: Criterion
    verdict: Verdict
    because: str
    about: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    numbers: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)
    open: bool = False

    def _repr_html_(self) -> str:
        html: str = plugin.function("xaikit.report.notebook", "finding_html")(self)
        return html


def overall(findings: "tuple[Finding, ...] | list[Finding]") -> Verdict:
    """Return the verdict of the whole: the maximum of its parts.

    That a table was reported, as a rule without a threshold asks, is no part of it: with nothing else judged, the
    whole is NOT_APPLICABLE and not a pass.
    """
    return max((f.verdict for f in findings if not _only_reported(f)), default=Verdict.NOT_APPLICABLE)


def _only_reported(finding: Finding) -> bool:
    return finding.criterion.rule == "reported" and finding.verdict is Verdict.PASS
