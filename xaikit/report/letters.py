"""The decision letter: one page for the applicant, its numbers from the evidence; what only the sender knows is open.

References
----------
12 CFR 1002.9(b)(2) and its official interpretation (specific principal reasons, as a rule no more than four);
Regulation (EU) 2024/1689, Article 86(1) (the role of the system, the main elements of the decision); Regulation (EU)
2016/679, Article 22(3); Korea, AI Basic Act, Article 34(1)2; Korea, Personal Information Protection Act, Article
37-2.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources

from markupsafe import Markup

from xaikit.core import codec
from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block, Bullets, Facts, Heading, Paragraph
from xaikit.report.constraints import stated
from xaikit.report.html import digest_of, fragment
from xaikit.report.labels import labelled
from xaikit.report.languages import language
from xaikit.report.measures import interval, value
from xaikit.report.reading import number
from xaikit.report.text import Code, Listed, Number, Prose, Text, clean, say, say_n, sentences, told
from xaikit.report.writer import Writer

WAYS = 2
ROOM = 260
"""Letters of a list of inputs: the letter is one sheet."""
OPEN = say("open: only the deployer can write this")


def cases(result: AuditResult) -> tuple[str, ...]:
    """Return the names of the people whom a result holds a decision of."""
    return tuple(e.about.get("case", "") for e in result.measured("applicant_score"))


def decided(result: AuditResult) -> Text | None:
    """Return the decisions in sentences where a result holds nothing else; None where it is an audit."""
    if not result.evidence or not all(e.measure.startswith("applicant_") for e in result.evidence):
        return None
    scores = result.measured("applicant_score")
    if len(scores) == 1:
        return decision(scores[0])
    return sentences(*(say("{case}: {told}", case=e.about["case"], told=decision(e)) for e in scores))


def decision(score: Evidence) -> Text:
    """Return a decision in a sentence: the score, the threshold, the outcome."""
    threshold = Number(number(score, "threshold"), "score", score.id, "threshold")
    if score.detail.get("favourable"):
        return say(
            "The score is {score}, at or above the threshold {t}: favourable.", score=value(score), t=threshold
        )
    return say("The score is {score}, below the threshold {t}: not favourable.", score=value(score), t=threshold)


def render(result: AuditResult, case: str) -> str:
    """Return the letter to one applicant as an HTML page of its own: one sheet of A4, no script, no network.

    It holds what concerns this person, and nothing else of the result.

    Parameters
    ----------
    result : AuditResult
        Of the check `applicant`; `spec["report"]["language"]` chooses the language.
    case : str
        Who.
    """
    spoken = language(result)
    title = say("Decision on your application")
    body = [*_head(result, case), *letter(labelled(result), case, 2, ""), _source(result)]
    inside = fragment(body, Writer(spoken, prefix="l"))
    style = _style()
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    head = Markup(
        '<!DOCTYPE html>\n<html lang="{}">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; "
        "base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{} · {}</title>\n'
        "<style>{}</style>\n</head>\n<body>\n<main>\n<h1>{}</h1>\n{}\n</main>\n</body>\n</html>\n"
    )
    told = spoken.plain(title)
    page = head.format(spoken.code, hashed, told, clean(case), Markup(style), told, inside)
    return "\n".join(line for line in page.split("\n") if line.strip()) + "\n"


@cache
def _style() -> str:
    return resources.files("xaikit.report").joinpath("assets", "letter.css").read_text("utf-8").strip()


def letter(result: AuditResult, case: str, level: int, blank: Text) -> list[Block]:
    """Return the letter to one applicant.

    Parameters
    ----------
    result, case
        As for `render`.
    level : int
        Of its headings.
    blank : Text
        What stands where only the sender can write.
    """
    (score,) = result.measured("applicant_score", case=case)[:1]
    reasons = list(result.measured("applicant_reason", case=case))
    if score.detail.get("favourable"):
        return [Paragraph(say("The outcome was favourable; no reasons for an adverse decision are to be given."))]
    return [
        Paragraph(_outcome(score), "lead"),
        Heading(level, say("Main reasons")),
        *_reasons(result, case, principal(reasons)),
        Heading(level, say("What would have changed the outcome")),
        *_changes(result, case),
        Heading(level, say("What the model was given about you")),
        *_given(reasons),
        Heading(level, say("What you can do")),
        *_rights(),
        Facts(_open(blank)),
    ]


def principal(reasons: Sequence[Evidence]) -> list[Evidence]:
    """Return the main reasons: at most four that moved the score down beyond doubt and passed the fidelity test."""
    return sorted((e for e in reasons if e.detail.get("principal")), key=lambda e: e.value or 0.0)


def reason(e: Evidence) -> Text:
    """Return a reason's feature and its value: "experience = 3"."""
    return say("{feature} = {value}", feature=e.about.get("feature", ""), value=str(e.detail.get("shown", "")))


def changes(e: Evidence) -> Text:
    """Return what a way changes: "test: 61 → 75"."""
    if e.value is None:
        return Prose(e.because)
    return Prose("; ".join(f"{told(name)}: {change}" for name, change in e.detail.items()))


def _head(result: AuditResult, case: str) -> list[Block]:
    made = result.provenance
    items: list[tuple[Text, Text]] = [(say("Reference"), case)]
    if made.created:
        items.append((say("Date"), made.created[:10]))
    items.append((say("Computer model"), str(made.model.get("name") or result.title)))
    return [Facts((*items, (say("Sender"), "")))]


def _outcome(score: Evidence) -> Text:
    return say(
        "The outcome was not favourable. A computer model scored your application {score}; {t} or more was needed.",
        score=value(score),
        t=Number(number(score, "threshold"), "score", score.id, "threshold"),
    )


def _reasons(result: AuditResult, case: str, found: list[Evidence]) -> list[Block]:
    if not found:
        return [Paragraph(say("No single reason passed the test of fidelity: none may be given as principal."))]
    lead = say_n(
        len(found),
        "This moved the model's score down most (95% interval in brackets), and was tested by giving the model other "
        "people's values of it alone:",
        "These {count} moved the model's score down most (95% interval in brackets), and each was tested by giving "
        "the model other people's values of it alone:",
    )
    out: list[Block] = [Paragraph(lead), Bullets(tuple(_reason(e) for e in found), ordered=True)]
    return out + [Paragraph(_together(e)) for e in result.measured("applicant_reasons_together", case=case)]


def _reason(e: Evidence) -> Text:
    return say(
        "{reason}: {value} ({interval}); alone {effect}",
        reason=reason(e),
        value=value(e),
        interval=interval(e),
        effect=Number(number(e, "effect"), "amount", e.id, "effect"),
    )


def _together(e: Evidence) -> Text:
    return say(
        "With other people's values of all of these the score would be {score} on average; of as many other inputs, "
        "{others}.",
        score=value(e),
        others=Number(number(e, "others"), "score", e.id, "others"),
    )


def _changes(result: AuditResult, case: str) -> list[Block]:
    ways = [e for e in result.measured("applicant_recourse", case=case) if e.value is not None]
    held = stated(result, "applicant")
    if any(e.value is None for e in result.measured("applicant_recourse_found", case=case)):
        gap = say("No change was searched for, because a number is missing in what the model was given.")
        return [Paragraph(gap)]
    if not ways:
        none = say("No change was found within the stated constraints that this model would have accepted.")
        return [Paragraph(sentences(none, held))]
    lead = say_n(
        len(ways[:WAYS]),
        "The model would have accepted the same application with this change:",
        "The model would have accepted the same application with either of these changes:",
    )
    note = say("It says what this model would have accepted; it is not advice, and no promise.")
    told = Bullets(tuple(changes(e) for e in ways[:WAYS]))
    return [Paragraph(lead), told, Paragraph(sentences(held, note), "note")]


def _given(reasons: list[Evidence]) -> list[Block]:
    up = [e for e in reasons if (e.value or 0) > 0]
    down = [e for e in reasons if (e.value or 0) < 0]
    none = [e for e in reasons if not e.value]
    items: list[Text] = []
    if down:
        items.append(say("moved the score down: {inputs}", inputs=_inputs(down)))
    if up:
        items.append(say("moved the score up: {inputs}", inputs=_inputs(up)))
    if none:
        items.append(say("did not move it: {inputs}", inputs=_inputs(none)))
    return [Bullets(tuple(items))]


def _inputs(reasons: list[Evidence]) -> Text:
    sizes = [len(told(e.about.get("feature", ""))) + len(str(e.detail.get("shown", ""))) + 5 for e in reasons]
    count = max(1, sum(sum(sizes[: i + 1]) <= ROOM for i in range(len(sizes))))
    shown: tuple[Text, ...] = tuple(reason(e) for e in reasons[:count])
    more = len(reasons) - count
    return Listed((*shown, say("and {n} more", n=Number(more, "count"))) if more > 0 else shown)


def _rights() -> list[Block]:
    contest = (
        say("Ask for a person to look at this decision again, say why you disagree, and contest the outcome."),
        say("Ask for a copy of what is held about you, and for what is wrong in it to be corrected."),
        say(
            "Ask what part the model had in the decision, and for the main elements of the decision to be explained."
        ),
    )
    where = say(
        "Which of these are rights depends on where you live and what was decided. Sources: {sources}.",
        sources=Listed(
            (
                "12 CFR 1002.9",
                "(EU) 2024/1689, Art. 86",
                "(EU) 2016/679, Art. 22",
                say("Korea, AI Basic Act, Art. 34"),
                say("Korea, PIPA, Art. 37-2"),
            ),
            "; ",
        ),
    )
    return [Bullets(contest), Paragraph(where, "note")]


def _open(blank: Text) -> tuple[tuple[Text, Text], ...]:
    return (
        (say("The part of people in this decision"), blank),
        (say("What the model was trained on, in outline"), blank),
        (say("Where to write, and until when"), blank),
        (say("For credit in the United States: the supervising agency"), blank),
    )


def _source(result: AuditResult) -> Paragraph:
    digest = digest_of(codec.dumps(result))[:16]
    return Paragraph(
        say("Made by xaikit from the result {digest}. It is not legal advice.", digest=Code(digest)), "note"
    )
