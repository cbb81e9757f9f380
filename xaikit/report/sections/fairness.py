"""Fairness by attribute and intersection: rates, ratios, who is hurt and by how many people."""

from collections.abc import Mapping

from xaikit.core.evidence import JOIN, Evidence, Finding
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Bullets, Callout, Cell, Chart, Column, Heading, Mark, Paragraph, Row, Table
from xaikit.report.charts.intervals import Intervals, Item, Line
from xaikit.report.charts.matrix import Matrix, Tile
from xaikit.report.measures import interval, kind_of, n, name_of, value
from xaikit.report.reading import by_group, colours, features, is_unknown, number, ordered_groups
from xaikit.report.text import Number, Text, say
from xaikit.report.thresholds import lines, shade

ORDER = 40
DRAWN = 20
"""Groups in one chart of ratios; more than that fits no page."""


def blocks(result: AuditResult) -> list[Block]:
    """Return rates and ratios of every feature and intersection."""
    shown = [f for f in features(result) if by_group(result, "selection_rate", f)]
    if not shown:
        return []
    out: list[Block] = [Heading(2, say("Fairness: who gets the favourable decision"), "fairness"), *_reading()]
    for feature in shown:
        out += _feature(result, feature)
    return out


def _reading() -> list[Block]:
    return [
        Paragraph(
            say(
                "Two answers stand side by side. The flag of the rule compares each group with the best of all. "
                "Because the best is chosen by looking, a group can fall below four fifths by chance alone, the more "
                "easily the more and the smaller the groups. The verdict therefore follows the adjusted p value, "
                "which is valid for a comparison with the best."
            ),
            "lead",
        )
    ]


def _feature(result: AuditResult, feature: str) -> list[Block]:
    rates = by_group(result, "selection_rate", feature)
    ratios = by_group(result, "impact_ratio", feature)
    groups = ordered_groups(result, feature)
    out: list[Block] = [Heading(3, narrative.joined(feature)), *_hurt(result, feature)]
    if feature.count(JOIN) and all(g.count(JOIN) == feature.count(JOIN) for g in groups):
        out.append(_matrix(feature, rates))
    else:
        out.append(_rates(result, feature, rates, groups))
    if any(e.value is not None for e in ratios.values()):
        out.append(_ratios(result, feature, ratios, groups))
    out.append(_table(result, feature, groups))
    return out


def _hurt(result: AuditResult, feature: str) -> list[Block]:
    found = by_group(result, "shortfall", feature)
    ranked = sorted((g for g in found if not is_unknown(g)), key=lambda g: -(found[g].value or 0))
    told = [narrative.shortfall(found[g], _finding(result, feature, g)) for g in ranked]
    short = tuple(s for s in told if s is not None)
    if not short:
        return []
    return [Callout("note", say("Who is short, and of how many people"), (Bullets(short[:6]),))]


def _rates(result: AuditResult, feature: str, rates: Mapping[str, Evidence], groups: tuple[str, ...]) -> Chart:
    known = [g for g in groups if not is_unknown(g) and rates[g].value is not None]
    title: Text = name_of("selection_rate")
    if len(known) > 1:
        title = narrative.rates_title(rates[known[0]], rates[known[-1]])
    figure = Intervals(
        _items(result, feature, rates, groups),
        kind_of(next(iter(rates.values()))),
        narrative.joined(feature),
        name_of("selection_rate"),
        note_head=say("rows"),
    )
    subtitle = say("selection rate by {feature}, with 95% interval", feature=narrative.joined(feature))
    return Chart(figure, title, subtitle, name=f"selection-rate-{feature}")


def _ratios(result: AuditResult, feature: str, ratios: Mapping[str, Evidence], groups: tuple[str, ...]) -> Chart:
    bounds = lines(result, "impact_ratio")
    shown = tuple(g for g in groups if g in ratios)
    drawn = shown if len(shown) <= DRAWN else shown[:1] + _lowest(shown, ratios)
    low = [g for g in shown if ratios[g].value is not None and bounds and (ratios[g].value or 0) < bounds[0].at]
    title: Text = say("Impact ratios against the best group")
    if bounds:
        title = say(
            "{low} of {all} groups lie below {bound} of the best rate",
            low=Number(len(low), "count"),
            all=Number(len([g for g in shown if not is_unknown(g)]), "count"),
            bound=Number(bounds[0].at, "bound"),
        )
    highest = max((v for e in ratios.values() for v in (e.value, e.high) if v is not None), default=1.0)
    figure = Intervals(
        _items(result, feature, ratios, drawn),
        "ratio",
        narrative.joined(feature),
        name_of("impact_ratio"),
        bars=False,
        lines=(*bounds, Line(1.0, say("parity"))),
        shade=shade(bounds),
        limit=(0.0, min(max(highest, 1.05) * 1.04, 3.0)),
        note_head=say("rows"),
    )
    subtitle = say("selection rate divided by the best rate; line: simultaneous 95% interval")
    source = None
    if drawn != shown:
        source = say(
            "Drawn are the best group and the {n} lowest; the table below holds all {all}.",
            n=Number(len(drawn) - 1, "count"),
            all=Number(len(shown), "count"),
        )
    return Chart(figure, title, subtitle, source, name=f"impact-ratio-{feature}")


def _lowest(groups: tuple[str, ...], ratios: Mapping[str, Evidence]) -> tuple[str, ...]:
    """Return the groups with the lowest ratios, in their order: as many as a page of paper holds."""
    known = [g for g in groups[1:] if not is_unknown(g) and ratios[g].value is not None]
    return tuple(known[1 - DRAWN :])


def _items(
    result: AuditResult, feature: str, found: Mapping[str, Evidence], groups: tuple[str, ...]
) -> tuple[Item, ...]:
    colour = colours(result, feature)
    return tuple(
        Item(
            narrative.joined(g),
            found[g].value,
            found[g].low,
            found[g].high,
            note=say("n = {n}", n=n(found[g])),
            colour=colour[g],
            evidence=found[g].id,
            because=found[g].because or None,
        )
        for g in groups
    )


def _matrix(feature: str, rates: Mapping[str, Evidence]) -> Chart:
    parts = {g: g.replace(JOIN, f" {JOIN} ").rsplit(f" {JOIN} ", 1) for g in rates}
    first = tuple(sorted({a for a, _ in parts.values()}, key=lambda g: (is_unknown(g), g)))
    second = tuple(sorted({b for _, b in parts.values()}, key=lambda g: (is_unknown(g), g)))
    rows, columns = (first, second) if len(second) <= len(first) or len(first) > 4 else (second, first)
    tiles = {}
    for g, (a, b) in parts.items():
        key = (a, b) if rows is first else (b, a)
        tiles[key] = Tile(rates[g].value, rates[g].n, rates[g].id)
    known = sorted(
        (g for g in rates if not is_unknown(g) and rates[g].value is not None), key=lambda g: rates[g].value or 0
    )
    title: Text = name_of("selection_rate")
    if len(known) > 1:
        title = narrative.rates_title(rates[known[-1]], rates[known[0]])
    figure = Matrix(rows, columns, tiles, narrative.joined(feature))
    subtitle = say("selection rate and number of rows of each combination; hatched: no rate")
    return Chart(figure, title, subtitle, name=f"selection-rate-{feature}")


def _table(result: AuditResult, feature: str, groups: tuple[str, ...]) -> Table:
    columns = (
        Column(narrative.joined(feature), numeric=False),
        Column(say("selected")),
        Column(say("of")),
        Column(say("rate")),
        Column(say("impact ratio")),
        Column(say("95% interval")),
        Column(say("adjusted p")),
        Column(say("people short")),
        Column(say("below four fifths"), numeric=False),
        Column(say("verdict"), numeric=False),
    )
    rows = tuple(_row(result, feature, g) for g in groups)
    note = say(
        "Intervals of the ratios hold for all groups of the table at once. People short: how many more of the group "
        "would have been selected at the reference rate."
    )
    return Table(
        say("Selection by {feature}", feature=narrative.joined(feature)), columns, rows, note, f"selection-{feature}"
    )


def _row(result: AuditResult, feature: str, group: str) -> Row:
    rate = by_group(result, "selection_rate", feature)[group]
    ratio = by_group(result, "impact_ratio", feature).get(group)
    short = by_group(result, "shortfall", feature).get(group)
    cells: tuple[Cell, ...] = (
        narrative.joined(group),
        Number(number(rate, "selected"), "count", rate.id, "selected"),
        n(rate),
        narrative.with_interval(rate),
        value(ratio),
        Number(None, "ratio") if _is_reference(ratio) else interval(ratio),
        value(by_group(result, "best_of_k_p", feature).get(group)),
        value(short),
        _flag(ratio),
        say("reference group") if _is_reference(ratio) else _judged(result, feature, group),
    )
    return Row(cells, rate.id, "unknown" if is_unknown(group) else "")


def _is_reference(ratio: Evidence | None) -> bool:
    return ratio is not None and ratio.about.get("reference") == ratio.about.get("group")


def _flag(ratio: Evidence | None) -> Text:
    below = ratio.detail.get("below_four_fifths") if ratio is not None else None
    if below is None:
        return Number(None, "count")
    return say("yes") if below else say("no")


def _judged(result: AuditResult, feature: str, group: str) -> Cell:
    found = _finding(result, feature, group)
    return Number(None, "count") if found is None else Mark(found.verdict)


def _finding(result: AuditResult, feature: str, group: str) -> Finding | None:
    """Return the worst finding on a group's impact ratio; None where no criterion judged it."""
    found = (f for f in result.findings if f.criterion.measure == "impact_ratio" and not f.open)
    about = (f for f in found if f.about.get("sensitive") == feature and f.about.get("group") == group)
    return max(about, key=lambda f: f.verdict, default=None)
