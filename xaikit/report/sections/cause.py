"""Cause or correlation: the ladder of evidence for each group, and the gaps with other things held equal."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Column, Details, Heading, Paragraph, Row, Table
from xaikit.report.reading import features, number
from xaikit.report.text import Interval, Number, Prose, Text, say

ORDER = 70
RUNGS = ("theory", "covariation", "precedence", "exclusion", "intervention")


def blocks(result: AuditResult) -> list[Block]:
    """Return the ladder of every sensitive feature, the reasons, and the adjusted gaps."""
    verdicts = result.measured("cause")
    if not verdicts:
        return []
    lead = say(
        "Two claims are kept apart: what this model does when an input is set, which intervening on it can show, and "
        "why the groups differ in the world, which needs every rung below. The verdict is the weakest rung."
    )
    out: list[Block] = [Heading(2, say("Cause or correlation"), "cause"), Paragraph(lead, "lead")]
    for feature in features(result):
        mine = [e for e in verdicts if e.about.get("sensitive") == feature]
        if not mine:
            continue
        out += [
            Heading(3, narrative.joined(feature)),
            _ladder(result, feature, mine),
            _reasons(result, feature, mine),
        ]
        adjusted = result.measured("adjusted_gap", sensitive=feature)
        out += [_adjusted(result, feature, list(adjusted))] if adjusted else []
    return out


def _ladder(result: AuditResult, feature: str, verdicts: list[Evidence]) -> Table:
    heads = {
        "theory": say("theory"),
        "covariation": say("covariation"),
        "precedence": say("precedence"),
        "exclusion": say("nothing else explains it"),
        "intervention": say("intervention on the model"),
    }
    columns = (
        Column(say("group, against the rest"), numeric=False),
        *(Column(heads[r], numeric=False) for r in RUNGS),
        Column(say("cause"), numeric=False),
    )
    rows = tuple(
        Row((_group(e), *(_standing(_rung(result, e, r)) for r in RUNGS), _standing(e)), e.id) for e in verdicts
    )
    return Table(
        say("Rungs of evidence by {feature}", feature=narrative.joined(feature)),
        columns,
        rows,
        name=_name("ladder", feature),
    )


def _reasons(result: AuditResult, feature: str, verdicts: list[Evidence]) -> Details:
    columns = (
        Column(say("group, against the rest"), numeric=False),
        Column(say("rung"), numeric=False),
        Column(say("standing"), numeric=False),
        Column(say("because"), numeric=False),
    )
    rows = []
    for e in verdicts:
        for rung in RUNGS:
            found = _rung(result, e, rung)
            if found is not None:
                rows.append(Row((_group(e), rung, _standing(found), Prose(found.because)), found.id))
    caption = say("Why each rung stands as it does")
    return Details(caption, (Table(caption, columns, tuple(rows), name=_name("rungs", feature), quiet=True),))


def _adjusted(result: AuditResult, feature: str, found: list[Evidence]) -> Table:
    columns = (
        Column(say("group, against the rest"), numeric=False),
        Column(say("held equal"), numeric=False),
        Column(say("gap as it is")),
        Column(say("gap with these held equal")),
        Column(say("95% interval")),
        Column(say("robustness value")),
        Column(say("E-value")),
        Column(say("rows without a counterpart")),
    )
    rows = tuple(_adjusted_row(result, e) for e in found)
    note = say(
        "Robustness value: the share of what is left of both attribute and decision that a hidden cause would have "
        "to explain to undo the gap. E-value: the same as a risk ratio. Gaps are doubly robust and cross-fitted."
    )
    caption = say("Gaps with other things held equal, by {feature}", feature=narrative.joined(feature))
    return Table(caption, columns, rows, note, name=_name("adjusted", feature))


def _adjusted_row(result: AuditResult, e: Evidence) -> Row:
    beside = {
        m: next(iter(result.measured(m, **e.about)), None) for m in ("robustness_value", "e_value", "overlap_trimmed")
    }
    cells: tuple[Text, ...] = (
        _group(e),
        e.about.get("adjusted_for", ""),
        Number(number(e, "unadjusted"), "points", e.id, "unadjusted"),
        Number(e.value, "points", e.id),
        Interval(e.low, e.high, "points", e.id),
        _cell(beside["robustness_value"], "percent"),
        _cell(beside["e_value"], "ratio"),
        _cell(beside["overlap_trimmed"], "percent"),
    )
    return Row(cells, e.id)


def _cell(e: Evidence | None, kind: str) -> Text:
    return Number(None, kind) if e is None else Number(e.value, kind, e.id)


def _rung(result: AuditResult, verdict: Evidence, rung: str) -> Evidence | None:
    return next(iter(result.measured("cause_rung", **{**verdict.about, "rung": rung})), None)


def _group(e: Evidence) -> Text:
    return narrative.joined(e.about.get("group", ""))


def _standing(e: Evidence | None) -> Text:
    words = (say("○ not established"), say("◐ supported"), say("● established"))
    return say("–") if e is None or e.value is None else words[int(e.value)]


def _name(kind: str, feature: str) -> str:
    return f"{kind}-{feature}"
