"""Cause or only correlation: the ladder of evidence, the verdict on cause being its weakest rung."""

from collections.abc import Mapping

from xaikit.core.evidence import Evidence
from xaikit.core.graph import DECISION, Graph
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Cell, Chart, Column, Details, Heading, Paragraph, Row, Table
from xaikit.report.charts.graph import Arrows
from xaikit.report.reading import declared_roles, features, number
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
HELD = {
    "control": say("controls"),
    "control and legitimate": say("controls and legitimate features"),
    "confounders": say("confounders of the declared graph"),
    "confounders and mediators": say("all that shapes the decision in the declared graph"),
}
PLACES = {
    "confounder": say("confounder"),
    "mediator": say("mediator"),
    "other": say("no confounder"),
    "collider": say("collider"),
    "before": say("before the attribute"),
}
FEW = 3
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
            out += [Heading(3, narrative.joined(feature)), _table(result, feature, whole)]
            reasons = _reasons(result, feature)
            out += [reasons if len(whole) <= FEW else Details(reasons.caption, (reasons,)), *_graph(result, feature)]
        adjusted = result.measured("adjusted_gap", sensitive=feature)
        parts = result.measured("direct_effect", sensitive=feature)
        moved = result.measured("flip_with_descendants", sensitive=feature)
        out += [_adjusted(result, feature, adjusted), _tests(result, feature, adjusted)] if adjusted else []
        out += [_moved(feature, moved)] if moved else []
        out += [_effects(result, feature, parts)] if parts else []
    return out


def _graph(result: AuditResult, feature: str) -> list[Block]:
    """Return the declared graph as a picture, where there is one that names the feature."""
    places = {
        e.about["feature"]: str(e.detail.get("place")) for e in result.measured("declared_place", sensitive=feature)
    }
    declared = declared_roles(result).get("causes")
    if not places or not isinstance(declared, (list, tuple)):
        return []
    decision = str(declared_roles(result).get("decision") or DECISION)
    graph = Graph.of(declared).renamed({decision: DECISION})
    read = tuple(e for e in _implied(result, graph) if e not in graph.edges)
    figure = Arrows(
        graph.edges,
        {n: PLACES[p] for n, p in places.items() if p in PLACES and n in graph.nodes},
        (feature, DECISION),
        read,
        {**{n: n for n in (*places, feature)}, DECISION: say("the decision")},
    )
    title = say("What shapes what, as the auditor declares it: {feature}", feature=narrative.joined(feature))
    subtitle = say(
        "arrows: declared; dashed: not declared, but the model reads it; confounders are held equal, colliders "
        "never; nothing here is inferred from data"
    )
    return [Chart(figure, title, subtitle, name=f"graph-{feature}")]


def _implied(result: AuditResult, graph: Graph) -> tuple[tuple[str, str], ...]:
    if declared_roles(result).get("decision"):
        return ()
    return tuple((f, DECISION) for f in graph.nodes if f in _read(result))


def _read(result: AuditResult) -> set[str]:
    model = result.spec.get("model") or {}
    features, groups = model.get("features") or (), model.get("groups") or {}
    grouped = {c for members in groups.values() for c in members}
    return {*groups, *(f for f in features if f not in grouped)}


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


def _reasons(result: AuditResult, feature: str) -> Table:
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
    return Table(caption, columns, rows, name=f"cause-why-{feature}", quiet=True)


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


def _tests(result: AuditResult, feature: str, found: tuple[Evidence, ...]) -> Table:
    """Return what would show that the adjusted gaps are not to be trusted."""
    columns = (
        Column(say("group"), numeric=False),
        Column(say("left out: nobody to compare with")),
        Column(say("largest imbalance, in standard deviations")),
        Column(say("placebo groups, z")),
        Column(say("negative control")),
        Column(say("Mantel–Haenszel odds ratio")),
    )
    rows = []
    for e in found:
        if e.about.get("adjusted_for") not in ("control", "confounders"):
            continue
        group = e.about.get("group", "")
        here = {"sensitive": feature, "group": group}
        pooled = next(iter(result.measured("mantel_haenszel_or", **here)), None)
        cells = (
            _beside(result, e, "overlap_trimmed", "percent"),
            *(_first(result, m, k, here) for m, k in CHECKED),
            Number(None, "ratio") if pooled is None else narrative.with_interval(pooled),
        )
        rows.append(Row((narrative.joined(group), *cells), e.id))
    note = say(
        "Groups drawn by lot should have a z of about 1; an outcome that the attribute cannot have moved should show "
        "no gap. An imbalance above 0.25 rests on the adjustment, not on the data."
    )
    caption = say("What would speak against the adjusted gaps, by {feature}", feature=narrative.joined(feature))
    return Table(caption, columns, tuple(rows), note, name=f"cause-tests-{feature}")


CHECKED = (("largest_imbalance", "ratio"), ("placebo_z", "ratio"), ("negative_control_gap", "points"))


def _first(result: AuditResult, measure: str, kind: str, about: Mapping[str, str]) -> Text:
    found = next(iter(result.measured(measure, **about)), None)
    if found is None or found.value is None:
        return Number(None, kind)
    return narrative.with_interval(found) if found.low is not None else Number(found.value, kind, found.id)


def _moved(feature: str, found: tuple[Evidence, ...]) -> Table:
    columns = (
        Column(say("group"), numeric=False),
        Column(say("change of the group's rate")),
        Column(say("95% interval")),
        Column(say("turned favourable")),
        Column(say("turned unfavourable")),
        Column(say("n")),
    )
    rows = tuple(
        Row(
            (
                narrative.joined(e.about.get("group", "")),
                Number(e.value, "points", e.id),
                Interval(e.low, e.high, "points", e.id),
                Number(number(e, "to_favourable"), "count", e.id, "to_favourable"),
                Number(number(e, "to_unfavourable"), "count", e.id, "to_unfavourable"),
                Number(e.n, "count", e.id, "n"),
            ),
            e.id,
        )
        for e in found
    )
    note = say(
        "Each member of the group takes the attribute, and all that it shapes as declared, from somebody of another "
        "group who is alike in the confounders; everything else is kept. It holds for this model version, under the "
        "declared graph."
    )
    caption = say(
        "The attribute set together with all that it shapes, by {feature}", feature=narrative.joined(feature)
    )
    return Table(caption, columns, rows, note, name=f"cause-moved-{feature}")


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
