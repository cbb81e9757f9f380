"""The verdict first: one sentence with its number and its doubt, who, what, when, and what to do next."""

from xaikit.core.evidence import Evidence, Finding, Verdict
from xaikit.core.result import AuditResult
from xaikit.report import letters, narrative
from xaikit.report.blocks import Block, Bullets, Callout, Chart, Mark, Opening, Paragraph
from xaikit.report.charts.intervals import Intervals, Item, Line
from xaikit.report.judgements import verdict
from xaikit.report.measures import interval, n, name_of
from xaikit.report.reading import WORST_FIRST, beyond_chance, deciding, evidence_of, judged, labels_alone
from xaikit.report.text import Listed, Number, Prose, Text, say
from xaikit.report.thresholds import lines, shade

ORDER = 10


def blocks(result: AuditResult) -> list[Block]:
    """Return the opening of the report; of a result on single people, what was decided on them."""
    decided = letters.decided(result)
    if decided is not None:
        return [Opening(Mark(Verdict.PASS, reported=True), decided, facts=_facts(result)), *_warnings(result)]
    found = deciding(result)
    ratio = _ratio(result, found)
    opening = Opening(
        mark=Mark(result.verdict),
        sentence=verdict(result, found),
        numeral=Number(ratio.value, "ratio", ratio.id) if ratio else None,
        legend=_legend(ratio) if ratio else None,
        chart=_chart(result, ratio) if ratio else None,
        tally=_tally(result),
        facts=_facts(result),
    )
    return [opening, *_next(result), *_warnings(result)]


def _tally(result: AuditResult) -> dict[Verdict, int]:
    found = [f.verdict for f in judged(result)]
    return {v: found.count(v) for v in WORST_FIRST if v in found and v is not Verdict.NOT_APPLICABLE}


def _ratio(result: AuditResult, deciding: Finding | None) -> Evidence | None:
    if deciding is None:
        return None
    read = (e for e in evidence_of(result, deciding) if e.measure == "impact_ratio" and e.value is not None)
    return next(read, None)


def _legend(ratio: Evidence) -> Text:
    return say(
        "{measure} of {group} to {reference}; 95% interval {interval}",
        measure=name_of("impact_ratio"),
        group=narrative.joined(ratio.about.get("group", "")),
        reference=narrative.joined(narrative.reference_of(ratio)),
        interval=interval(ratio),
    )


def _chart(result: AuditResult, ratio: Evidence) -> Chart:
    name, people = narrative.joined(ratio.about.get("group", "")), say("n = {n}", n=n(ratio))
    item = Item(name, ratio.value, ratio.low, ratio.high, note=people, evidence=ratio.id)
    high = max(1.1, *(v for v in (ratio.value, ratio.high) if v is not None))
    bounds = lines(result, "impact_ratio")
    figure = Intervals(
        (item,),
        "ratio",
        say("group"),
        name_of("impact_ratio"),
        bars=False,
        lines=(*bounds, Line(1.0, say("parity"))),
        shade=shade(bounds),
        limit=(0.0, min(high * 1.04, 3.0)),
    )
    return Chart(figure, say("The deciding ratio and its 95% interval"), say("impact ratio, from 0"), name="verdict")


def _facts(result: AuditResult) -> tuple[tuple[Text, Text], ...]:
    made = result.provenance
    items: list[tuple[Text, Text]] = []
    if result.profiles:
        items.append((say("Judged by"), Listed(tuple(Prose(p.title) for p in result.profiles), "; ")))
    rows = made.data.get("audited rows", made.data.get("rows"))
    if isinstance(rows, int):
        path, count = str(made.data.get("path", "")), Number(rows, "count")
        told = say("{n} rows of {path}", n=count, path=path) if path else say("{n} rows", n=count)
        items.append((say("Labels") if labels_alone(result) else say("Decisions"), told))
    if made.model:
        items.append((say("Model"), f"{made.model.get('name', '')} ({made.model.get('adapter', '')})"))
    if made.created:
        items.append((say("Made on"), made.created.replace("T", " ").replace("+00:00", " UTC")))
    return tuple(items)


def _next(result: AuditResult) -> list[Block]:
    steps = list(_advice(result))
    return [Callout("note", say("What to do next"), (Bullets(tuple(steps)),))] if steps else []


def _advice(result: AuditResult) -> list[Text]:
    verdicts = {f.verdict for f in result.findings}
    out: list[Text] = []
    if result.verdict is Verdict.ERROR:
        out.append(say("Repair the failed steps (see Method and provenance) and run the audit again."))
    if Verdict.FAIL in verdicts:
        out.append(say("Do not rely on these decisions before the failed criteria have been answered by a person."))
        out.append(say("Read who is affected and by how many people under Fairness, then where the gap passes."))
    doubtful = [f for f in result.findings if f.verdict is Verdict.INCONCLUSIVE]
    if any(not beyond_chance(f) for f in doubtful):
        out.append(
            say("Collect more decisions where the evidence is not enough; the table of findings says for whom.")
        )
    if any(beyond_chance(f) for f in doubtful):
        out.append(
            say("Let a person judge gaps that are not by chance, yet not below the bound; the findings size them.")
        )
    if any(f.open for f in result.findings):
        out.append(say("Answer the open questions under Obligations: no measurement can."))
    return out


def _warnings(result: AuditResult) -> list[Block]:
    notes = tuple(Paragraph(Prose(note)) for note in result.provenance.notes)
    return [Callout("warning", say("To know before reading on"), notes)] if notes else []
