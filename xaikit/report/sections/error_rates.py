"""Errors against the ground truth: who is missed, who passes wrongly, and whether scores mean the same for all."""

from collections.abc import Mapping

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Chart, Column, Details, Heading, Paragraph, Row, Table
from xaikit.report.charts.intervals import Intervals, Item
from xaikit.report.charts.lines import Lines, Point, Series
from xaikit.report.measures import n, name_of, value
from xaikit.report.reading import by_group, colours, features, is_intersection, number, ordered_groups
from xaikit.report.text import Number, Text, say, sentences

ORDER = 50
DRAWN = 3
SMALL = 10
MEASURES = ("true_positive_rate", "false_positive_rate", "precision", "accuracy")
FURTHER = ("auc", "expected_calibration_error")


def blocks(result: AuditResult) -> list[Block]:
    """Return error rates and calibration."""
    shown = [f for f in features(result) if any(by_group(result, m, f) for m in (*MEASURES, "calibration"))]
    if not shown:
        return []
    out: list[Block] = [
        Heading(2, say("Errors and calibration"), "errors"),
        Paragraph(
            say(
                "Measured against the labels of the table. Where the labels repeat past discrimination, equal error "
                "rates do not make a decision fair."
            ),
            "lead",
        ),
    ]
    for feature in shown:
        part = _feature(result, feature)
        if is_intersection(feature) and part:
            out.append(Details(say("By {feature}", feature=narrative.joined(feature)), tuple(part)))
        elif part:
            out += [Heading(3, narrative.joined(feature)), *part]
    return out


def _feature(result: AuditResult, feature: str) -> list[Block]:
    out: list[Block] = []
    measures = [m for m in MEASURES if by_group(result, m, feature)]
    if measures and not is_intersection(feature):
        out.append(_chart(result, feature, measures))
    table = _table(result, feature)
    if table is not None:
        out.append(table)
    curve = _calibration(result, feature)
    return [*out, curve] if curve else out


def _chart(result: AuditResult, feature: str, measures: list[str]) -> Chart:
    items = tuple(i for m in measures for i in _items(result, feature, m))
    figure = Intervals(items, "percent", say("measure and group"), say("rate"), bars=False, limit=(0.0, 1.0))
    widest = max(measures[:2], key=lambda m: _span(by_group(result, m, feature)))
    found = {g: e for g, e in by_group(result, widest, feature).items() if e.value is not None}
    title: Text = say("Error rates by {feature}", feature=feature)
    if len(found) > 1:
        rank = sorted(found.values(), key=lambda e: e.value or 0.0)
        title = narrative.rates_title(rank[-1], rank[0])
    return Chart(figure, title, say("rates with 95% intervals, percent"), name=f"error-rates-{feature}")


def _span(found: dict[str, Evidence]) -> float:
    values = [e.value for e in found.values() if e.value is not None]
    return max(values) - min(values) if values else 0.0


def _items(result: AuditResult, feature: str, measure: str) -> list[Item]:
    found, colour = by_group(result, measure, feature), colours(result, feature)
    known = [g for g in ordered_groups(result, feature) if g in found] or sorted(found)
    out = []
    for i, g in enumerate(known):
        e = found[g]
        head = name_of(measure) if i == 0 else None
        note = say("n = {n}", n=n(e))
        out.append(Item(narrative.joined(g), e.value, e.low, e.high, note, colour[g], e.id, e.because or None, head))
    return out


def _table(result: AuditResult, feature: str) -> Table | None:
    # what the chart shows, its own table holds
    asked = (*MEASURES, *FURTHER) if is_intersection(feature) else FURTHER
    measures = [m for m in asked if by_group(result, m, feature)]
    if not measures:
        return None
    found = {m: by_group(result, m, feature) for m in measures}
    named = dict.fromkeys(g for m in measures for g in found[m])
    groups = [g for g in ordered_groups(result, feature) if g in named] or list(named)
    rows = [Row((narrative.joined(g), *(_shown(found[m].get(g)) for m in measures))) for g in groups]
    columns = (Column(narrative.joined(feature), numeric=False), *(Column(name_of(m)) for m in measures))
    note = say(
        "A rate whose denominator is empty is not defined; none is invented. In parentheses: 95% interval of each."
    )
    caption = say("Errors by {feature}", feature=narrative.joined(feature))
    return Table(caption, columns, tuple(rows), note, f"error-rates-{feature}")


def _shown(e: Evidence | None) -> Text:
    if e is not None and e.value is None:
        return say("not defined")
    return value(e) if e is None else narrative.with_interval(e)


def _calibration(result: AuditResult, feature: str) -> Chart | None:
    if is_intersection(feature):
        return None
    table: dict[str, list[Point]] = {}
    for e in result.measured("calibration", sensitive=feature):
        x = number(e, "mean_score")
        if e.value is not None and x is not None and "group" in e.about:
            table.setdefault(e.about["group"], []).append(Point(x, e.value, e.low, e.high, e.n, e.id))
    sizes = {g: sum(p.n or 0 for p in points) for g, points in table.items()}
    drawn = sorted(table, key=lambda g: (-sizes[g], g))[:DRAWN]
    series = _series({g: table[g] for g in sorted(drawn)}, colours(result, feature))
    if not any(s.points for s in series):
        return None
    figure = Lines(
        series,
        say("mean score of the bin"),
        say("observed share of favourable labels"),
        say("group"),
        diagonal=say("perfect"),
    )
    source: Text = say("Bins of fewer than {n} rows are left out.", n=Number(SMALL, "count"))
    if len(table) > DRAWN:
        more = say("The {n} largest groups are drawn; the others stand under All evidence.", n=Number(DRAWN, "count"))
        source = sentences(more, source)
    title = say("Does the same score mean the same for everybody?")
    subtitle = say("observed share of favourable labels against the score; band: 95% interval")
    return Chart(figure, title, subtitle, source, f"calibration-{feature}")


def _series(table: Mapping[str, list[Point]], colour: Mapping[str, int]) -> tuple[Series, ...]:
    return tuple(
        Series(
            narrative.joined(g),
            tuple(p for p in sorted(points, key=lambda p: p.x) if (p.n or 0) >= SMALL),
            max(colour.get(g, 0), 0),
        )
        for g, points in table.items()
    )
