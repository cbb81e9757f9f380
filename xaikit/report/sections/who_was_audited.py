"""Who was audited: the data, its groups, those whose group is unknown, and what could have been noticed."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Callout, Chart, Column, Facts, Heading, Paragraph, Row, Table
from xaikit.report.charts.intervals import Intervals, Item
from xaikit.report.measures import interval, n, value
from xaikit.report.reading import by_group, colours, features, is_intersection, is_unknown
from xaikit.report.text import Number, Text, say, say_n

ORDER = 30


def blocks(result: AuditResult) -> list[Block]:
    """Return the data and its groups."""
    out: list[Block] = [Heading(2, say("Who was audited"), "data"), Facts(_facts(result))]
    for feature in features(result):
        if not is_intersection(feature):
            out += _feature(result, feature)
    out += _unknown(result)
    return out


def _facts(result: AuditResult) -> tuple[tuple[Text, Text], ...]:
    known = {
        "path": say("File"),
        "rows": say("Rows in the file"),
        "audited rows": say("Rows audited"),
        "columns": say("Columns"),
        "files": say("Files"),
        "read as": say("Read as"),
        "streamed": say("Counted as it was read, row by row"),
    }
    items: list[tuple[Text, Text]] = []
    for key, given in result.provenance.data.items():
        items.append((known.get(key, key), _fact(given)))
    roles = (result.spec.get("roles") or {}) if isinstance(result.spec.get("roles"), dict) else {}
    words = (
        ("decision", say("Column of the decision")),
        ("favourable", say("Favourable value")),
        ("label", say("Column of the ground truth")),
        ("score", say("Column of the score")),
    )
    items += [(word, str(roles[key])) for key, word in words if roles.get(key) not in (None, "")]
    return tuple(items)


def _fact(given: object) -> Text:
    if isinstance(given, bool):
        return say("yes") if given else say("no")
    return Number(given, "count") if isinstance(given, (int, float)) else str(given)


def _feature(result: AuditResult, feature: str) -> list[Block]:
    shares = by_group(result, "representation", feature)
    sized = sorted(shares, key=lambda g: (is_unknown(g), -(shares[g].n or 0), g))
    known = [g for g in sized if not is_unknown(g)]
    if not known:
        return []
    smallest = shares[known[-1]]
    colour = colours(result, feature)
    items = tuple(
        Item(
            narrative.joined(g),
            shares[g].value,
            note=say("n = {n}", n=n(shares[g])),
            colour=colour[g],
            evidence=shares[g].id,
        )
        for g in sized
    )
    title = say_n(
        smallest.n or 0,
        "By {feature}, the smallest group is {group}: {count} row, {share}",
        "By {feature}, the smallest group is {group}: {count} rows, {share}",
        feature=feature,
        group=narrative.joined(known[-1]),
        count=n(smallest),
        share=value(smallest),
    )
    if len(known) > 1 and len({shares[g].n for g in known}) == 1:
        title = say("By {feature}, every group has {n} rows", feature=feature, n=n(smallest))
    figure = Intervals(items, "percent", say("group"), say("share of the rows"), note_head=say("rows"))
    chart = Chart(figure, title, say("share of the rows audited, percent"), name=f"groups-{feature}")
    return [Heading(3, feature), chart, *_noticeable(result, feature, sized)]


def _noticeable(result: AuditResult, feature: str, groups: list[str]) -> list[Block]:
    found: dict[str, Evidence] = by_group(result, "minimum_detectable_ratio", feature)
    known = [g for g in groups if g in found]
    if not known:
        return []
    rows = tuple(Row((narrative.joined(g), n(found[g]), value(found[g])), found[g].id) for g in known)
    columns = (Column(say("group"), numeric=False), Column(say("rows")), Column(say("ratio that would be noticed")))
    note = say(
        "A group whose true ratio is this low is found with the stated power; a milder gap may well pass unnoticed. "
        "The closer to 1, the sharper the audit."
    )
    return [Table(say("How small a gap this audit could have noticed"), columns, rows, note, f"noticeable-{feature}")]


def _unknown(result: AuditResult) -> list[Block]:
    out: list[Block] = []
    for feature in features(result):
        rates = by_group(result, "selection_rate", feature)
        for group, e in rates.items():
            if is_unknown(group) and not is_intersection(feature) and e.n:
                sentence = say_n(
                    e.n,
                    "{count} row has no {feature}. It stands as “unknown”, outside every comparison.",
                    "{count} rows have no {feature}. They stand as “unknown”, outside every comparison.",
                    feature=feature,
                )
                out.append(Paragraph(sentence))
                out += _bounds(result, feature)
    return [Callout("missing", say("Unknown demographics"), tuple(out))] if out else []


def _bounds(result: AuditResult, feature: str) -> list[Block]:
    found = by_group(result, "impact_ratio_bounds", feature)
    told = [e for e in found.values() if e.low is not None and e.value is not None and e.value < 1]
    return [
        Paragraph(
            say(
                "However they are distributed, the impact ratio of {group} lies within {bounds}.",
                group=narrative.joined(e.about["group"]),
                bounds=interval(e),
            )
        )
        for e in sorted(told, key=lambda e: e.value or 0.0)[:6]
    ]
