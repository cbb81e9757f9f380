"""Recourse: what the rejected could change to be accepted, and whether that costs one group more than another."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Callout, Chart, Column, Heading, Paragraph, Row, Table
from xaikit.report.charts.intervals import Intervals, Item
from xaikit.report.constraints import stated
from xaikit.report.measures import n, name_of, value
from xaikit.report.reading import by_group, colours, features, number
from xaikit.report.text import Number, Prose, Text, say, say_n, sentences, told

ORDER = 75
MEASURES = (
    "recourse_found",
    "recourse_cost",
    "recourse_features_changed",
    "recourse_plausibility",
    "recourse_cost_gap",
)


def blocks(result: AuditResult) -> list[Block]:
    """Return recourse over all, by group, and in a few examples."""
    found = result.measured("recourse_found")
    if not found:
        return []
    lead = say(
        "For each rejected row, the least change of its inputs that this model would accept, within the stated "
        "constraints. Cost: 1 is the full range of one feature. It is what the model would do, not advice."
    )
    out: list[Block] = [Heading(2, say("What would have changed the decision"), "recourse"), Paragraph(lead, "lead")]
    out.append(Paragraph(stated(result, "recourse")))
    for e in found:
        if "group" not in e.about:
            out += [Paragraph(_overall(result, e)), *_without(e), *_doubts(result)]
    for feature in features(result):
        if by_group(result, "recourse_cost", feature):
            out += [Heading(3, narrative.joined(feature)), _chart(result, feature), _table(result, feature)]
    examples = result.measured("recourse_example")
    return [*out, _examples(examples)] if examples else out


def _overall(result: AuditResult, e: Evidence) -> Text:
    if e.value is None:
        return Prose(e.because)
    cost = next((c for c in result.measured("recourse_cost") if "group" not in c.about), None)
    told = say("A change was found for {share} of {n} rejected rows.", share=value(e), n=n(e))
    if cost is None:
        return told
    return sentences(told, say("Its mean cost is {cost}.", cost=narrative.with_interval(cost)))


def _without(found: Evidence) -> list[Block]:
    """Return how many have no recourse, as plainly as what was found."""
    n_without = number(found, "without")
    if not n_without:
        return []
    told = say_n(
        int(n_without),
        "For {count} rejected row, no recourse within the stated constraints was found.",
        "For {count} rejected rows, no recourse within the stated constraints was found.",
        count=Number(n_without, "count", found.id, "without"),
    )
    asked = say(
        "For everybody together the model was asked about {tried} rows.",
        tried=Number(number(found, "tried"), "count", found.id, "tried"),
    )
    return [Callout("missing", say("No recourse"), (Paragraph(sentences(told, asked)),))]


def _doubts(result: AuditResult) -> list[Block]:
    """Return how usual, how different and how lasting the answers are, each in a sentence."""
    out: list[Text] = []
    for e in result.measured("recourse_plausibility"):
        if "group" not in e.about and e.value is not None:
            out.append(
                say("{share} of the answers are as usual as 95% of real rows are.", share=narrative.with_interval(e))
            )
    for e in result.measured("recourse_diversity"):
        if e.value is not None:
            out.append(
                say("Of the features of two ways, {share} are in one of them only.", share=narrative.with_interval(e))
            )
    for e in result.measured("recourse_stability"):
        out.append(_stability(e))
    return [Paragraph(sentences(*out))] if out else []


def _stability(e: Evidence) -> Text:
    if e.value is None:
        return say("Whether the answers would last is not known: {because}.", because=Prose(e.because))
    return say(
        "By {n} models made again ({method}), {share} of the answers would be accepted; being made again turns "
        "{turned} of these rejections by itself.",
        n=Number(number(e, "made_again"), "count", e.id, "made_again"),
        method=Prose(str(e.detail.get("method", ""))),
        share=narrative.with_interval(e),
        turned=Number(number(e, "decisions_changed"), "percent", e.id, "decisions_changed"),
    )


def _chart(result: AuditResult, feature: str) -> Chart:
    cost, colour = by_group(result, "recourse_cost", feature), colours(result, feature)
    ranked = sorted(cost, key=lambda g: (cost[g].value is None, -(cost[g].value or 0.0), g))
    items = tuple(
        Item(
            narrative.joined(g),
            cost[g].value,
            cost[g].low,
            cost[g].high,
            note=say("n = {n}", n=n(cost[g])),
            colour=colour.get(g, -1),
            evidence=cost[g].id,
            because=Prose(cost[g].because) if cost[g].because else None,
        )
        for g in ranked
    )
    figure = Intervals(items, "ratio", say("group"), name_of("recourse_cost"), note_head=say("rows"))
    title = _title(feature, [cost[g] for g in ranked if cost[g].value is not None])
    subtitle = say("mean cost over the rejected with an answer, with 95% interval")
    return Chart(figure, title, subtitle, name=f"recourse-{feature}")


def _title(feature: str, known: list[Evidence]) -> Text:
    apart = len(known) > 1 and (known[0].low or 0.0) > (known[-1].high or float("inf"))
    if not apart:
        return say("What the least change costs by {feature}", feature=narrative.joined(feature))
    return say(
        "{group} would have to change most: {cost}, against {least} for {other}",
        group=narrative.joined(known[0].about["group"]),
        cost=value(known[0]),
        least=value(known[-1]),
        other=narrative.joined(known[-1].about["group"]),
    )


def _table(result: AuditResult, feature: str) -> Table:
    found = {m: by_group(result, m, feature) for m in MEASURES}
    groups = sorted({g for m in MEASURES for g in found[m]})
    rows = tuple(Row((narrative.joined(g), *(_cell(found[m].get(g)) for m in MEASURES))) for g in groups)
    columns = (Column(narrative.joined(feature), numeric=False), *(Column(name_of(m)) for m in MEASURES))
    caption = say("Recourse by {feature}", feature=narrative.joined(feature))
    return Table(caption, columns, rows, name=f"recourse-{feature}")


def _cell(e: Evidence | None) -> Text:
    if e is None:
        return Number(None, "ratio")
    if e.value is not None:
        return narrative.with_interval(e)
    return say("too few to compare") if e.measure == "recourse_cost_gap" else say("none found")


def _examples(found: tuple[Evidence, ...]) -> Table:
    columns = (
        Column(say("case"), numeric=False),
        Column(say("least change that the model would have accepted"), numeric=False),
        Column(say("cost")),
    )
    rows = tuple(Row((e.about.get("case", ""), _changes(e), value(e)), e.id) for e in found)
    return Table(say("Single decisions (pseudonyms)"), columns, rows, name="recourse-examples")


def _changes(e: Evidence) -> Text:
    if e.value is None:
        return Prose(e.because)
    return Prose("; ".join(f"{told(name)}: {change}" for name, change in e.detail.items()))
