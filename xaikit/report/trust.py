"""The trust panel of an explanation: what it cost, whether it converged, and what its checks say."""

from types import MappingProxyType

from xaikit.core.evidence import Evidence, Verdict
from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult
from xaikit.report.attributions import trust_facts
from xaikit.report.blocks import Block, Callout, Column, Facts, Mark, Paragraph, Row, Table
from xaikit.report.measures import interval, name_of, value
from xaikit.report.text import Message, Prose, Text, say

OF_ALL = ("background_sanity", "manipulation", "repeatability")
"""Checks of what every explanation rests on: the background, the model's answers, its behaviour off the data."""

CHANGES: MappingProxyType[str, Message] = MappingProxyType(
    {
        "case": say("one word begins in the other case"),
        "noise": say("small noise"),
        "punctuation": say("punctuation at the end put or taken"),
        "shift": say("shifted by one pixel or step"),
        "space": say("one space doubled"),
        "synonym": say("one word for a declared synonym"),
        "typo": say("two letters of one word swapped"),
    }
)


def trust(result: AuditResult, name: str, explanation: Explanation) -> Callout:
    """Return the panel that stands with every explanation, whatever it says; what was judged first, worst on top."""
    body: list[Block] = [Facts(trust_facts(explanation))]
    checks = [e for e in result.evidence if e.about.get("explanation") == name or e.source in OF_ALL]
    if checks:
        judged = _judged(result)
        checks.sort(key=lambda e: -judged.get(e.id, Verdict.NOT_APPLICABLE))
        rows = tuple(
            Row((_check(e), _mark(judged, e), value(e), interval(e), Prose(e.because)), e.id) for e in checks
        )
        columns = (
            Column(say("check"), numeric=False),
            Column(say("verdict"), numeric=False),
            Column(say("value")),
            Column(say("95% interval")),
            Column(say("what it means"), numeric=False),
        )
        body.append(Table(say("Checks of this explanation"), columns, rows, name=f"trust-{name}"))
    else:
        body.append(Paragraph(say("No check of this explanation ran: take its values as untested.")))
    body += [Paragraph(Prose(note)) for note in explanation.notes]
    tone = "warning" if explanation.notes or not checks else "note"
    return Callout(tone, say("How far this explanation can be trusted"), tuple(body))


def _judged(result: AuditResult) -> dict[str, Verdict]:
    """Return the verdict on each piece of evidence that a criterion with a threshold judged: the worst of several."""
    found: dict[str, Verdict] = {}
    for f in result.findings:
        if f.criterion.rule != "reported" and not f.open:
            for i in f.evidence:
                found[i] = max(f.verdict, found.get(i, f.verdict))
    return found


def _mark(judged: dict[str, Verdict], e: Evidence) -> Mark | Text:
    return Mark(judged[e.id]) if e.id in judged else ""


def _check(e: Evidence) -> Text:
    about = _about(e)
    return say("{measure}: {about}", measure=name_of(e.measure), about=about) if about else name_of(e.measure)


def _about(e: Evidence) -> Text:
    """Return the feature, output, other method or small change that a check is about; nothing for the whole."""
    if "change" in e.about:
        return CHANGES.get(e.about["change"], e.about["change"])
    other = e.about.get("other", "").replace("_", " ")  # a name of ours, which may break at its spaces
    return e.about.get("feature") or other or e.about.get("output", "")
