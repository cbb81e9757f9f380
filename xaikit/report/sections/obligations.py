"""Obligations: every criterion of every profile, with its standing, its source, and its answer or open question."""

from xaikit.core.evidence import Criterion, Finding, Profile, Verdict
from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block, Bullets, Callout, Cell, Column, Facts, Heading, Mark, Paragraph, Row, Table
from xaikit.report.citation import citation, source_of
from xaikit.report.judgements import finding
from xaikit.report.reading import WORST_FIRST
from xaikit.report.text import Listed, Prose, Text, say, say_n, sentences

ORDER = 90


def blocks(result: AuditResult) -> list[Block]:
    """Return the profiles with their criteria."""
    if not result.profiles:
        return []
    lead = say(
        "The law as the profiles record it, with dates. This is not legal advice. A line whose source is not the "
        "original text must be checked before anyone relies on it."
    )
    out: list[Block] = [Heading(2, say("Obligations"), "obligations"), Paragraph(lead, "lead")]
    for profile in result.profiles:
        out += _profile(result, profile)
    return out


def _profile(result: AuditResult, profile: Profile) -> list[Block]:
    items = (
        (say("Jurisdiction"), Prose(profile.jurisdiction)),
        (say("Status"), Prose(profile.status)),
        (say("Effective"), profile.effective),
        (say("Citation"), Prose(profile.citation)),
        (say("Source of the text"), source_of(profile.source)),
        (say("Verified on"), profile.verified_on),
        (say("To be reviewed by"), profile.review_by),
    )
    out: list[Block] = [
        Heading(3, Prose(profile.title)),
        Facts(tuple((k, v) for k, v in items if v not in ("", Prose("")))),
    ]
    if profile.note:
        out.append(Paragraph(Prose(profile.note), "note"))
    table = [
        (c, [f for f in result.findings if f.criterion.id == c.id and f.criterion.profile == c.profile])
        for c in profile.criteria
    ]
    out.append(_table(result, profile, table))
    questions = tuple(_question(c) for c, found in table if any(f.open for f in found))
    if questions:
        title = say_n(len(questions), "{count} question only you can answer", "{count} questions only you can answer")
        out.append(Callout("missing", title, (Bullets(questions),)))
    return out


def _question(criterion: Criterion) -> Text:
    return sentences(say("{id}:", id=criterion.id), Prose(criterion.question or criterion.title))


def _table(result: AuditResult, profile: Profile, table: list[tuple[Criterion, list[Finding]]]) -> Table:
    columns = (
        Column(say("criterion"), numeric=False),
        Column(say("outcome"), numeric=False),
        Column(say("answer or open question"), numeric=False),
        Column(say("citation and standing"), numeric=False),
    )
    rows = tuple(
        Row(
            (
                sentences(say("{id}:", id=c.id), Prose(c.title)),
                _outcome(found),
                _answer(result, found),
                citation(c),
            )
        )
        for c, found in table
    )
    return Table(
        say("Criteria of {profile}", profile=Prose(profile.title)), columns, rows, name=f"obligations-{profile.id}"
    )


def _outcome(found: list[Finding]) -> Cell:
    if not found:
        return Mark(Verdict.NOT_APPLICABLE)
    worst = max(found, key=lambda f: f.verdict)
    return Mark(worst.verdict, open=worst.open, reported=worst.criterion.rule == "reported")


def _answer(result: AuditResult, found: list[Finding]) -> Text:
    if any(f.open for f in found):
        return say("Only you can answer: the question stands under this table.")
    if not found:
        return say("Nothing was judged.")
    if len(found) == 1:
        return finding(result, found[0])
    words = {
        Verdict.ERROR: say("error"),
        Verdict.FAIL: say("fail"),
        Verdict.INCONCLUSIVE: say("inconclusive"),
        Verdict.PASS: say("pass"),
        Verdict.NOT_APPLICABLE: say("not applicable"),
    }
    parts = []
    for verdict in WORST_FIRST:
        n = sum(f.verdict is verdict for f in found)
        if n:
            parts.append(say_n(n, "{count} {outcome}", "{count} {outcome}", outcome=words[verdict]))
    return Listed(tuple(parts))
