"""The same text under another name: how far the score moves, and whether decisions change."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block, Column, Heading, Paragraph, Row, Table
from xaikit.report.measures import interval, name_of, value
from xaikit.report.text import Listed, Number, Prose, Text, say

ORDER = 66
MEASURES = ("name_swap_difference", "name_swap_p", "name_swap_decisions", "name_swap_spread")


def blocks(result: AuditResult) -> list[Block]:
    """Return what swapping names did, by pair of groups."""
    found = [e for m in MEASURES for e in result.measured(m)]
    if not found:
        return []
    lead = say(
        "Every text was scored with every name, and nothing else was changed. Differences are taken within a text, "
        "so only the name can make them; the interval is over the texts."
    )
    sentences = tuple(_sentence(e) for e in found if e.measure == MEASURES[0] and e.value is not None)
    return [
        Heading(2, say("The same text under another name"), "name-swap"),
        Paragraph(lead, "lead"),
        *(Paragraph(s) for s in sentences),
        _table(found),
    ]


def _sentence(e: Evidence) -> Text:
    decisions = say(
        "With names of {group}, the score is {difference} away from that with names of {reference}, on average over "
        "{n} texts.",
        group=e.about.get("group", ""),
        reference=e.about.get("reference", ""),
        difference=Number(e.value, "amount", e.id),
        n=Number(e.n, "count", e.id, "n"),
    )
    return Listed((decisions, Prose(e.because)), " ") if e.because else decisions


def _table(found: list[Evidence]) -> Table:
    columns = (
        Column(say("names of"), numeric=False),
        Column(say("against names of"), numeric=False),
        Column(say("measure"), numeric=False),
        Column(say("value")),
        Column(say("95% interval")),
        Column(say("n")),
    )
    rows = tuple(
        Row(
            (
                e.about.get("group", ""),
                e.about.get("reference", ""),
                name_of(e.measure),
                value(e),
                interval(e),
                Number(e.n, "count", e.id, "n"),
            ),
            e.id,
        )
        for e in found
    )
    return Table(say("Names swapped in the same texts"), columns, rows, name="name-swap")
