"""The page of a comparison: what worsened, improved, or is unchanged within error."""

from xaikit.core import codec
from xaikit.core.comparison import Compared, Comparison, Turned
from xaikit.core.evidence import Evidence, Verdict
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import (
    Block,
    Bullets,
    Callout,
    Column,
    Details,
    Facts,
    Heading,
    Mark,
    Opening,
    Paragraph,
    Row,
    Table,
)
from xaikit.report.html import digest_of, document, in_script
from xaikit.report.languages import language
from xaikit.report.measures import interval, name_of, value
from xaikit.report.text import Code, Interval, Number, Prose, Text, say, say_n, sentences

OUTCOMES = {
    "worsened": say("▼ worsened"),
    "improved": say("▲ improved"),
    "unchanged": say("■ unchanged within error"),
}


def render_comparison(comparison: Comparison) -> str:
    """Return a comparison as one self-contained HTML page, in the language of the later audit.

    Same audits, same text; both results are inside as JSON.
    """
    both = {name: codec.to_dict(r) for name, r in (("before", comparison.before), ("after", comparison.after))}
    data = in_script({"format": "xaikit-comparison", "verdict": str(comparison.verdict), **both})
    title = f"{comparison.after.title} ↔ {comparison.before.title}"
    parts = [_opening(comparison), _changes(comparison), _verdicts(comparison), _method(comparison)]
    return document(title, [p for p in parts if p], data, digest_of(data), language(comparison.after))


def _count(comparison: Comparison, outcome: str) -> int:
    return sum(c.outcome == outcome for c in comparison.compared)


def _opening(comparison: Comparison) -> list[Block]:
    worse, better = _count(comparison, "worsened"), _count(comparison, "improved")
    same = _count(comparison, "unchanged")
    sentence = sentences(
        say_n(worse, "{count} measure worsened,", "{count} measures worsened,"),
        say_n(better, "{count} improved,", "{count} improved,"),
        say_n(same, "{count} is unchanged within error.", "{count} are unchanged within error."),
        say_n(len(comparison.turned), "{count} verdict turned.", "{count} verdicts turned."),
    )
    facts = (
        (say("Before"), _named(comparison.before)),
        (say("After"), _named(comparison.after)),
        (say("Same rows"), say("yes") if comparison.same_rows else say("no, or not known")),
    )
    out: list[Block] = [Opening(Mark(comparison.verdict), sentence, facts=facts)]
    if comparison.verdict is Verdict.ERROR:
        out.append(Paragraph(say("The later audit is incomplete: nothing here may be read as an improvement.")))
    return out


def _named(result: AuditResult) -> Text:
    made = result.provenance.created.replace("T", " ").replace("+00:00", " UTC")
    return say("{title}, {made}", title=Prose(result.title), made=made or "–")


def _changes(comparison: Comparison) -> list[Block]:
    heading = Heading(2, say("What changed"), "changes")
    if not comparison.compared:
        return [heading, Paragraph(say("The two audits measured nothing in common."))]
    told = [c for c in comparison.compared if c.outcome != "unchanged"]
    rest = [c for c in comparison.compared if c.outcome == "unchanged"]
    out: list[Block] = [heading]
    if told:
        out.append(_table(say("Changes beyond error"), told, "changes"))
    else:
        out.append(Paragraph(say("No measure changed beyond error.")))
    if rest:
        table = _table(say("Unchanged within error"), rest, "unchanged")
        out.append(Details(say_n(len(rest), "{count} unchanged measure", "{count} unchanged measures"), (table,)))
    return [*out, *_alone(comparison)]


def _table(caption: Text, found: list[Compared], name: str) -> Table:
    columns = (
        Column(say("measure"), numeric=False),
        Column(say("about"), numeric=False),
        Column(say("before")),
        Column(say("after")),
        Column(say("change")),
        Column(say("95% interval")),
        Column(say("adjusted p")),
        Column(say("outcome"), numeric=False),
    )
    return Table(caption, columns, tuple(_row(c) for c in found), name=name)


def _row(c: Compared) -> Row:
    kind = "ratio" if c.before.unit == "ratio" else "points" if c.before.unit == "rate" else "amount"
    cells = (
        name_of(c.after.measure),
        narrative.about(c.after.about),
        _untied(c.before),
        _untied(c.after),
        Number(c.difference, kind),
        Interval(c.low, c.high, kind),
        Number(c.p, "p"),
        OUTCOMES[c.outcome],
    )
    return Row(cells)


def _untied(e: Evidence) -> Text:
    """Return a value with its interval, without a link: both audits name their evidence alike."""
    shown, limits = value(e), interval(e)
    number = Number(shown.value, shown.kind) if isinstance(shown, Number) else shown
    if not isinstance(limits, Interval) or limits.low is None:
        return number
    return say("{value} ({interval})", value=number, interval=Interval(limits.low, limits.high, limits.kind))


def _alone(comparison: Comparison) -> list[Block]:
    out: list[Block] = []
    pairs = (
        (say("Measured only before"), comparison.only_before),
        (say("Measured only after"), comparison.only_after),
    )
    for title, found in pairs:
        if found:
            names = tuple(
                say(
                    "{measure}, {about}: {value}",
                    measure=name_of(e.measure),
                    about=narrative.about(e.about),
                    value=_untied(e),
                )
                for e in found[:20]
            )
            out.append(Callout("missing", title, (Bullets(names),)))
    return out


def _verdicts(comparison: Comparison) -> list[Block]:
    heading = Heading(2, say("Verdicts that turned"), "verdicts")
    if not comparison.turned:
        return [heading, Paragraph(say("Every criterion that both audits judged has the verdict that it had."))]
    columns = (
        Column(say("criterion"), numeric=False),
        Column(say("about"), numeric=False),
        Column(say("before"), numeric=False),
        Column(say("after"), numeric=False),
    )
    return [
        heading,
        Table(say("Verdicts that turned"), columns, tuple(map(_turned, comparison.turned)), name="verdicts"),
    ]


def _turned(t: Turned) -> Row:
    title = Prose(t.after.criterion.title)
    return Row((title, narrative.about(t.after.about), Mark(t.before.verdict), Mark(t.after.verdict)))


def _method(comparison: Comparison) -> list[Block]:
    note = say(
        "Differences are tested by their standard errors, read from the intervals of the two audits as if they were "
        "independent; Holm's method holds the chance of any false alarm at {alpha}. Where both audits hold the same "
        "rows this is cautious: a true change may be called unchanged.",
        alpha=Number(comparison.alpha, "bound"),
    )
    items: list[tuple[Text, Text]] = []
    for when, result in ((say("Before"), comparison.before), (say("After"), comparison.after)):
        for what, digest in result.provenance.hashes.items():
            items.append((say("{when}: SHA-256 of {what}", when=when, what=what), Code(digest)))
    return [Heading(2, say("Method and provenance"), "method"), Paragraph(note), Facts(tuple(items))]
