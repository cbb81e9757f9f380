"""What else was measured of the decisions: the data, subgroups, stages, time, rankings, individuals, trade-offs."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Column, Details, Heading, Paragraph, Row, Table
from xaikit.report.measures import interval, n, name_of, value
from xaikit.report.reading import number
from xaikit.report.text import Listed, Message, Number, Text, say, say_n

ORDER = 66
SHOWN = 40
HIDDEN = {"periods": ("selection_rate",), "outcomes": ("class_accuracy",)}
PLAIN = ("sensitive", "group", "reference")

PARTS: tuple[tuple[str, Message, Message], ...] = (
    (
        "scoring_rate",
        say("Scoring rates"),
        say("The share of each group that scores above the median of all, and its ratio to the highest share."),
    ),
    (
        "data_bias",
        say("What the data carry"),
        say("How the ground truth itself differs between each group and all others, before any decision."),
    ),
    (
        "subgroups",
        say("Subgroups"),
        say(
            "Every subgroup with enough people, against everybody else. The p values account for all subgroups that "
            "were looked at; the clearest come first."
        ),
    ),
    (
        "funnel",
        say("Stages of the process"),
        say("The bottom line first; then every stage, among those who reached it."),
    ),
    (
        "periods",
        say("Over time"),
        say("The same comparison in every period, and tests of whether it changes."),
    ),
    (
        "ranking",
        say("Rankings"),
        say(
            "Where groups stand when people are ranked by score: what attention their places get, and who is on top."
        ),
    ),
    (
        "individual",
        say("Like people"),
        say("Whether people who are alike in all but the attribute are decided upon alike."),
    ),
    (
        "inequality",
        say("Inequality of benefit"),
        say("How unequally what people get, for what they merit, is spread; and how much of it lies between groups."),
    ),
    (
        "outcomes",
        say("Outcomes of several kinds"),
        say("Classes, or numbers, by group."),
    ),
    (
        "tradeoff",
        say("Trade-offs"),
        say(
            "Mitigated models on rows that they have not seen, beside the deployed one: what less of a gap costs, "
            "and whom."
        ),
    ),
    (
        "clarify",
        say("Under the names of SageMaker Clarify"),
        say("Each group against all others; above 0 the group is worse off (DI is a ratio)."),
    ),
)


def blocks(result: AuditResult) -> list[Block]:
    """Return a table of each further check that measured something."""
    out: list[Block] = []
    for source, title, lead in PARTS:
        found = [e for e in result.evidence if e.source == source and e.measure not in HIDDEN.get(source, ())]
        if found:
            summary = say_n(len(found), "{count} measurement", "{count} measurements")
            table = Details(summary, (_table(source, title, found),))
            out += [Heading(3, title, f"further-{source}"), Paragraph(lead), table]
    return [Heading(2, say("Further measurements"), "further"), *out] if out else []


def _table(source: str, title: Text, found: list[Evidence]) -> Table:
    tested = any(_p(e) is not None for e in found)
    columns = (
        Column(say("measure"), numeric=False),
        Column(say("group"), numeric=False),
        Column(say("against"), numeric=False),
        Column(say("of"), numeric=False),
        Column(say("value")),
        Column(say("95% interval")),
        Column(say("people")),
        *((Column(say("p value")),) if tested else ()),
    )
    rows = tuple(_row(e, tested) for e in found[:SHOWN])
    note = None
    if len(found) > SHOWN:
        note = say(
            "The first {shown} of {all} values are shown; all are in the JSON inside this file.",
            shown=Number(SHOWN, "count"),
            all=Number(len(found), "count"),
        )
    return Table(title, columns, rows, note, f"further-{source}", quiet=True)


def _row(e: Evidence, tested: bool) -> Row:
    where = tuple(narrative.joined(v) for k, v in e.about.items() if k not in PLAIN)
    cells: tuple[Text, ...] = (
        name_of(e.measure),
        _words(e, "group", "sensitive"),
        _words(e, "reference"),
        Listed(where) if where else "–",
        value(e),
        interval(e),
        n(e),
    )
    p = _p(e)
    shown = Number(None if p is None else number(e, p), "p", e.id, p or "")
    return Row((*cells, shown) if tested else cells, e.id)


def _words(e: Evidence, *keys: str) -> Text:
    found = next((e.about[k] for k in keys if e.about.get(k)), None)
    return "–" if found is None else narrative.joined(found)


def _p(e: Evidence) -> str | None:
    return next((k for k in ("adjusted_p", "p", "best_of_k_p") if isinstance(e.detail.get(k), float)), None)
