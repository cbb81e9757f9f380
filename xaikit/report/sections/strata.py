"""The same comparison within strata: whether a gap holds, vanishes or turns round when like is compared with like."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Callout, Chart, Column, Heading, Paragraph, Row, Table
from xaikit.report.charts.intervals import Intervals, Item
from xaikit.report.measures import interval, n, name_of, value
from xaikit.report.reading import colours, declared_roles, features
from xaikit.report.text import Listed, Number, Prose, Text, say

ORDER = 45
STRATA = 12


def blocks(result: AuditResult) -> list[Block]:
    """Return stratified comparisons, where control features are declared."""
    found = result.measured("mantel_haenszel_or")
    if not found:
        return []
    control = declared_roles(result).get("control")
    names = Listed(tuple(control)) if isinstance(control, (list, tuple)) else say("the control features")
    lead = say(
        "Here people are compared only with people of the same {control}. A gap that vanishes within strata lies in "
        "how the groups are spread over them; whether that spread is itself fair is another question.",
        control=names,
    )
    out: list[Block] = [Heading(2, say("Within strata"), "strata"), Paragraph(lead, "lead"), *_reversals(found)]
    for feature in features(result):
        mine = [e for e in found if e.about.get("sensitive") == feature]
        if mine:
            out.append(Heading(3, narrative.joined(feature)))
            out += _chart(result, feature)
            out.append(_table(result, feature, mine))
    return out


def _reversals(found: tuple[Evidence, ...]) -> list[Block]:
    turned = tuple(Paragraph(Prose(e.because)) for e in found if e.detail.get("reversal") and e.because)
    return [Callout("warning", say("The gap turns round within strata"), turned)] if turned else []


def _chart(result: AuditResult, feature: str) -> list[Block]:
    rates = [e for e in result.measured("selection_rate", sensitive=feature) if "stratum" in e.about]
    strata = sorted(
        {e.about["stratum"] for e in rates},
        key=lambda s: (-sum(e.n or 0 for e in rates if e.about["stratum"] == s), s),
    )
    if not strata:
        return []
    colour = colours(result, feature)
    items = []
    for stratum in strata[:STRATA]:
        mine = sorted((e for e in rates if e.about["stratum"] == stratum), key=lambda e: e.about["group"])
        for i, e in enumerate(mine):
            head: Text | None = narrative.joined(stratum) if i == 0 else None
            note = say("n = {n}", n=n(e))
            name = narrative.joined(e.about["group"])
            items.append(Item(name, e.value, e.low, e.high, note, colour.get(e.about["group"], -1), e.id, None, head))
    figure = Intervals(tuple(items), "percent", say("stratum and group"), name_of("selection_rate"), bars=False)
    title = say("Selection rates of {feature} within each stratum", feature=narrative.joined(feature))
    source = None
    if len(strata) > STRATA:
        source = say("The {n} largest strata are shown.", n=Number(STRATA, "count"))
    subtitle = say("selection rate with 95% interval, the largest stratum first")
    return [Chart(figure, title, subtitle, source, f"strata-{feature}")]


def _table(result: AuditResult, feature: str, found: list[Evidence]) -> Table:
    columns = (
        Column(narrative.joined(feature), numeric=False),
        Column(say("against"), numeric=False),
        Column(say("odds ratio overall")),
        Column(say("odds ratio within strata")),
        Column(say("95% interval")),
        Column(say("p of a gap within strata")),
        Column(say("p of unequal strata")),
    )
    rows = []
    for e in found:
        crude = e.detail.get("crude_odds_ratio")
        same = {
            m: next((x for x in result.measured(m) if x.about == e.about), None) for m in ("cmh_p", "breslow_day_p")
        }
        overall = Number(crude if isinstance(crude, (int, float)) else None, "ratio", e.id, "crude_odds_ratio")
        cells = (
            narrative.joined(e.about["group"]),
            narrative.joined(e.about.get("reference", "")),
            overall,
            value(e),
            interval(e),
            value(same["cmh_p"]),
            value(same["breslow_day_p"]),
        )
        rows.append(Row(cells, e.id))
    note = say(
        "Mantel–Haenszel odds ratios; below 1 the group is selected less often than the one it is compared with."
    )
    caption = say("Selection by {feature} within strata", feature=narrative.joined(feature))
    return Table(caption, columns, tuple(rows), note, f"strata-{feature}")
