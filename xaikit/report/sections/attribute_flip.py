"""What happens if only the sensitive attribute is changed: an intervention on the model, row by row."""

from collections.abc import Iterable

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Column, Heading, Paragraph, Row, Table
from xaikit.report.measures import interval, n, value
from xaikit.report.reading import number
from xaikit.report.text import Number, Text, say, say_n, sentences

ORDER = 60
MEASURES = ("attribute_flip_to_favourable", "attribute_flip_to_unfavourable")


def blocks(result: AuditResult) -> list[Block]:
    """Return the flips."""
    found = [e for m in MEASURES for e in result.measured(m)]
    if not found:
        return []
    lead = say(
        "The model was asked again about the same rows with nothing changed but the attribute. What moves then is "
        "caused by that input inside this model. It says nothing of why groups differ in the world, and little where "
        "other inputs stand in for the attribute."
    )
    out: list[Block] = [Heading(2, say("What if only the attribute is changed"), "flip"), Paragraph(lead, "lead")]
    out += [Paragraph(_sentence(pair)) for pair in _pairs(found)]
    return [*out, _table(found)]


def _key(e: Evidence) -> tuple[str, str, str]:
    return (e.about.get("sensitive", ""), e.about.get("group", ""), _to(e))


def _to(e: Evidence) -> str:
    return str(e.about.get("reference") or e.detail.get("to") or e.detail.get("reference") or "")


def _pairs(found: Iterable[Evidence]) -> list[list[Evidence]]:
    table: dict[tuple[str, str, str], list[Evidence]] = {}
    for e in found:
        table.setdefault(_key(e), []).append(e)
    return list(table.values())


def _sentence(pair: list[Evidence]) -> Text:
    first = pair[0]
    feature, group, to = _key(first)
    head = say_n(
        first.n or 0,
        "{count} row with {feature} {group} set to {to}:",
        "{count} rows with {feature} {group} set to {to}:",
        feature=narrative.joined(feature),
        group=narrative.joined(group),
        to=narrative.joined(to),
    )
    parts: list[Text] = []
    for e in pair:
        moved: Text = Number(number(e, "count"), "count", e.id, "count")
        if e.measure == MEASURES[0]:
            parts.append(
                say("{moved} unfavourable decisions become favourable ({share})", moved=moved, share=value(e))
            )
        else:
            parts.append(
                say("{moved} favourable decisions become unfavourable ({share})", moved=moved, share=value(e))
            )
    if len(parts) == 1:
        return sentences(head, say("{only}.", only=parts[0]))
    return sentences(head, say("{first}, {second}.", first=parts[0], second=parts[1]))


def _table(found: list[Evidence]) -> Table:
    columns = (
        Column(say("attribute"), numeric=False),
        Column(say("from"), numeric=False),
        Column(say("to"), numeric=False),
        Column(say("direction"), numeric=False),
        Column(say("rows")),
        Column(say("decisions moved")),
        Column(say("share")),
        Column(say("95% interval")),
    )
    rows = []
    for e in sorted(found, key=lambda e: (_key(e), e.measure)):
        feature, group, to = _key(e)
        direction = say("to favourable") if e.measure == MEASURES[0] else say("to unfavourable")
        moved = Number(number(e, "count"), "count", e.id, "count")
        cells = (narrative.joined(feature), narrative.joined(group), narrative.joined(to), direction)
        rows.append(Row((*cells, n(e), moved, value(e), interval(e)), e.id))
    return Table(say("Decisions that the flip moves"), columns, tuple(rows), name="attribute-flip")
