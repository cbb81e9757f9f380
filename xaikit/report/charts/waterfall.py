"""The way from the base to one prediction, feature by feature, with errors."""

from dataclasses import dataclass, field

from xaikit.report import numbers
from xaikit.report.blocks import Column, Drawing, Row
from xaikit.report.charts.scales import Scale, padded, ticks
from xaikit.report.charts.svg import Canvas, cut, text_width
from xaikit.report.language import Language
from xaikit.report.text import Interval, Number, Text, say


@dataclass(frozen=True, slots=True)
class Part:
    """What one feature adds, with its 95 % interval."""

    name: Text
    value: float
    low: float | None = None
    high: float | None = None
    note: Text = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A sum drawn step by step: `start` plus the parts is `stop`."""

    start: float
    stop: float
    parts: tuple[Part, ...]
    start_name: Text
    stop_name: Text
    kind: str = "amount"
    level: str = "score"
    head: Text = ""
    note_head: Text = field(default_factory=lambda: say("value of the feature"))
    brackets: bool = False

    def draw(self, width: int, language: Language) -> Drawing:
        """Return the chart drawn `width` units wide."""
        canvas = Canvas(width)
        step = 46 if canvas.narrow else 30
        scale = self._scale(canvas, language)
        bottom = step * (len(self.parts) + 2) + 6.0
        for tick in ticks(scale.low, scale.high, 5):
            canvas.line(scale(tick), 0, scale(tick), bottom, "grid")
            canvas.text(scale(tick), bottom + 16, _tick(tick, self.level), "ax", end="middle")
        self._end(canvas, scale, self.start_name, self.start, 0, language)
        at, y = self.start, float(step)
        for part in self.parts:
            self._part(canvas, scale, part, at, y, language)
            at += part.value
            y += step
        self._end(canvas, scale, self.stop_name, self.stop, y, language)
        return canvas.drawing(bottom + 24)

    def twin(self) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
        """Return the same numbers as a table."""
        columns = (
            Column(self.head, numeric=False),
            Column(self.note_head),
            Column(say("adds")),
            Column(say("95% interval")),
        )
        rows = [Row((self.start_name, "", Number(self.start, self.level), ""))]
        rows += [
            Row(
                (p.name, p.note, Number(p.value, self.kind, p.evidence), Interval(p.low, p.high, self.kind)),
                p.evidence,
            )
            for p in self.parts
        ]
        return columns, (*rows, Row((self.stop_name, "", Number(self.stop, self.level), "")))

    def _scale(self, canvas: Canvas, language: Language) -> Scale:
        at, ends = self.start, [self.start, self.stop]
        for p in self.parts:
            ends += [at + p.value, at + (p.low if p.low is not None else p.value)]
            ends += [at + (p.high if p.high is not None else p.value)]
            at += p.value
        low, high = padded(ends, zero=False, room=0.06)
        if canvas.narrow:
            return Scale(low, high, 1, canvas.width - 60)
        widest = max((text_width(self._label(p, language)) for p in self.parts), default=0.0)
        return Scale(low, high, min(300.0, max(130.0, widest + 14)), canvas.width - 80)

    def _label(self, part: Part, language: Language) -> str:
        note = language.plain(part.note)
        name = language.plain(part.name)
        if self.brackets:
            return f"{name} ({note})" if note else name
        return f"{name} = {note}" if note else name

    def _end(self, canvas: Canvas, scale: Scale, name: Text, value: float, y: float, language: Language) -> None:
        middle = y + (34 if canvas.narrow else 14)
        canvas.text(0, y + 18, cut(language.plain(name), canvas.width if canvas.narrow else scale.start - 10), "b")
        canvas.line(scale(value), middle - 10, scale(value), middle + 10, "end")
        canvas.text(scale(value) + 8, middle + 5, numbers.formatted(value, self.level), "v halo")

    def _part(self, canvas: Canvas, scale: Scale, part: Part, at: float, y: float, language: Language) -> None:
        middle = y + (34 if canvas.narrow else 14)
        label = self._label(part, language)
        canvas.text(0, y + 18, cut(label, canvas.width if canvas.narrow else scale.start - 10))
        left, right = sorted((scale(at), scale(at + part.value)))
        tip = f"{label}: {numbers.formatted(part.value, self.kind)}"
        canvas.rect(
            left,
            middle - 8,
            max(right - left, 1),
            16,
            "up" if part.value >= 0 else "down",
            tip=tip,
            evidence=part.evidence,
        )
        if part.low is not None and part.high is not None:
            canvas.line(scale(at + part.low), middle, scale(at + part.high), middle, "whisk")
            right = max(right, scale(at + part.high))
        canvas.text(right + 8, middle + 5, numbers.formatted(part.value, self.kind), "v halo")


def _tick(value: float, kind: str) -> str:
    return numbers.signed(f"{value * 100 if kind == 'points' else value:,.6g}")
