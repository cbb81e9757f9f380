"""What the templates need: texts as markup, verdicts as marks, charts as SVG with their twins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from markupsafe import Markup, escape

from xaikit.core.evidence import Verdict
from xaikit.report.blocks import Block, Chart, Drawing, Mark, Row, Table
from xaikit.report.charts.intervals import Intervals
from xaikit.report.charts.matrix import Matrix
from xaikit.report.charts.waterfall import Waterfall
from xaikit.report.language import Language, anchor
from xaikit.report.text import Listed, Message, Number, Text, say

WIDE, SLIM = 736, 340

SHAPES = {
    Verdict.PASS: '<circle class="f" cx="10" cy="10" r="9"/><path class="k" d="M5.8 10.4l2.9 2.9 5.6-6"/>',
    Verdict.INCONCLUSIVE: '<path class="f" d="M10 .8L.8 10 10 19.2Z"/><path d="M10 1.8L18.2 10 10 18.2 1.8 10Z"/>',
    Verdict.FAIL: '<path class="f" d="M6.2.9h7.6l5.3 5.3v7.6l-5.3 5.3H6.2L.9 13.8V6.2Z"/>'
    '<path class="k" d="M6.9 6.9l6.2 6.2M13.1 6.9l-6.2 6.2"/>',
    Verdict.NOT_APPLICABLE: '<circle cx="10" cy="10" r="8.4" fill="none" stroke="currentColor" stroke-width="2"/>'
    '<path d="M6 10h8"/>',
    Verdict.ERROR: '<path class="f" d="M10 1.2L19.4 18.6H.6Z"/><path class="k" d="M10 7.4v5.2M10 15.5v.1"/>',
}
REPORTED_SHAPE = '<path d="M5 6h10M5 10h10M5 14h6"/>'
OPEN_SHAPE = (
    '<circle cx="10" cy="10" r="8.4" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 3"/>'
)

VERDICTS = MappingProxyType(
    {
        Verdict.PASS: say("Pass"),
        Verdict.INCONCLUSIVE: say("Inconclusive"),
        Verdict.FAIL: say("Fail"),
        Verdict.NOT_APPLICABLE: say("Not applicable"),
        Verdict.ERROR: say("Error"),
    }
)
OPEN = say("Open question")
REPORTED = say("Reported")

WORDS = MappingProxyType(
    {
        "skip": say("Skip to the content"),
        "kicker": say("Audit report"),
        "contents": say("Contents"),
        "verdict": say("Verdict"),
        "footer": say(
            "Made by xaikit. This report states measurements and compares them with published criteria; it is not "
            "legal advice. The page holds the whole result as JSON, needs no network, and runs no code but its own."
        ),
    }
)
LABELS = MappingProxyType(
    {
        "copy": say("Copy as CSV"),
        "copied": say("Copied"),
        "cited": say("Go to the sentence that says this"),
        "all": say("All"),
        "verdict": say("Show findings by verdict"),
        "profile": say("Show findings by profile"),
    }
)


@dataclass(frozen=True, slots=True)
class ShownMark:
    """A verdict's class, shape and word."""

    style: str
    shape: Markup
    word: str


@dataclass(frozen=True, slots=True)
class ShownChart:
    """A chart drawn for wide pages and telephones, and its twin; `drawn` when the chart itself prints its numbers."""

    wide: Markup
    slim: Markup
    twin: Table
    summary: Text
    drawn: bool


@dataclass(slots=True)
class Writer:
    """Turns texts, marks and charts into markup, in one language."""

    language: Language
    words: Mapping[str, Message] = field(default_factory=lambda: WORDS)
    labels: Mapping[str, Message] = field(default_factory=lambda: LABELS)
    prefix: str = "c"
    charts: int = 0
    anchored: set[str] = field(default_factory=set)

    def kind(self, block: Block) -> str:
        """Return the name of a block's type."""
        return type(block).__name__

    def html(self, text: Text) -> Markup:
        """Return a text as markup."""
        return self.language.html(text)

    def cell(self, text: Text, of: str) -> Markup:
        """Return the text of a table's cell, in a row that shows the evidence `of`."""
        return Markup(escape(self.plain(text))) if isinstance(text, str) else self.language.html(text, of)

    def plain(self, text: Text) -> str:
        """Return a text without markup."""
        return self.language.plain(text)

    def tie(self, evidence: str) -> Markup:
        """Return the attribute that ties a row to its evidence: `id` for the first that shows it, then `data-e`."""
        if not evidence:
            return Markup("")
        if evidence not in self.anchored:
            self.anchored.add(evidence)
            return Markup(" id={}").format(anchor(evidence))
        return Markup(" data-e={}").format(anchor(evidence))

    def rows(self, table: Table) -> tuple[Row, ...]:
        """Return the rows of a table that are shown: of one that holds `rest`, those that no table showed before."""
        return tuple(r for r in table.rows if not (table.rest and r.evidence in self.anchored))

    def mark(self, mark: Mark) -> ShownMark:
        """Return a verdict as class, shape and word."""
        style = str(mark.verdict).lower()
        if mark.open:
            return ShownMark(style, Markup(OPEN_SHAPE), self.plain(OPEN))
        if mark.reported and mark.verdict is Verdict.PASS:
            return ShownMark("not_applicable", Markup(REPORTED_SHAPE), self.plain(REPORTED))
        return ShownMark(style, Markup(SHAPES[mark.verdict]), self.plain(VERDICTS[mark.verdict]))

    def tallied(self, verdict: Verdict, n: int) -> ShownMark:
        """Return a verdict with the number of findings that had it."""
        shown = self.mark(Mark(verdict))
        return ShownMark(shown.style, shown.shape, f"{n} × {shown.word}")

    def chart(self, chart: Chart) -> ShownChart:
        """Return a chart as SVG, drawn twice, with its numbers as a table."""
        self.charts += 1
        columns, rows = chart.figure.twin()
        twin = Table(chart.title, columns, rows, name=chart.name, quiet=True)
        told = describe(rows, self.language)
        title = self.plain(chart.title)
        drawn = [chart.figure.draw(width, self.language) for width in (WIDE, SLIM)]
        name = f"{self.prefix}{self.charts}"
        wide, slim = svg(drawn[0], title, told, name), again(drawn[1], name)
        numbered = isinstance(chart.figure, (Intervals, Matrix, Waterfall))
        return ShownChart(wide, slim, twin, say("The numbers of this chart as a table"), numbered)


def svg(drawing: Drawing, title: str, told: str, name: str, lean: bool = True) -> Markup:
    """Return a drawing as an SVG element with title and description; `lean` for HTML, not for a file of its own."""
    head = Markup(
        '<svg class="wide" viewBox="0 0 {} {}" role="img" aria-labelledby="{}t {}d">'
        '<title id="{}t">{}</title><desc id="{}d">{}</desc>'
    ).format(drawing.width, drawing.height, name, name, name, title, name, told)
    return head + (_lean(drawing.body) if lean else Markup(drawing.body)) + Markup("</svg>")


def again(drawing: Drawing, name: str) -> Markup:
    """Return the drawing for telephones, which bears the name and description of the wide one."""
    head = Markup('<svg class="slim" viewBox="0 0 {} {}" role="img" aria-labelledby="{}t {}d">')
    return head.format(drawing.width, drawing.height, name, name) + _lean(drawing.body) + Markup("</svg>")


def _lean(body: str) -> Markup:
    """Return marks without the quotes that HTML can do without; in escaped text there is no quote to take away."""
    return Markup(re.sub(r'="([\w.:-]+)" ', r"=\1 ", body))


def describe(rows: tuple[object, ...], language: Language, limit: int = 8) -> str:
    """Return the first numbers of a twin in one line, for those who hear the chart."""
    shown = []
    for row in rows[:limit]:
        cells = [c for c in getattr(row, "cells", ()) if not isinstance(c, Mark)][:2]
        shown.append(": ".join(filter(None, (language.plain(c) for c in cells))))
    more = [language.plain(say("and {n} more", n=Number(len(rows) - limit, "count")))] if len(rows) > limit else []
    return language.plain(Listed((*shown, *more), "; "))
