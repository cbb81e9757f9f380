"""Through which features the gap between two groups passes: the parts sum to the gap."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Chart, Column, Details, Heading, Paragraph, Row, Table
from xaikit.report.charts.waterfall import Part, Waterfall
from xaikit.report.measures import interval, value
from xaikit.report.reading import features, is_intersection
from xaikit.report.standing import feature_standing, suspects
from xaikit.report.text import Listed, Number, Text, say, sentences

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
        "standing says which is claimed, or suspected. This explains the model, not why groups differ in the world."
    )
    out: list[Block] = [Heading(2, say("Where the gap passes"), "gap"), Paragraph(lead, "lead")]
    for feature in (f for f in features(result) if not is_intersection(f)):
        mine = [e for e in gaps if e.about.get("sensitive") == feature]
        decisions = sorted((e for e in mine if e.about.get("output") == "decision"), key=_order)
        if not decisions:
            continue
        drawn = [e for e in decisions if e.about.get("reference") != narrative.REST][:SHOWN] or decisions[:SHOWN]
        out += [Heading(3, narrative.joined(feature)), *(b for e in drawn for b in _gap(result, e))]
        rest = [e for e in decisions if e not in drawn]
        out += [_table(result, feature, rest)] if rest else []
    return out


def _order(gap: Evidence) -> tuple[bool, float]:
    """Gaps to one group come first, those to all others together after them; the widest first."""
    return gap.about.get("reference") == narrative.REST, gap.value or 0.0


def _parts(result: AuditResult, gap: Evidence) -> list[Evidence]:
    found = (e for e in result.measured("gap_attribution", **gap.about) if e.value is not None)
    return sorted(found, key=lambda e: (-abs(e.value or 0.0), e.about.get("feature", "")))


def _gap(result: AuditResult, gap: Evidence) -> list[Block]:
    parts = _parts(result, gap)
    if not parts:
        return []
    shown, rest = parts[:PARTS], parts[PARTS:]
    drawn = [Part(e.about["feature"], e.value or 0.0, e.low, e.high, _standing(result, gap, e), e.id) for e in shown]
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
        note_head=say("standing"),
        brackets=True,
    )
    return [Chart(figure, _title(gap, parts[0]), _subtitle(gap), _source(result, gap, parts), f"gap-{gap.id}")]


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


def _standing(result: AuditResult, gap: Evidence, e: Evidence) -> Text:
    return feature_standing(result, e.about["feature"], e, gap.about.get("sensitive", ""), brief=True)


def _source(result: AuditResult, gap: Evidence, parts: list[Evidence]) -> Text:
    itself = next((e for e in parts if e.about["feature"] == gap.about.get("sensitive")), None)
    own = None
    if itself is not None:
        own = say(
            "Through {attribute} itself: {part} ({interval}).",
            attribute=itself.about["feature"],
            part=value(itself),
            interval=interval(itself),
        )
    known = suspects(result, gap.about.get("sensitive", ""))
    named = tuple(e.about["feature"] for e in parts if e.about["feature"] in known)
    suspected = say("Suspected to stand in: {features}.", features=Listed(named)) if named else None
    return sentences(
        say("The whole gap: {gap} ({interval}).", gap=value(gap), interval=interval(gap)), own, suspected
    )


def _table(result: AuditResult, feature: str, gaps: list[Evidence]) -> Block:
    rows = []
    for gap in sorted(gaps, key=_order):
        pair = say(
            "{group} to {reference}",
            group=narrative.joined(gap.about.get("group", "")),
            reference=narrative.named(gap.about.get("reference", "")),
        )
        for e in _parts(result, gap):
            cells = (
                *(e.about["feature"], pair, value(e), interval(e)),
                _standing(result, gap, e),
            )
            rows.append(Row(cells, e.id))
    columns = (
        Column(say("feature"), numeric=False),
        Column(say("gap of"), numeric=False),
        Column(say("part of the gap")),
        Column(say("95% interval")),
        Column(say("standing"), numeric=False),
    )
    caption = say("Parts of the other gaps by {feature}", feature=narrative.joined(feature))
    note = say("In percentage points of the selection rate. The same for the score stands under All evidence.")
    return Details(caption, (Table(caption, columns, tuple(rows), note, f"gap-{feature}"),))
