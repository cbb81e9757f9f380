"""Method and provenance: what ran, on what, with what seed and versions, and how to check this report."""

from collections.abc import Iterator, Mapping

from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Bullets, Column, Details, Facts, Heading, Paragraph, Row, Table
from xaikit.report.measures import interval, n, name_of, value
from xaikit.report.text import Code, Number, Text, say, say_n

ORDER = 100
APPENDIX = 3000


def blocks(result: AuditResult) -> list[Block]:
    """Return steps, provenance, configuration, and all evidence."""
    return [
        Heading(2, say("Method and provenance"), "method"),
        Facts(_facts(result)),
        *_steps(result),
        Heading(3, say("How to verify this report")),
        Bullets(_verify(result), ordered=True),
        *_definitions(result),
        _configuration(result),
        *_evidence(result),
    ]


def _facts(result: AuditResult) -> tuple[tuple[Text, Text], ...]:
    made = result.provenance
    items: list[tuple[Text, Text]] = []
    if made.created:
        items.append((say("Made on"), made.created))
    if made.command:
        items.append((say("Command"), Code(made.command)))
    items.append((say("Seed"), Number(made.seed, "count")))
    items.append((say("Device"), made.device))
    items += [(say("SHA-256 of {what}", what=what), Code(digest)) for what, digest in made.hashes.items()]
    items += [(say("Model: {key}", key=key), _plain(given)) for key, given in made.model.items()]
    if made.versions:
        items.append((say("Versions"), ", ".join(f"{k} {v}" for k, v in made.versions.items())[:400]))
    return tuple(items)


def _plain(given: object) -> Text:
    return given if isinstance(given, str) else f"{given}"


def _steps(result: AuditResult) -> list[Block]:
    if not result.steps:
        return [Paragraph(say("The result names no steps."))]
    words = {"ran": say("ran"), "skipped": say("skipped"), "failed": say("failed")}
    rows = tuple(
        Row((s.name, s.kind, words.get(s.status, s.status), Number(s.seconds, "score"), s.because))
        for s in result.steps
    )
    columns = (
        Column(say("step"), numeric=False),
        Column(say("kind"), numeric=False),
        Column(say("fate"), numeric=False),
        Column(say("seconds")),
        Column(say("because"), numeric=False),
    )
    return [Heading(3, say("Steps and their fate")), Table(say("Steps of the audit"), columns, rows, name="steps")]


def _verify(result: AuditResult) -> tuple[Text, ...]:
    steps: list[Text] = [
        say(
            "{command} checks the result inside this page and renders it again.",
            command=Code("xaikit verify report.html"),
        ),
        say(
            "Without xaikit: the element {element} holds the result; the hash in its attribute {attribute} is that "
            "of the file result.json.",
            element=Code("script#result"),
            attribute=Code("data-sha256"),
        ),
        say("Compare the hashes above with those of your own copies of the data and the model."),
    ]
    if result.provenance.command:
        steps.append(
            say(
                "{command} with the same seed and versions gives the same numbers.",
                command=Code(result.provenance.command),
            )
        )
    return tuple(steps)


def _definitions(result: AuditResult) -> list[Block]:
    found = {(e.measure, str(e.detail.get("method") or "")) for e in result.evidence}
    rows = tuple(
        Row((name_of(m), Code(m), method or "–", Number(sum(e.measure == m for e in result.evidence), "count")))
        for m, method in sorted(found)
    )
    columns = (
        Column(say("measure"), numeric=False),
        Column(say("name in the result"), numeric=False),
        Column(say("method of its interval or test"), numeric=False),
        Column(say("values")),
    )
    if not rows:
        return []
    return [
        Details(say("Measures and methods"), (Table(say("Measures and methods"), columns, rows, name="measures"),))
    ]


def _configuration(result: AuditResult) -> Block:
    rows = tuple(Row((Code(key), Code(given))) for key, given in _flat(result.spec))
    columns = (Column(say("key"), numeric=False), Column(say("value"), numeric=False))
    table = Table(say("Configuration, with every default filled in"), columns, rows, name="configuration")
    return Details(say("Resolved configuration"), (table,))


def _flat(value_: object, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value_, Mapping) and value_:
        for key, inner in value_.items():
            yield from _flat(inner, f"{at}.{key}" if at else str(key))
    elif isinstance(value_, (list, tuple)) and any(isinstance(v, Mapping) for v in value_):
        for i, inner in enumerate(value_):
            yield from _flat(inner, f"{at}[{i}]")
    elif isinstance(value_, (list, tuple)):
        yield at, ", ".join(map(str, value_)) or "–"
    else:
        yield at, "–" if value_ is None or value_ == {} else str(value_)


def _evidence(result: AuditResult) -> list[Block]:
    if not result.evidence:
        return [Paragraph(say("No evidence was measured."))]
    columns = (
        Column(say("measure"), numeric=False),
        Column(say("about"), numeric=False),
        Column(say("value")),
        Column(say("95% interval")),
        Column(say("n")),
        Column(say("source"), numeric=False),
    )
    rows = tuple(
        Row((name_of(e.measure), narrative.about(e.about), value(e), interval(e), n(e), Code(e.source)), e.id)
        for e in result.evidence[:APPENDIX]
    )
    note = None
    if len(result.evidence) > APPENDIX:
        note = say(
            "{n} further rows are in the result inside this page.", n=Number(len(result.evidence) - APPENDIX, "count")
        )
    table = Table(say("All evidence"), columns, rows, note, "evidence", anchors=True)
    summary = say_n(len(result.evidence), "{count} piece of evidence", "All {count} pieces of evidence")
    return [Details(summary, (table,), appendix=True)]
