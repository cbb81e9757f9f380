"""Which words carry the gap between two groups: the parts sum to it, and those beyond chance are named."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Chart, Column, Heading, Paragraph, Row, Table
from xaikit.report.charts.waterfall import Part, Waterfall
from xaikit.report.measures import interval, value
from xaikit.report.reading import features, number
from xaikit.report.text import Listed, Number, Text, say, say_n, sentences

ORDER = 65
PARTS = 8
OTHERS = "other words"


def blocks(result: AuditResult) -> list[Block]:
    """Return the gaps of texts, in decisions first."""
    gaps = [e for e in result.measured("word_gap") if e.value is not None]
    if not gaps:
        return []
    lead = say(
        "The gap between two groups is exactly the sum of what each word contributes to it inside the model. A word "
        "that carries the gap may be a fair ground, or stand in for the group: which of the two, the numbers cannot "
        "say. This explains the model, not why groups differ in the world."
    )
    out: list[Block] = [Heading(2, say("Which words carry the gap"), "word-gap"), Paragraph(lead, "lead")]
    for feature in features(result):
        mine = [e for e in gaps if e.about.get("sensitive") == feature]
        if mine:
            out.append(Heading(3, narrative.joined(feature)))
            out += [b for e in sorted(mine, key=_order) for b in _gap(result, e)]
    return out


def _order(gap: Evidence) -> tuple[bool, float]:
    """Order gaps in decisions first, the widest first."""
    return gap.about.get("output") != "decision", -abs(gap.value or 0.0)


def _words(result: AuditResult, gap: Evidence) -> list[Evidence]:
    found = [e for e in result.measured("word_gap_attribution", **gap.about) if e.value is not None]
    return sorted(found, key=lambda e: (e.about["word"] == OTHERS, not _beyond(e), -abs(e.value or 0.0)))


def _beyond(e: Evidence) -> bool:
    """Return whether the interval of a word, which holds for all words at once, excludes 0."""
    return e.about["word"] != OTHERS and e.low is not None and e.high is not None and (e.low > 0 or e.high < 0)


def _gap(result: AuditResult, gap: Evidence) -> list[Block]:
    words = _words(result, gap)
    if not words:
        return []
    named = [e for e in words if e.about["word"] != OTHERS]
    drawn = [_part(e) for e in named[:PARTS]]
    left = (gap.value or 0.0) - sum(e.value or 0.0 for e in named[:PARTS])
    drawn.append(Part(say("all other words, and texts not explained"), left))
    decision = gap.about.get("output") == "decision"
    figure = Waterfall(
        0.0,
        gap.value or 0.0,
        tuple(drawn),
        say("no gap"),
        say("gap"),
        kind="points" if decision else "amount",
        level="points" if decision else "score",
        head=say("word"),
        note_head=say("texts of either group that have it"),
        brackets=True,
    )
    name = f"word-gap-{gap.id}"
    return [
        Chart(figure, _title(gap, named), _subtitle(gap, named), _source(result, gap), name),
        _table(gap, words, f"words-of-{gap.id}"),
    ]


def _part(e: Evidence) -> Part:
    return Part(e.about["word"], e.value or 0.0, e.low, e.high, _shares(e), e.id)


def _shares(e: Evidence) -> Text:
    if "share_group" not in e.detail:
        return ""
    return say(
        "{share} and {other_share}",
        share=Number(number(e, "share_group"), "percent", e.id, "share_group"),
        other_share=Number(number(e, "share_reference"), "percent", e.id, "share_reference"),
    )


def _title(gap: Evidence, words: list[Evidence]) -> Text:
    group, reference = (narrative.joined(gap.about[k]) for k in ("group", "reference"))
    beyond = [e for e in words if _beyond(e)]
    if not beyond:
        return say(
            "No single word carries the gap between {group} and {reference} beyond chance",
            group=group,
            reference=reference,
        )
    return say_n(
        len(beyond),
        "{count} word carries the gap between {group} and {reference} beyond chance: {words}",
        "{count} words carry the gap between {group} and {reference} beyond chance: {words}",
        group=group,
        reference=reference,
        words=Listed(tuple(e.about["word"] for e in beyond[:PARTS])),
    )


def _subtitle(gap: Evidence, words: list[Evidence]) -> Text:
    rows = Number(words[0].n, "count", words[0].id, "n") if words else Number(gap.n, "count", gap.id, "n")
    if gap.about.get("output") == "decision":
        return say("percentage points of the selection rate; {n} texts explained; line: 95% interval", n=rows)
    return say("points of the score; {n} texts explained; line: 95% interval", n=rows)


def _source(result: AuditResult, gap: Evidence) -> Text:
    (residual,) = result.measured("word_gap_residual", **gap.about) or (None,)
    return sentences(
        say("The whole gap: {gap} ({interval}).", gap=value(gap), interval=interval(gap)),
        say(
            "Intervals of words hold for all of them at once, over people drawn anew. Less the gap of the texts "
            "explained: {residual}.",
            residual=value(residual),
        ),
    )


def _table(gap: Evidence, words: list[Evidence], name: str) -> Table:
    columns = (
        Column(say("word"), numeric=False),
        Column(say("part of the gap")),
        Column(say("95% interval")),
        Column(say("adjusted p")),
        Column(say("of {group}, have it", group=narrative.joined(gap.about["group"]))),
        Column(say("of {group}, have it", group=narrative.joined(gap.about["reference"]))),
        Column(say("by being there more often")),
    )
    rows = tuple(Row(_cells(e, gap), e.id) for e in words)
    return Table(say("The words of the gap, one by one"), columns, rows, name=name)


def _cells(e: Evidence, gap: Evidence) -> tuple[Text, ...]:
    kind = "points" if gap.about.get("output") == "decision" else "amount"
    if e.about["word"] == OTHERS:
        return (say("all other words"), value(e), interval(e), "", "", "", "")
    return (
        e.about["word"],
        value(e),
        interval(e),
        Number(number(e, "p"), "p", e.id, "p"),
        Number(number(e, "share_group"), "percent", e.id, "share_group"),
        Number(number(e, "share_reference"), "percent", e.id, "share_reference"),
        Number(number(e, "through_presence"), kind, e.id, "through_presence"),
    )
