"""The page of a comparison: what worsened, improved, or is unchanged within error."""

from xaikit.core.comparison import Compared, Comparison, Pairing, Turned
from xaikit.core.comparison_codec import comparison_to_dict
from xaikit.core.evidence import Evidence, Verdict
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import (
    Block,
    Bullets,
    Callout,
    Chart,
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
from xaikit.report.charts.intervals import Intervals, Item, Line
from xaikit.report.how_compared import how
from xaikit.report.html import digest_of, document, in_script
from xaikit.report.labels import labelled_comparison
from xaikit.report.languages import language
from xaikit.report.measures import interval, name_of, value
from xaikit.report.text import Code, Interval, Number, Prose, Text, say, say_n, sentences

OUTCOMES = {
    "worsened": say("▼ worsened"),
    "improved": say("▲ improved"),
    "unchanged": say("■ unchanged within error"),
}
TESTED = {
    Pairing.PAIRED: say("row by row: both audits are of the same people"),
    Pairing.NOT_KEPT: say("as if of different people, which finds less: the rows were not kept"),
    Pairing.DIFFERENT: say("as two independent samples"),
}
DRAWN = 12


def render_comparison(comparison: Comparison) -> str:
    """Return a comparison as one self-contained HTML page, in the language of the later audit.

    Same audits, same text; both results are inside as JSON.
    """
    data = in_script(comparison_to_dict(comparison))
    title = f"{comparison.after.title} ↔ {comparison.before.title}"
    shown = labelled_comparison(comparison)
    parts = [_opening(shown), _changes(shown), _verdicts(shown), _method(shown)]
    return document(title, [p for p in parts if p], data, digest_of(data), language(comparison.after))


def _count(comparison: Comparison, outcome: str) -> int:
    return sum(c.outcome == outcome for c in comparison.compared)


def _opening(comparison: Comparison) -> list[Block]:
    worse, better = _count(comparison, "worsened"), _count(comparison, "improved")
    same = _count(comparison, "unchanged")
    sentence = sentences(
        *_clearest(comparison),
        say_n(worse, "{count} measure worsened,", "{count} measures worsened,"),
        say_n(better, "{count} improved,", "{count} improved,"),
        say_n(same, "{count} is unchanged within error.", "{count} are unchanged within error."),
        say_n(len(comparison.turned), "{count} verdict turned.", "{count} verdicts turned."),
    )
    facts = (
        (say("Before"), _named(comparison.before)),
        (say("After"), _named(comparison.after)),
        (say("Tested"), TESTED[comparison.pairing]),
    )
    out: list[Block] = [Opening(Mark(comparison.verdict), sentence, facts=facts)]
    if comparison.verdict is Verdict.ERROR:
        out.append(Paragraph(say("The later audit is incomplete: nothing here may be read as an improvement.")))
    return out


def _clearest(comparison: Comparison) -> list[Text]:
    """Return the clearest change as a sentence: a worsening where there is one, an impact ratio if there is."""
    worse = [c for c in comparison.compared if c.outcome == "worsened"]
    found = worse or [c for c in comparison.compared if c.outcome == "improved"]
    if not found:
        return []
    c = min(found, key=lambda c: c.before.measure != "impact_ratio")
    slots: dict[str, Text] = {
        "measure": name_of(c.after.measure),
        "about": narrative.about(c.after.about),
        "before": _plain(c.before),
        "after": _plain(c.after),
        "p": Number(c.p, "p"),
    }
    if worse:
        return [say("Worse is the {measure}, {about}: {before} before, {after} now; adjusted p {p}.", **slots)]
    return [say("Better is the {measure}, {about}: {before} before, {after} now; adjusted p {p}.", **slots)]


def _named(result: AuditResult) -> Text:
    made = result.provenance.created.replace("T", " ").replace("+00:00", " UTC")
    return say("{title}, {made}", title=Prose(result.title), made=made or "–")


def _changes(comparison: Comparison) -> list[Block]:
    heading = Heading(2, say("What changed"), "changes")
    if not comparison.compared:
        return [heading, Paragraph(say("The two audits measured nothing in common."))]
    mixed = comparison.pairing is Pairing.PAIRED
    told = [c for c in comparison.compared if c.outcome != "unchanged"]
    rest = [c for c in comparison.compared if c.outcome == "unchanged"]
    out: list[Block] = [heading, *_drawn(comparison)]
    if told:
        out.append(_table(say("Changes beyond error"), told, "changes", mixed))
    else:
        out.append(Paragraph(say("No measure changed beyond error.")))
    if rest:
        table = _table(say("Unchanged within error"), rest, "unchanged", mixed)
        out.append(Details(say_n(len(rest), "{count} unchanged measure", "{count} unchanged measures"), (table,)))
    return [*out, *_alone(comparison)]


def _drawn(comparison: Comparison) -> list[Block]:
    """Return the changes of ratios against no change, as a chart: what changed first."""
    ratios = [c for c in comparison.compared if c.before.unit == "ratio"]
    if not ratios:
        return []
    leading = [c.after.measure for c in ratios]
    shown = sorted(ratios[:DRAWN], key=lambda c: (c.after.measure != "impact_ratio", leading.index(c.after.measure)))
    items = tuple(
        Item(
            narrative.about(c.after.about),
            c.difference,
            c.low,
            c.high,
            note=say("{before} → {after}", before=_plain(c.before), after=_plain(c.after)),
            colour=-1,
            section=name_of(c.after.measure) if i == 0 or shown[i - 1].after.measure != c.after.measure else None,
        )
        for i, c in enumerate(shown)
    )
    figure = Intervals(items, "ratio", say("about"), say("change"), bars=False, lines=(Line(1.0, say("no change")),))
    changed = sum(c.outcome != "unchanged" for c in ratios)
    title = say_n(changed, "{count} ratio changed beyond error", "{count} ratios changed beyond error")
    return [
        Chart(figure, title, say("ratio after divided by ratio before, with 95% interval"), name="changes-of-ratios")
    ]


def _table(caption: Text, found: list[Compared], name: str, mixed: bool) -> Table:
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
    return Table(caption, columns, tuple(_row(c, mixed) for c in found), name=name)


def _row(c: Compared, mixed: bool) -> Row:
    outcome = OUTCOMES[c.outcome]
    kind = "ratio" if c.before.unit == "ratio" else "points" if c.before.unit == "rate" else "amount"
    cells = (
        name_of(c.after.measure),
        narrative.about(c.after.about),
        _plain(c.before),
        _plain(c.after),
        Number(c.difference, kind),
        Interval(c.low, c.high, kind),
        Number(c.p, "p"),
        say("{outcome}, tested as independent", outcome=outcome) if mixed and not c.paired else outcome,
    )
    return Row(cells)


def _untied(e: Evidence) -> Text:
    """Return a value with its interval, without a link: both audits name their evidence alike."""
    number, limits = _plain(e), interval(e)
    if not isinstance(limits, Interval) or limits.low is None:
        return number
    return say("{value} ({interval})", value=number, interval=Interval(limits.low, limits.high, limits.kind))


def _plain(e: Evidence) -> Text:
    shown = value(e)
    return Number(shown.value, shown.kind) if isinstance(shown, Number) else shown


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
    lost = _lost(comparison)
    if not comparison.turned:
        return (
            [heading, *lost]
            if lost
            else [heading, Paragraph(say("Every criterion that both audits judged has the verdict that it had."))]
        )
    columns = (
        Column(say("criterion"), numeric=False),
        Column(say("about"), numeric=False),
        Column(say("before"), numeric=False),
        Column(say("after"), numeric=False),
    )
    return [
        heading,
        Table(say("Verdicts that turned"), columns, tuple(map(_turned, comparison.turned)), name="verdicts"),
        *lost,
    ]


def _lost(comparison: Comparison) -> list[Block]:
    if not comparison.lost:
        return []
    names = tuple(
        say("{criterion}, {about}", criterion=Prose(f.criterion.title), about=narrative.about(f.about))
        for f in comparison.lost[:20]
    )
    return [Callout("missing", say("Judged before, and no longer judged"), (Bullets(names),))]


def _turned(t: Turned) -> Row:
    title = Prose(t.after.criterion.title)
    return Row((title, narrative.about(t.after.about), Mark(t.before.verdict), Mark(t.after.verdict)))


def _method(comparison: Comparison) -> list[Block]:
    items: list[tuple[Text, Text]] = []
    for when, result in ((say("Before"), comparison.before), (say("After"), comparison.after)):
        for what, digest in result.provenance.hashes.items():
            items.append((say("{when}: SHA-256 of {what}", when=when, what=what), Code(digest)))
    return [Heading(2, say("Method and provenance"), "method"), *how(comparison), Facts(tuple(items))]
