"""Cause or only correlation: the ladder of evidence, the verdict on cause being its weakest rung."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Cell, Column, Details, Heading, Paragraph, Row, Table
from xaikit.report.reading import features, number
from xaikit.report.text import Interval, Number, Prose, Text, say

ORDER = 78
RUNGS = {
    "theory": say("theory"),
    "covariation": say("covariation"),
    "precedence": say("precedence"),
    "exclusion": say("other explanations excluded"),
    "intervention": say("intervention on the model"),
}
EFFECTS = ("direct_effect", "indirect_effect", "spurious_effect")
HELD = {"control": say("controls"), "control and legitimate": say("controls and legitimate features")}
STANDING = {
    "established": say("● established"),
    "supported": say("◐ supported"),
    "not established": say("○ not established"),
}


def blocks(result: AuditResult) -> list[Block]:
    """Return the ladder of every feature."""
    if not result.measured("cause"):
        return []
    lead = say(
        "A gap is not yet a cause. Each rung needs evidence of its own, and the claim that the attribute causes the "
        "gap in the world stands no higher than the weakest. Intervening on the model shows what it does, no more."
    )
    out: list[Block] = [Heading(2, say("Cause or correlation"), "cause"), Paragraph(lead, "lead")]
    for feature in features(result):
        whole = result.measured("cause", sensitive=feature)
        if whole:
            out += [Heading(3, narrative.joined(feature)), _table(result, feature, whole), _reasons(result, feature)]
        adjusted = result.measured("adjusted_gap", sensitive=feature)
        parts = result.measured("direct_effect", sensitive=feature)
        out += [_adjusted(result, feature, adjusted)] if adjusted else []
        out += [_effects(result, feature, parts)] if parts else []
    return out


def _table(result: AuditResult, feature: str, whole: tuple[Evidence, ...]) -> Table:
    columns = (
        Column(narrative.joined(feature), numeric=False),
        *(Column(word, numeric=False) for word in RUNGS.values()),
        Column(say("cause in the world"), numeric=False),
    )
    rows = []
    for e in whole:
        group = e.about.get("group", "")
        found = {r.about.get("rung"): r for r in result.measured("cause_rung", sensitive=feature, group=group)}
        cells: tuple[Cell, ...] = tuple(_standing(found.get(rung)) for rung in RUNGS)
        rows.append(Row((narrative.joined(group), *cells, _standing(e)), e.id))
    caption = say("How far the claim of cause is established, by {feature}", feature=narrative.joined(feature))
    return Table(caption, columns, tuple(rows), name=f"cause-{feature}", quiet=True)


def _standing(e: Evidence | None) -> Text:
    if e is None:
        return Number(None, "count")
    standing = str(e.detail.get("standing") or "")
    return STANDING.get(standing, standing or "–")


def _reasons(result: AuditResult, feature: str) -> Details:
    columns = (
        Column(say("group"), numeric=False),
        Column(say("rung"), numeric=False),
        Column(say("standing"), numeric=False),
        Column(say("because"), numeric=False),
    )
    rows = tuple(
        Row(
            (
                narrative.joined(e.about.get("group", "")),
                RUNGS.get(e.about.get("rung", ""), e.about.get("rung", "")),
                _standing(e),
                Prose(e.because),
            ),
            e.id,
        )
        for e in result.measured("cause_rung", sensitive=feature)
    )
    caption = say("Why each rung stands where it stands, by {feature}", feature=narrative.joined(feature))
    return Details(caption, (Table(caption, columns, rows, name=f"cause-why-{feature}", quiet=True),))


def _adjusted(result: AuditResult, feature: str, found: tuple[Evidence, ...]) -> Table:
    columns = (
        Column(say("group"), numeric=False),
        Column(say("held equal"), numeric=False),
        Column(say("gap as it is")),
        Column(say("gap with these held equal")),
        Column(say("95% interval")),
        Column(say("robustness value")),
        Column(say("E-value")),
    )
    rows = tuple(
        Row(
            (
                narrative.joined(e.about.get("group", "")),
                HELD.get(e.about.get("adjusted_for", ""), e.about.get("adjusted_for", "")),
                Number(number(e, "unadjusted"), "points", e.id, "unadjusted"),
                Number(e.value, "points", e.id),
                Interval(e.low, e.high, "points", e.id),
                _beside(result, e, "robustness_value", "percent"),
                _beside(result, e, "e_value", "ratio"),
            ),
            e.id,
        )
        for e in found
    )
    note = say(
        "Robustness value: the share of what is left of both attribute and decision that a hidden cause would have "
        "to explain to undo the gap. E-value: the same as a risk ratio. The gaps are doubly robust and cross-fitted."
    )
    caption = say("Gaps with other things held equal, by {feature}", feature=narrative.joined(feature))
    return Table(caption, columns, rows, note, name=f"cause-adjusted-{feature}")


def _effects(result: AuditResult, feature: str, found: tuple[Evidence, ...]) -> Table:
    columns = (
        Column(say("group"), numeric=False),
        Column(say("against"), numeric=False),
        Column(say("direct")),
        Column(say("indirect")),
        Column(say("spurious")),
    )
    rows = tuple(
        Row(
            (
                narrative.joined(e.about.get("group", "")),
                narrative.joined(e.about.get("reference", "")),
                *(_beside(result, e, part, "score") for part in EFFECTS),
            ),
            e.id,
        )
        for e in found
    )
    note = say(
        "Direct: the attribute alone is set to the other value. Indirect: through inputs that it shapes. Spurious: "
        "through the declared confounders. The parts sum to the gap in mean score; they are causal only under what "
        "was declared."
    )
    caption = say("Parts of the gap in score, by {feature}", feature=narrative.joined(feature))
    return Table(caption, columns, rows, note, name=f"cause-effects-{feature}")


def _beside(result: AuditResult, e: Evidence, measure: str, kind: str) -> Text:
    found = next(iter(result.measured(measure, **e.about)), None)
    if found is None or found.value is None:
        return Number(None, kind)
    return narrative.with_interval(found) if found.low is not None else Number(found.value, kind, found.id)
