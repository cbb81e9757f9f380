"""A result for two readers, without a page: one line a finding for who decides, one paragraph for who audits.

The third reader, the applicant, has a page of their own: the decision letter.
"""

from xaikit.core.errors import unknown_name
from xaikit.core.evidence import Finding, Verdict
from xaikit.core.result import AuditResult
from xaikit.report import judgements, narrative
from xaikit.report.citation import citation
from xaikit.report.labels import labelled
from xaikit.report.languages import language, named
from xaikit.report.measures import name_of, value
from xaikit.report.reading import deciding, evidence_of, is_reference, judged
from xaikit.report.text import Prose, Text, say, say_n, sentences
from xaikit.report.writer import VERDICTS

LEVELS = ("executive", "auditor")


def line(result: AuditResult, finding: Finding) -> Text:
    """Return a finding in one line for the executive: verdict, who, the one number, by which criterion."""
    read = evidence_of(result, finding)
    first = read[0] if read and read[0].value is not None else None
    slots: dict[str, Text] = {"verdict": VERDICTS[finding.verdict], "criterion": Prose(finding.criterion.title)}
    if first is None or finding.criterion.rule == "reported":
        return say("{verdict}: {criterion}. {why}", why=judgements.finding(result, finding, brief=True), **slots)
    if finding.criterion.rule == "adverse_impact" and finding.about.get("group"):
        return say(
            "{verdict}: {group} is selected at {ratio} of the rate of {reference} ({criterion}).",
            group=narrative.about(finding.about),
            reference=narrative.named(narrative.reference_of(first)),
            ratio=value(first),
            **slots,
        )
    return say(
        "{verdict}: {measure} of {about} is {value} ({criterion}).",
        measure=name_of(first.measure),
        about=narrative.about(first.about),
        value=value(first),
        **slots,
    )


def paragraph(result: AuditResult, finding: Finding) -> Text:
    """Return a finding in one paragraph for the auditor: the numbers, the doubt, what else is to know, the source."""
    return sentences(
        say("{verdict}, {criterion}:", verdict=VERDICTS[finding.verdict], criterion=Prose(finding.criterion.title)),
        judgements.finding(result, finding),
        say("Criterion {id}:", id=finding.criterion.id),
        citation(finding.criterion),
    )


def summary(result: AuditResult, level: str = "executive", code: str | None = None) -> str:
    """Return a result in plain text: the verdict of the whole, then its findings, worst first.

    Parameters
    ----------
    result : AuditResult
        What was found.
    level : {"executive", "auditor"}
        One line a finding, or one paragraph.
    code : str, optional
        Language; that of the audit by default.

    Raises
    ------
    SpecError
        For a level or a language that there is not.
    """
    if level not in LEVELS:
        raise unknown_name("summary", "level", level, LEVELS)
    spoken = named(code) if code is not None else language(result)
    result = labelled(result)
    found = [f for f in judged(result) if not is_reference(f) and f.verdict is not Verdict.NOT_APPLICABLE]
    tell = line if level == "executive" else paragraph
    open_ = sum(f.open for f in result.findings)
    parts: list[Text] = [
        say("{verdict}: {told}", verdict=VERDICTS[result.verdict], told=judgements.verdict(result, deciding(result))),
        *(tell(result, f) for f in found),
    ]
    if open_:
        parts.append(say_n(open_, "{count} question only you can answer", "{count} questions only you can answer"))
    between = "\n" if level == "executive" else "\n\n"
    return between.join(spoken.plain(p) for p in parts) + "\n"
