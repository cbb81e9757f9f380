"""The trust panel of an explanation: what it cost, whether it converged, and what its checks say."""

from types import MappingProxyType

from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult
from xaikit.report.attributions import trust_facts
from xaikit.report.blocks import Block, Callout, Column, Facts, Paragraph, Row, Table
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
    """Return the panel that stands with every explanation, whatever it says."""
    body: list[Block] = [Facts(trust_facts(explanation))]
    checks = [e for e in result.evidence if e.about.get("explanation") == name or e.source in OF_ALL]
    if checks:
        rows = tuple(
            Row((name_of(e.measure), _about(e), value(e), interval(e), Prose(e.because)), e.id) for e in checks
        )
        columns = (
            Column(say("check"), numeric=False),
            Column(say("about"), numeric=False),
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


def _about(e: Evidence) -> Text:
    """Return the feature, output, other method or small change that a check is about; nothing for the whole."""
    if "change" in e.about:
        return CHANGES.get(e.about["change"], e.about["change"])
    return e.about.get("feature") or e.about.get("other") or e.about.get("output", "")
