"""Single decisions by name: the reasons, the nearest accepted, what would have changed it, and the letter."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block, Bullets, Callout, Chart, Column, Heading, Paragraph, Row, Table
from xaikit.report.charts.intervals import Intervals, Item, Line
from xaikit.report.measures import value
from xaikit.report.reading import number
from xaikit.report.text import Listed, Number, Prose, Text, say, say_n, sentences

ORDER = 77
PRINCIPAL = 4  # Regulation B, comment 9(b)(2)-1: more than four reasons are seldom helpful
SHOWN = 12


def blocks(result: AuditResult) -> list[Block]:
    """Return a page for each person who was asked about."""
    out: list[Block] = []
    for score in result.measured("applicant_score"):
        case = score.about.get("case", "")
        reasons = list(result.measured("applicant_reason", case=case))
        out.append(Heading(2, say("The decision on {case}", case=case), f"case-{case}"))
        out.append(Paragraph(_decision(score), "lead"))
        if reasons:
            out += [_chart(case, reasons), _table(case, reasons)]
        out += _changes(result, case)
        out.append(Callout("note", say("Letter"), _letter(result, score, reasons)))
        out.append(_duties(case, score, reasons))
    return out


def _favourable(score: Evidence) -> bool:
    return bool(score.detail.get("favourable"))


def _decision(score: Evidence) -> Text:
    threshold = Number(number(score, "threshold"), "score", score.id, "threshold")
    if _favourable(score):
        return say(
            "The score is {score}, at or above the threshold {t}: favourable.", score=value(score), t=threshold
        )
    return say("The score is {score}, below the threshold {t}: not favourable.", score=value(score), t=threshold)


def _chart(case: str, reasons: list[Evidence]) -> Chart:
    items = tuple(
        Item(_labelled(e), e.value, e.low, e.high, _faith(e), colour=-1, evidence=e.id) for e in reasons[:SHOWN]
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


def _labelled(e: Evidence) -> Text:
    return say("{feature} = {value}", feature=e.about.get("feature", ""), value=str(e.detail.get("shown", "")))


def _faith(e: Evidence) -> Text:
    return say("confirmed") if e.detail.get("faithful") else say("not confirmed")


def _table(case: str, reasons: list[Evidence]) -> Table:
    columns = (
        Column(say("feature"), numeric=False),
        Column(say("moved the score by")),
        Column(say("score without it")),
        Column(say("fidelity test"), numeric=False),
    )
    rows = tuple(
        Row((_labelled(e), value(e), Number(number(e, "effect"), "score", e.id, "effect"), _faith(e)), e.id)
        for e in reasons
    )
    note = say(
        "Fidelity test: the score falls (or rises) by “score without it” when this feature alone is replaced by the "
        "background's. A reason is confirmed when that has its sign and is no smaller than for the median feature."
    )
    return Table(
        say("Reasons for {case}, tested", case=case), columns, rows, note, name=f"reasons-{case}", rest=False
    )


def _changes(result: AuditResult, case: str) -> list[Block]:
    near = result.measured("applicant_nearest_accepted", case=case)
    ways = result.measured("applicant_recourse", case=case)
    if not ways:
        return []
    columns = (
        Column(say("what"), numeric=False),
        Column(say("changes"), numeric=False),
        Column(say("cost")),
    )
    rows = [Row((say("way {n}", n=e.about.get("way", "")), _list(e), value(e)), e.id) for e in ways]
    rows += [Row((say("the nearest accepted row"), _list(e), value(e)), e.id) for e in near]
    note = say("It says what this model would have accepted; it is not advice, and no promise.")
    caption = say("What would have changed this decision")
    return [Heading(3, caption), Table(caption, columns, tuple(rows), note, name=f"ways-{case}", quiet=True)]


def _list(e: Evidence) -> Text:
    if e.value is None:
        return Prose(e.because)
    return Prose("; ".join(f"{name}: {change}" for name, change in e.detail.items()))


def _letter(result: AuditResult, score: Evidence, reasons: list[Evidence]) -> tuple[Block, ...]:
    case = score.about.get("case", "")
    if _favourable(score):
        return (Paragraph(say("The outcome was favourable; no reasons for an adverse decision are to be given.")),)
    principal = [e for e in reasons if (e.value or 0) < 0 and e.detail.get("faithful") and e.detail.get("sure")]
    principal = principal[:PRINCIPAL]
    opening = say(
        "A computer model scored this application {score}; {t} was needed. The outcome was not favourable.",
        score=value(score),
        t=Number(number(score, "threshold"), "score", score.id, "threshold"),
    )
    out: list[Block] = [Paragraph(opening)]
    if principal:
        lead = say_n(
            len(principal),
            "This reason moved the model's score down most, and was tested:",
            "These {count} reasons moved the model's score down most, and were tested:",
        )
        out += [Paragraph(lead), Bullets(tuple(_labelled(e) for e in principal), ordered=True)]
    else:
        out.append(Paragraph(say("No single reason passed the test of fidelity: none may be given as principal.")))
    ways = [e for e in result.measured("applicant_recourse", case=case) if e.value is not None]
    if ways:
        told = Listed(tuple(_list(e) for e in ways[:1]))
        out.append(Paragraph(sentences(say("The model would have accepted the same application with:"), told)))
    contest = say(
        "You may ask for a person to look at this decision again, correct what is wrong in the data, and contest the "
        "outcome. Ask for what the model was given about you, and for this explanation in writing."
    )
    out.append(Paragraph(contest))
    return tuple(out)


def _duties(case: str, score: Evidence, reasons: list[Evidence]) -> Table:
    """Return what the laws ask a letter to hold, and where it stands; what only the deployer knows is said."""
    tested = say("{n} tested reasons", n=Number(sum(bool(e.detail.get("faithful")) for e in reasons), "count"))
    open_ = say("open: only the deployer can write this")
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
