"""Through which features the gap between two groups passes: the parts sum to the gap."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Chart, Column, Details, Heading, Paragraph, Row, Table
from xaikit.report.charts.waterfall import Part, Waterfall
from xaikit.report.measures import interval, value
from xaikit.report.reading import features, is_intersection
from xaikit.report.text import Number, Prose, Text, say, sentences

ORDER = 65
PARTS = 10
SHOWN = 3


def blocks(result: AuditResult) -> list[Block]:
    """Return the gaps of every feature, in decisions first."""
    gaps = [e for e in result.measured("gap") if e.value is not None]
    if not gaps:
        return []
    lead = say(
        "A gap between two groups is exactly the sum of what each input contributes to it inside the model. An "
        "input that carries the gap may be a fair ground, a stand-in for the attribute, or the attribute itself: its "
        "declared standing says which is claimed. This explains the model, not why the groups differ in the world."
    )
    out: list[Block] = [Heading(2, say("Where the gap passes"), "gap"), Paragraph(lead, "lead")]
    for feature in (f for f in features(result) if not is_intersection(f)):
        mine = [e for e in gaps if e.about.get("sensitive") == feature]
        decisions = sorted((e for e in mine if e.about.get("output") == "decision"), key=lambda e: e.value or 0.0)
        if not decisions:
            continue
        shown = [b for e in decisions[:SHOWN] for b in _gap(result, e)]
        out += [Heading(3, narrative.joined(feature)), *shown]
        if decisions[SHOWN:]:
            out.append(_table(result, feature, decisions[SHOWN:]))
    return out


def _parts(result: AuditResult, gap: Evidence) -> list[Evidence]:
    found = (e for e in result.measured("gap_attribution", **gap.about) if e.value is not None)
    return sorted(found, key=lambda e: (-abs(e.value or 0.0), e.about.get("feature", "")))


def _gap(result: AuditResult, gap: Evidence) -> list[Block]:
    parts = _parts(result, gap)
    if not parts:
        return []
    shown, rest = parts[:PARTS], parts[PARTS:]
    drawn = [
        Part(e.about["feature"], e.value or 0.0, e.low, e.high, Prose(str(e.detail.get("standing") or "")), e.id)
        for e in shown
    ]
    left = (gap.value or 0.0) - sum(e.value or 0.0 for e in shown)
    if rest:
        drawn.append(Part(say("other features and residual"), left))
    figure = Waterfall(
        0.0,
        gap.value or 0.0,
        tuple(drawn),
        say("no gap"),
        say("gap"),
        kind="points",
        level="points",
        head=say("feature"),
        note_head=say("declared standing"),
        brackets=True,
    )
    return [Chart(figure, _title(gap, parts[0]), _subtitle(gap), _source(gap), f"gap-{gap.id}")]


def _title(gap: Evidence, first: Evidence) -> Text:
    return say(
        "Of the {gap} points between {group} and {reference}, {part} pass through {feature}",
        gap=value(gap),
        group=narrative.joined(gap.about.get("group", "")),
        reference=narrative.named(gap.about.get("reference", "")),
        part=value(first),
        feature=first.about["feature"],
    )


def _subtitle(gap: Evidence) -> Text:
    return say(
        "percentage points of the selection rate, from none to the whole gap; {n} rows; line: 95% interval",
        n=Number(gap.n, "count", gap.id, "n"),
    )


def _source(gap: Evidence) -> Text:
    return sentences(say("The whole gap: {gap} ({interval}).", gap=value(gap), interval=interval(gap)))


def _table(result: AuditResult, feature: str, gaps: list[Evidence]) -> Block:
    rows = []
    for gap in sorted(gaps, key=lambda e: (e.about.get("output", ""), e.value or 0.0)):
        pair = say(
            "{group} to {reference}",
            group=narrative.joined(gap.about.get("group", "")),
            reference=narrative.named(gap.about.get("reference", "")),
        )
        for e in _parts(result, gap):
            standing = Prose(str(e.detail.get("standing") or "–"))
            cells = (e.about["feature"], pair, value(e), interval(e), standing)
            rows.append(Row(cells, e.id))
    columns = (
        Column(say("feature"), numeric=False),
        Column(say("gap of"), numeric=False),
        Column(say("part of the gap")),
        Column(say("95% interval")),
        Column(say("declared standing"), numeric=False),
    )
    caption = say("Parts of the other gaps by {feature}", feature=narrative.joined(feature))
    note = say("In percentage points of the selection rate. The same for the score stands under All evidence.")
    return Details(caption, (Table(caption, columns, tuple(rows), note, f"gap-{feature}"),))
