"""How many rows lie where: one small histogram a group, all on the same axes."""

from dataclasses import dataclass

from xaikit.report import numbers
from xaikit.report.blocks import Column, Drawing, Row
from xaikit.report.charts.intervals import Line
from xaikit.report.charts.scales import Scale, ticks
from xaikit.report.charts.svg import Canvas, cut
from xaikit.report.language import Language
from xaikit.report.text import Interval, Number, Text, say

HIGH = 56


@dataclass(frozen=True, slots=True)
class Bins:
    """The counts of one group."""

    name: Text
    counts: tuple[int, ...]
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between common edges; each group is drawn as shares of its own total."""

    edges: tuple[float, ...]
    groups: tuple[Bins, ...]
    head: Text
    lines: tuple[Line, ...] = ()

    def draw(self, width: int, language: Language) -> Drawing:
        """Return the chart drawn `width` units wide."""
        canvas = Canvas(width)
        scale = Scale(self.edges[0], self.edges[-1], 8, width - 8)
        shares = [[c / max(sum(g.counts), 1) for c in g.counts] for g in self.groups]
        top = max((max(s, default=0.0) for s in shares), default=0.0) or 1.0
        bottom = 20.0 + len(self.groups) * (HIGH + 26)
        for line in self.lines:
            canvas.line(scale(line.at), 14, scale(line.at), bottom, "bound" if line.strong else "ref")
            canvas.text(scale(line.at), 10, language.plain(line.label), "axb", end="middle")
        for i, (group, share) in enumerate(zip(self.groups, shares, strict=True)):
            base = 20.0 + i * (HIGH + 26) + HIGH + 18
            canvas.text(8, base - HIGH - 4, cut(language.plain(group.name), width * 0.7), "b")
            canvas.text(width - 8, base - HIGH - 4, f"n = {numbers.count(sum(group.counts))}", "mu", end="end")
            canvas.line(scale.start, base, scale.stop, base, "grid0")
            for left, right, s in zip(self.edges, self.edges[1:], share, strict=False):
                x, tall = scale(left), s / top * HIGH
                canvas.rect(x + 0.5, base - tall, scale(right) - x - 1, tall, f"g{group.colour % 8}")
        for tick in ticks(scale.low, scale.high, 5):
            canvas.text(scale(tick), bottom + 14, f"{tick:,.6g}", "ax", end="middle")
        return canvas.drawing(bottom + 22)

    def twin(self) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
        """Return the same numbers as a table."""
        columns = (Column(self.head, numeric=False), *(Column(g.name) for g in self.groups))
        rows = [
            Row((Interval(left, right, "score"), *(Number(g.counts[i], "count") for g in self.groups)))
            for i, (left, right) in enumerate(zip(self.edges, self.edges[1:], strict=False))
        ]
        return columns, (*rows, Row((say("all"), *(Number(sum(g.counts), "count") for g in self.groups))))
