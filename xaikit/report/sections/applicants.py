"""Single decisions by name: the reasons, the nearest accepted, what would have changed it, and the letter."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import letters
from xaikit.report.blocks import Block, Callout, Chart, Column, Heading, Paragraph, Row, Table
from xaikit.report.charts.intervals import Intervals, Item, Line
from xaikit.report.constraints import stated
from xaikit.report.measures import value
from xaikit.report.numbers import short_digest
from xaikit.report.reading import number
from xaikit.report.text import Number, Prose, Text, say, sentences

ORDER = 77
SHOWN = 12


def blocks(result: AuditResult) -> list[Block]:
    """Return a page for each person who was asked about."""
    scores = result.measured("applicant_score")
    several = len(scores) > 1
    out: list[Block] = [Heading(2, say("Decisions on single people"), "cases")] if several else []
    for score in scores:
        out += _page(result, score, 3 if several else 2)
    return out


def _page(result: AuditResult, score: Evidence, level: int) -> list[Block]:
    case = score.about.get("case", "")
    reasons = list(result.measured("applicant_reason", case=case))
    out: list[Block] = [Heading(level, say("The decision on {case}", case=case), f"case-{short_digest(case)}")]
    out.append(Paragraph(letters.decision(score), "lead"))
    if reasons:
        out += [_chart(case, reasons), _table(case, reasons)]
    out += _changes(result, case, level + 1)
    out.append(Callout("note", say("Letter"), tuple(letters.letter(result, case, 4, letters.OPEN))))
    if not score.detail.get("favourable"):
        out.append(_duties(case, score, reasons))
    return out


def _chart(case: str, reasons: list[Evidence]) -> Chart:
    items = tuple(
        Item(letters.reason(e), e.value, e.low, e.high, _faith(e), colour=-1, evidence=e.id) for e in reasons[:SHOWN]
    )
    figure = Intervals(
        items,
        "score",
        say("feature"),
        say("moved the score by"),
        bars=False,
        lines=(Line(0.0, say("average")),),
        note_head=say("tested"),
    )
    title = say("{feature} moved this score most", feature=reasons[0].about.get("feature", ""))
    subtitle = say("from the average score to this one, by feature; line: 95% interval")
    return Chart(figure, title, subtitle, name=f"reasons-{case}")


def _faith(e: Evidence) -> Text:
    return say("confirmed") if e.detail.get("faithful") else say("not confirmed")


def _table(case: str, reasons: list[Evidence]) -> Table:
    columns = (
        Column(say("feature"), numeric=False),
        Column(say("moved the score by")),
        Column(say("its own value instead of others'")),
        Column(say("fidelity test"), numeric=False),
    )
    rows = tuple(
        Row((letters.reason(e), value(e), Number(number(e, "effect"), "amount", e.id, "effect"), _faith(e)), e.id)
        for e in reasons
    )
    note = say(
        "Fidelity test: the score with this feature's own value, less the mean score with the background's values of "
        "it alone. A reason is confirmed when that has its sign and is no smaller than for the median feature."
    )
    return Table(
        say("Reasons for {case}, tested", case=case), columns, rows, note, name=f"reasons-{case}", rest=False
    )


def _not_searched(result: AuditResult, case: str, level: int) -> list[Block]:
    """Say why no change was searched for, where that is told."""
    told = [e for e in result.measured("applicant_recourse_found", case=case) if e.value is None and e.because]
    if not told:
        return []
    caption = say("What would have changed this decision")
    return [Heading(level, caption), Callout("missing", say("Not searched"), (Paragraph(Prose(told[0].because)),))]


def _changes(result: AuditResult, case: str, level: int) -> list[Block]:
    near = result.measured("applicant_nearest_accepted", case=case)
    ways = result.measured("applicant_recourse", case=case)
    if not ways:
        return _not_searched(result, case, level)
    caption, held = say("What would have changed this decision"), stated(result, "applicant")
    out: list[Block] = [Heading(level, caption), Paragraph(held)]
    if ways[0].value is None:
        none = say("No change was found within the stated constraints that this model would have accepted.")
        out.append(Callout("missing", say("No recourse"), (Paragraph(none),)))
    usual = {e.about["way"]: e for e in result.measured("applicant_recourse_plausibility", case=case)}
    rows = [
        Row((say("way {n}", n=way), letters.changes(e), value(e), _usual(usual.get(way))), e.id)
        for e in ways
        if e.value is not None and (way := e.about["way"])
    ]
    rows += [
        Row(
            (say("the middle of the five nearest accepted"), letters.changes(e), value(e), Number(None, "percent")),
            e.id,
        )
        for e in near
    ]
    columns = (
        Column(say("what"), numeric=False),
        Column(say("changes"), numeric=False),
        Column(say("cost")),
        Column(say("real rows that are less usual")),
    )
    note = sentences(
        say("It says what this model would have accepted; it is not advice, and no promise."),
        say(
            "Cost: 1 is the full range of one feature; of the nearest accepted, their mean distance, over all "
            "features. A way is usual when many real rows are further than it from their nearest others."
        ),
    )
    return [*out, Table(caption, columns, tuple(rows), note, name=f"ways-{case}", quiet=True)]


def _usual(e: Evidence | None) -> Text:
    return Number(None, "percent") if e is None else value(e)


def _duties(case: str, score: Evidence, reasons: list[Evidence]) -> Table:
    """Return what the laws ask a letter to hold, and where it stands; what only the deployer knows is said."""
    tested = say("{n} tested reasons", n=Number(len(letters.principal(reasons)), "count"))
    open_ = letters.OPEN
    role = say(
        "the score, and whether it reached {t}", t=Number(number(score, "threshold"), "score", score.id, "threshold")
    )
    rows = (
        ("12 CFR 1002.9(b)(2)", say("specific principal reasons that were actually considered"), tested),
        ("(EU) 2024/1689, Art. 86(1)", say("the role of the system in the decision"), role),
        ("(EU) 2024/1689, Art. 86(1)", say("the main elements of the decision"), tested),
        ("(EU) 2016/679, Art. 22(3)", say("human intervention, and contesting the decision"), open_),
        (say("Korea, AI Basic Act, Art. 34(1)2"), say("the final result, and its main criteria"), tested),
        (say("Korea, AI Basic Act, Art. 34(1)2"), say("an outline of the data that the model was trained on"), open_),
        (say("Korea, PIPA, Art. 37-2"), say("the main kinds of personal data used, and their influence"), tested),
    )
    columns = (
        Column(say("source"), numeric=False),
        Column(say("what it asks for"), numeric=False),
        Column(say("here"), numeric=False),
    )
    note = say("This is not legal advice; the profiles say how each text was read, and when.")
    caption = say("What the law asks a letter to hold")
    return Table(caption, columns, tuple(Row(r) for r in rows), note, name=f"duties-{case}")
