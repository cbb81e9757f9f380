"""What happens if only the sensitive attribute is changed: an intervention on the model, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Column, Heading, Paragraph, Row, Table
from xaikit.report.measures import interval, n, value
from xaikit.report.reading import number
from xaikit.report.text import Number, Prose, Text, say

ORDER = 60
TOLD = 4
MEASURES = ("attribute_flip_to_favourable", "attribute_flip_to_unfavourable")


def blocks(result: AuditResult) -> list[Block]:
    """Return the flips."""
    found = [e for m in MEASURES for e in result.measured(m)]
    if not found:
        return []
    lead = say(
        "The model was asked again about the same rows with nothing changed but the attribute. What moves then is "
        "caused by that input inside this model. It says nothing of why groups differ in the world, and little where "
        "other inputs stand in for the attribute."
    )
    out: list[Block] = [Heading(2, say("What if only the attribute is changed"), "flip"), Paragraph(lead, "lead")]
    pairs = [Pair.of(same) for same in _same(found)]
    out += [Paragraph(p.sentence()) for p in sorted(pairs, key=lambda p: -p.moved)[:TOLD]]
    measured = [p for p in pairs if p.up is not None and p.up.value is not None]
    plain, bands = [p for p in measured if not p.banded], [p for p in measured if p.banded]
    if plain or not bands:
        out.append(_table(plain))
    return [*out, *_bands(bands)]


@dataclass(frozen=True, slots=True)
class Pair:
    """One group set to another: what becomes favourable, and what unfavourable."""

    feature: str
    group: str
    to: str
    up: Evidence | None
    down: Evidence | None

    @classmethod
    def of(cls, same: Sequence[Evidence]) -> "Pair":
        """Return the pair of the evidence on one flip."""
        up, down = (next((e for e in same if e.measure == m), None) for m in MEASURES)
        where = same[0].about
        return cls(where.get("sensitive", ""), where.get("group", ""), where.get("reference", ""), up, down)

    @property
    def moved(self) -> float:
        """The share of decisions that moves."""
        return sum(e.value or 0.0 for e in (self.up, self.down) if e is not None)

    @property
    def banded(self) -> bool:
        """Whether a number was moved into another band."""
        return self.up is not None and bool(self.up.detail.get("banded"))

    def sentence(self) -> Text:
        """Return the flip in words."""
        first = self.up or self.down
        if first is None or first.value is None:
            return Prose(first.because if first else "")
        if self.banded and self.up is not None and self.down is not None:
            return say(
                "{n} people with {feature} {group}, given the {feature} of those most like them with {to}: {up} "
                "({up_interval}) of decisions become favourable, {down} ({down_interval}) unfavourable.",
                n=n(first),
                feature=narrative.joined(self.feature),
                group=narrative.joined(self.group),
                to=narrative.joined(self.to),
                up=value(self.up),
                up_interval=interval(self.up),
                down=value(self.down),
                down_interval=interval(self.down),
            )
        return say(
            "{n} rows with {feature} {group}, set to {to}: {up} unfavourable decisions become favourable, {down} "
            "favourable ones unfavourable.",
            n=n(first),
            feature=narrative.joined(self.feature),
            group=narrative.joined(self.group),
            to=narrative.joined(self.to),
            up=_count(self.up),
            down=_count(self.down),
        )


def _count(e: Evidence | None) -> Number:
    return Number(number(e, "count"), "count", e.id if e else "", "count")


def _same(found: Sequence[Evidence]) -> list[list[Evidence]]:
    table: dict[tuple[tuple[str, str], ...], list[Evidence]] = {}
    for e in found:
        table.setdefault(tuple(sorted(e.about.items())), []).append(e)
    return list(table.values())


def _bands(pairs: Sequence[Pair]) -> list[Block]:
    if not pairs:
        return []
    lead = say(
        "A number that is cut into bands has no one value that stands for a band. Each person is given the values "
        "of the people of the other band who are nearest in all other features. That says what the model does "
        "with the number, and not what people of the other band are like. The edge is the value of the other band "
        "nearest to the person's own; all values are those of the whole band, whoever has them. People who have "
        "nobody like them in the other band were asked about all the same: there the model answers for "
        "combinations that it may never have seen."
    )
    columns = (
        Column(say("attribute"), numeric=False),
        Column(say("from"), numeric=False),
        Column(say("to"), numeric=False),
        Column(say("become"), numeric=False),
        Column(say("people")),
        Column(say("share")),
        Column(say("95% interval")),
        Column(say("at the edge")),
        Column(say("all values")),
        Column(say("nobody like them")),
    )
    rows = tuple(
        Row(
            (
                narrative.joined(p.feature),
                narrative.joined(p.group),
                narrative.joined(p.to),
                turned,
                n(e),
                value(e),
                interval(e),
                _other(e, "at_the_edge", "percent"),
                _other(e, "over_the_whole_band", "percent"),
                _other(e, "not_comparable", "count"),
            ),
            e.id,
        )
        for p in pairs
        for e, turned in ((p.up, say("favourable")), (p.down, say("unfavourable")))
        if e is not None
    )
    note = say("The interval is for people and for whose values they were given.")
    return [
        Paragraph(lead),
        Table(say("Decisions that another band moves"), columns, rows, note, "attribute-flip-bands"),
    ]


def _other(e: Evidence, name: str, kind: str) -> Number:
    return Number(number(e, name), kind, e.id, name)


def _table(pairs: Sequence[Pair]) -> Table:
    columns = (
        Column(say("attribute"), numeric=False),
        Column(say("from"), numeric=False),
        Column(say("to"), numeric=False),
        Column(say("rows")),
        Column(say("become favourable")),
        Column(say("share")),
        Column(say("become unfavourable")),
        Column(say("share")),
    )
    rows = tuple(
        Row(
            (
                narrative.joined(p.feature),
                narrative.joined(p.group),
                narrative.joined(p.to),
                n(p.up),
                _count(p.up),
                value(p.up),
                _count(p.down),
                value(p.down),
            ),
            p.up.id if p.up else "",
        )
        for p in pairs
    )
    note = say("Counted over the whole file, so there is no sampling and no interval.")
    return Table(say("Decisions that the flip moves"), columns, rows, note, "attribute-flip")
