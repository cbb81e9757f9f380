"""Method and provenance: what ran, on what, with what seed and versions, and how to check this report."""

from collections import Counter
from collections.abc import Iterator, Mapping

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import defaults, narrative
from xaikit.report.blocks import Block, Bullets, Column, Details, Facts, Heading, Paragraph, Row, Table
from xaikit.report.measures import interval, n, name_of, value
from xaikit.report.numbers import formatted
from xaikit.report.text import Code, Interval, Listed, Number, Prose, Text, say, say_n

ORDER = 100
APPENDIX = 600
OURS = {"rung", "adjusted_for", "case"}
"""What evidence is about in words of a check and not of the data."""
TOGETHER = {"all features together", "all features but itself"}


def blocks(result: AuditResult) -> list[Block]:
    """Return steps, provenance, configuration, and all evidence."""
    return [
        Heading(2, say("Method and provenance"), "method"),
        Facts(_facts(result)),
        *_steps(result),
        Heading(3, say("How to verify this report")),
        Bullets(_verify(result), ordered=True),
        *_definitions(result),
        *defaults.blocks(result),
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
    items += [(say("Model: {key}", key=Prose(key)), _plain(key, given)) for key, given in made.model.items()]
    if made.versions:
        items.append((say("Versions"), Listed(tuple(f"{k} {v}" for k, v in made.versions.items()))))
    return tuple(items)


def _plain(key: str, given: object) -> Text:
    """Return a fact of the model: its name is data, what else its adapter says of it are words."""
    return f"{given}" if key == "name" else Prose(f"{given}")


def _steps(result: AuditResult) -> list[Block]:
    if not result.steps:
        return [Paragraph(say("The result names no steps."))]
    words = {"ran": say("ran"), "skipped": say("skipped"), "failed": say("failed")}
    rows = tuple(
        Row((s.name, s.kind, words.get(s.status, s.status), Number(s.seconds, "seconds"), Prose(s.because)))
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
            "Without xaikit: the element {element} of this page holds the result as JSON. Its attribute {own} is the "
            "SHA-256 of its text as it stands, {file} that of the file written beside this report.",
            element=Code("script#result"),
            own=Code("data-sha256"),
            file=Code("data-file-sha256"),
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
    counted = Counter(e.measure for e in result.evidence)
    found = {(e.measure, str(e.detail.get("method") or "")) for e in result.evidence}
    rows = tuple(
        Row((name_of(m), Code(m), Prose(method or "–"), Number(counted[m], "count"))) for m, method in sorted(found)
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
    spec = {k: v for k, v in result.spec.items() if k != "defaults"}
    rows = tuple(Row((Code(key or "–"), Code(given))) for key, given in _flat(spec))
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
    told = say_n(
        len(result.evidence),
        "{count} piece of evidence was measured; the result inside this page holds it.",
        "{count} pieces of evidence were measured; the result inside this page holds them all.",
    )
    out: list[Block] = [Heading(3, say("All evidence")), Paragraph(told)]
    if len(result.evidence) > APPENDIX:
        return out
    table: dict[str, list[Evidence]] = {}
    for e in result.evidence:
        table.setdefault(e.measure, []).append(e)
    body = tuple(_of_measure(measure, table[measure]) for measure in sorted(table))
    return [*out, Details(say("What no table above shows"), body, appendix=True)]


def _of_measure(measure: str, found: list[Evidence]) -> Table:
    columns = (
        Column(say("about"), numeric=False),
        Column(say("value")),
        Column(say("95% interval")),
        Column(say("n")),
    )
    rows = tuple(
        Row((_everything(e), _plainly(value(e)), _plainly(interval(e)), _plainly(n(e))), e.id) for e in found
    )
    caption = say("{name} ({source})", name=name_of(measure), source=found[0].source or "–")
    return Table(caption, columns, rows, name=f"evidence-{measure}", rest=True)


def _everything(e: Evidence) -> Text:
    """Return all that a piece of evidence is about, in words."""
    rest = [_place(k, v) for k, v in e.about.items() if k not in ("sensitive", "group", "reference")]
    sensitive, group, reference = (e.about.get(k, "") for k in ("sensitive", "group", "reference"))
    if "group" not in e.about:
        told = (narrative.joined(sensitive), *rest) if sensitive else tuple(rest)
        return Listed(told) if told else say("everybody")
    head: Text = say("{feature}: {group}", feature=narrative.joined(sensitive), group=narrative.joined(group))
    if reference and reference != group:
        head = Listed((head, narrative.named(reference)), " / ")
    return Listed((head, *rest)) if rest else head


def _place(key: str, given: str) -> Text:
    """Return one thing that evidence is about: names as they are, words of ours in the reader's language."""
    return Prose(given) if key in OURS or given in TOGETHER else narrative.joined(given)


def _plainly(text: Text) -> Text:
    """Return a number as mere words: in the appendix, the row itself is the evidence."""
    if isinstance(text, Number):
        return formatted(text.value, text.kind)
    return Interval(text.low, text.high, text.kind) if isinstance(text, Interval) else text
