"""What a terminal shows of a result: short lines, in the language of the audit; printed elsewhere."""

from collections.abc import Iterator

from xaikit.core.evidence import Finding, Verdict
from xaikit.core.result import AuditResult
from xaikit.report import letters
from xaikit.report.labels import labelled
from xaikit.report.languages import language
from xaikit.report.measures import value
from xaikit.report.text import Code, Listed, Number, Prose, Text, say, say_n
from xaikit.report.writer import VERDICTS

WORST, ELSE = 8, 4
"""How many findings are shown: those that did not pass, or, where all did, some that did."""


def verdict(result: AuditResult, found: Verdict) -> str:
    """Return a verdict in capitals, where the language has them."""
    return language(result).plain(VERDICTS[found]).upper()


def notes(result: AuditResult) -> tuple[str, ...]:
    """Return what a reader must know before the findings."""
    return tuple(language(result).plain(Prose(note)) for note in result.provenance.notes)


def findings(result: AuditResult) -> tuple[Finding, ...]:
    """Return the findings that a terminal has room for, worst first."""
    judged = _judged(result)
    return tuple([f for f in judged if f.verdict > Verdict.PASS][:WORST] or judged[:ELSE])


def because(result: AuditResult, finding: Finding) -> str:
    """Return why a finding is what it is."""
    return language(result).plain(Prose(finding.because))


def rest(result: AuditResult) -> str:
    """Return how much more there is; nothing where there is no more."""
    more, questions = len(_judged(result)) - len(findings(result)), sum(f.open for f in result.findings)
    parts: list[Text] = []
    if more:
        parts.append(say_n(more, "and {count} more finding", "and {count} more findings"))
    if questions:
        parts.append(
            say_n(questions, "{count} question only you can answer", "{count} questions only you can answer")
        )
    return language(result).plain(Listed(tuple(parts)))


def failures(result: AuditResult) -> Iterator[str]:
    """Yield the steps that failed, and why."""
    for step in result.steps:
        if step.status == "failed":
            told = say("{kind} {name} failed: {because}", kind=step.kind, name=step.name, because=Prose(step.because))
            yield language(result).plain(told)


def further_defaults(result: AuditResult, count: int) -> str:
    """Return where the defaults stand that are not printed."""
    told = say_n(
        count,
        "and {count} parameter of checks and engines: see Method and provenance in the report",
        "and {count} parameters of checks and engines: see Method and provenance in the report",
    )
    return language(result).plain(told)


def kept(result: AuditResult, path: str) -> str:
    """Return what the file of kept rows is."""
    told = say(
        "{path}: personal data, for you alone; {command} reads it", path=Code(path), command=Code("xaikit compare")
    )
    return language(result).plain(told)


def decisions(result: AuditResult) -> Iterator[tuple[str, bool]]:
    """Yield lines on each person who was asked about: the decision (True), its reasons and its ways (False)."""
    spoken, shown = language(result), labelled(result)
    for e in shown.measured("applicant_score"):
        case = e.about["case"]
        yield spoken.plain(say("{case}: {told}", case=case, told=letters.decision(e))), True
        reasons = shown.measured("applicant_reason", case=case)
        for reason in [] if e.detail["favourable"] else letters.principal(reasons):
            yield spoken.plain(Listed((letters.reason(reason), value(reason)), ": ")), False
        for way in shown.measured("applicant_recourse", case=case):
            n = Number(float(way.about["way"]), "count") if way.about["way"].isdigit() else way.about["way"]
            yield spoken.plain(Listed((say("way {n}", n=n), letters.changes(way)), ": ")), False


def _judged(result: AuditResult) -> list[Finding]:
    found = [f for f in result.findings if not f.open and f.verdict > Verdict.NOT_APPLICABLE]
    return sorted(found, key=lambda f: -f.verdict)
