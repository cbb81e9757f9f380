"""The findings, worst first: a card for each that needs a reader, a table for the others."""

from collections.abc import Sequence

from xaikit.core.evidence import Evidence, Finding, Verdict
from xaikit.core.result import AuditResult
from xaikit.report import letters, narrative
from xaikit.report.blocks import (
    Block,
    Card,
    Cards,
    Chart,
    Column,
    Details,
    Heading,
    Mark,
    Paragraph,
    Row,
    Table,
)
from xaikit.report.charts.intervals import Intervals, Item, Line
from xaikit.report.citation import citation
from xaikit.report.judgements import finding
from xaikit.report.measures import interval, kind_of, n, name_of, value
from xaikit.report.reading import colours, evidence_of, is_reference, judged
from xaikit.report.text import Number, Prose, Text, say, say_n, sentences
from xaikit.report.thresholds import lines, shade

ORDER = 20
CARDS = 24
NEEDS_A_READER = (Verdict.ERROR, Verdict.FAIL, Verdict.INCONCLUSIVE)


def blocks(result: AuditResult) -> list[Block]:
    """Return the findings."""
    found = [f for f in judged(result) if not is_reference(f)]
    out: list[Block] = [Heading(2, say("Findings"), "findings")]
    if not found and letters.decided(result) is not None:
        return []  # decisions on single people: nothing was to be judged
    if not found:
        return [*out, Paragraph(say("No profile judged this audit; the measurements stand below without a verdict."))]
    titles = {p.id: p.title for p in result.profiles}
    groups = _grouped([f for f in found if f.verdict in NEEDS_A_READER])
    if groups:
        out.append(
            Paragraph(say("Worst first. Each card is one criterion; every number can be found again below."), "lead")
        )
    else:
        out.append(Paragraph(say("No criterion failed, and none lacked the evidence for a verdict."), "lead"))
    out.append(Cards(tuple(_card(result, g, titles) for g in groups[:CARDS])))
    out.append(_table(result, found, titles))
    return out


def _grouped(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Return findings of one criterion, feature and verdict together, in order of the first."""
    table: dict[tuple[str, str, str, Verdict], list[Finding]] = {}
    for f in findings:
        key = (f.criterion.profile, f.criterion.id, f.about.get("sensitive", ""), f.verdict)
        table.setdefault(key, []).append(f)
    return list(table.values())


def _card(result: AuditResult, group: list[Finding], titles: dict[str, str]) -> Card:
    first = group[0]
    sensitive = first.about.get("sensitive", "")
    title: Text = Prose(first.criterion.title)
    if sensitive:
        title = say("{criterion}: {feature}", criterion=title, feature=narrative.joined(sensitive))
    body: list[Block] = []
    chart = _chart(result, group)
    if chart:
        body.append(chart)
    if len(group) > 1:
        more = say_n(len(group) - 1, "{count} more group", "{count} more groups")
        body.append(Details(more, tuple(Paragraph(finding(result, f)) for f in group[1:])))
    body.append(
        Paragraph(sentences(say("Criterion {id}:", id=first.criterion.id), citation(first.criterion)), "source")
    )
    profile = Prose(titles.get(first.criterion.profile, first.criterion.profile))
    return Card(Mark(first.verdict), title, finding(result, first), profile, tuple(body))


def _chart(result: AuditResult, group: list[Finding]) -> Chart | None:
    shown = [e for f in group for e in evidence_of(result, f)[:1] if e.value is not None and e.low is not None]
    if not shown:
        return None
    measure, kind = shown[0].measure, kind_of(shown[0])
    bounds = lines(result, measure)
    parity = (Line(1.0, say("parity")),) if measure == "impact_ratio" else ()
    items = tuple(
        Item(
            narrative.joined(e.about.get("group", e.measure)),
            e.value,
            e.low,
            e.high,
            note=say("n = {n}", n=n(e)),
            colour=colours(result, e.about.get("sensitive", "")).get(e.about.get("group", ""), -1),
            evidence=e.id,
        )
        for e in shown[:12]
    )
    figure = Intervals(
        items,
        kind,
        say("group"),
        name_of(measure),
        bars=False,
        lines=(*bounds, *parity),
        shade=shade(bounds),
        limit=(0.0, max(1.1, *(e.high or 0.0 for e in shown)) * 1.03) if kind == "ratio" else None,
    )
    subtitle = say("{measure}; dot: the value, line: its 95% interval", measure=name_of(measure))
    return Chart(figure, _title(shown), subtitle, name=f"finding-{measure}")


def _title(shown: Sequence[Evidence]) -> Text:
    """Return what a card's chart shows: its value, or the lowest of several."""
    low = min(shown, key=lambda e: e.value or 0.0)
    named = narrative.joined(low.about.get("group") or low.about.get("explanation") or low.measure)
    if len(shown) == 1:
        return say("{group}: {measure} {value}", group=named, measure=name_of(low.measure), value=value(low))
    return say(
        "{group} has the lowest {measure} of these {count}: {value}",
        group=named,
        measure=name_of(low.measure),
        count=Number(len(shown), "count"),
        value=value(low),
    )


def _table(result: AuditResult, found: list[Finding], titles: dict[str, str]) -> Block:
    rows = []
    for f in found:
        read = evidence_of(result, f)[:1]
        first = read[0] if read else None
        cells = (
            Prose(f.criterion.title),
            Mark(f.verdict),
            narrative.about(f.about),
            value(first),
            interval(first),
            Prose(titles.get(f.criterion.profile, f.criterion.profile)),
        )
        rows.append(Row(cells, first.id if first else ""))
    columns = (
        Column(say("criterion"), numeric=False),
        Column(say("verdict"), numeric=False),
        Column(say("about"), numeric=False),
        Column(say("value")),
        Column(say("95% interval")),
        Column(say("profile"), numeric=False),
    )
    summary = say_n(len(found), "{count} finding, as a table", "All {count} findings, as a table")
    return Details(summary, (Table(say("All findings"), columns, tuple(rows), name="findings"),))
