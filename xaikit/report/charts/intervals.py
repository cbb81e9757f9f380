"""Bars and dots with intervals: rates from zero, ratios against their threshold."""

from dataclasses import dataclass, field

from xaikit.report import numbers
from xaikit.report.blocks import Column, Drawing, Row
from xaikit.report.charts.scales import Scale, padded, ticks
from xaikit.report.charts.svg import BOLD, Canvas, cut, halved, text_width
from xaikit.report.language import Language
from xaikit.report.text import Interval, Number, Text, say

BAR = 18
HEAD = 30


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled line across the chart: a threshold, parity."""

    at: float
    label: Text
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One bar or dot.

    Parameters
    ----------
    name, note : Text
        The group, and what stands under it (n).
    value, low, high : float or None
        None is drawn as hatching, with `because`.
    colour : int
        Of the palette; -1 is neutral.
    evidence : str
        What it shows.
    section : Text, optional
        A heading above it, where a chart has several parts.
    """

    name: Text
    value: float | None
    low: float | None = None
    high: float | None = None
    note: Text | None = None
    colour: int = 0
    evidence: str = ""
    because: Text | None = None
    section: Text | None = None


@dataclass(frozen=True, slots=True)
class Intervals:
    """Values of groups with their intervals.

    Parameters
    ----------
    items : tuple of Item
        From top to bottom.
    kind : str
        How numbers are printed.
    head, value_head : Text
        Of the table twin.
    bars : bool
        Bars from zero; dots otherwise.
    lines : tuple of Line
        Thresholds.
    shade : tuple of two floats, optional
        A range that is tinted: below the threshold.
    limit : tuple of two floats, optional
        The range of the axis; chosen from the data when left out.
    """

    items: tuple[Item, ...]
    kind: str
    head: Text
    value_head: Text
    bars: bool = True
    lines: tuple[Line, ...] = ()
    shade: tuple[float, float] | None = None
    limit: tuple[float, float] | None = None
    note_head: Text | None = None
    extra: tuple[tuple[Column, tuple[Text, ...]], ...] = field(default=())

    def draw(self, width: int, language: Language) -> Drawing:
        """Return the chart drawn `width` units wide."""
        canvas = Canvas(width)
        scale = self._scale(canvas, language)
        bottom = self._height(canvas)
        self._ground(canvas, scale, bottom, language)
        y = float(HEAD)
        for item in self.items:
            if item.section is not None:
                y += 26
                canvas.text(0, y - 6, language.plain(item.section), "h halo")
            self._item(canvas, scale, item, y, language)
            y += self._step(canvas)
        return canvas.drawing(bottom + 24)

    def twin(self) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
        """Return the same numbers as a table."""
        columns = [Column(self.head, numeric=False), Column(self.value_head), Column(say("95% interval"))]
        if self.note_head is not None:
            columns.append(Column(self.note_head))
        rows = []
        for item in self.items:
            value: Text = Number(item.value, self.kind, item.evidence)
            if item.value is None and item.because is not None:
                value = item.because
            cells: list[Text] = [_named(item), value, Interval(item.low, item.high, self.kind, item.evidence)]
            if self.note_head is not None:
                cells.append(item.note if item.note is not None else "")
            rows.append(Row(tuple(cells), item.evidence))
        return tuple(columns), tuple(rows)

    def _step(self, canvas: Canvas) -> int:
        return 54 if canvas.narrow else 42

    def _height(self, canvas: Canvas) -> float:
        sections = sum(i.section is not None for i in self.items)
        return HEAD + len(self.items) * self._step(canvas) + sections * 26 + 4

    def _scale(self, canvas: Canvas, language: Language) -> Scale:
        ends = [v for i in self.items for v in (i.value, i.low, i.high) if v is not None]
        low, high = self.limit or padded([*ends, *(line.at for line in self.lines)], zero=self.bars)
        if canvas.narrow:
            return Scale(low, high, 1, canvas.width - 14)
        names = [language.plain(i.name) for i in self.items] or [""]
        left = min(290.0, max(110.0, max(text_width(n, em=BOLD) for n in names) + 14))
        right = max(90.0, *(self._labelled(i, language) for i in self.items), 0.0)
        return Scale(low, high, left, canvas.width - right - 14)

    def _labelled(self, item: Item, language: Language) -> float:
        """Return how wide the number of an item is, with its interval."""
        label = text_width(numbers.formatted(item.value, self.kind), em=BOLD)
        return label + text_width(self._range(item, language), 12) + 18

    def _range(self, item: Item, language: Language) -> str:
        """Return the interval of an item; none where it says no more than the value."""
        wide = item.low is not None and item.low != item.high
        return language.interval(item.low, item.high, self.kind) if wide else ""

    def _ground(self, canvas: Canvas, scale: Scale, bottom: float, language: Language) -> None:
        if self.shade:
            left, right = scale(self.shade[0]), scale(self.shade[1])
            canvas.rect(left, HEAD - 6, right - left, bottom - HEAD + 6, "shade")
        marks = [(scale(t), t) for t in ticks(scale.low, scale.high, 4 if canvas.narrow else 5)]
        canvas.lines([(x, HEAD - 6, x, bottom) for x, t in marks if t], "grid")
        canvas.lines([(x, HEAD - 6, x, bottom) for x, t in marks if not t], "grid0")
        for x, tick in marks:
            canvas.text(x, bottom + 16, _tick(tick, self.kind), "ax", end=_end(x, canvas.width))
        taken = -1e9
        for line in sorted(self.lines, key=lambda one: one.at):
            x = scale(line.at)
            canvas.line(x, HEAD - 8, x, bottom, "bound" if line.strong else "ref")
            label = language.plain(line.label)
            half = text_width(label, 12) / 2
            at = min(max(x, half), canvas.width - half)
            high = 12 if at - half > taken else 0
            canvas.text(at, 18 if high else 6, label, "axb" if line.strong else "ax", end="middle")
            taken = at + half + 6

    def _item(self, canvas: Canvas, scale: Scale, item: Item, y: float, language: Language) -> None:
        name, note = language.plain(item.name), language.plain(item.note) if item.note is not None else ""
        middle = y + (36 if canvas.narrow else 15)
        if canvas.narrow:
            shown = cut(name, canvas.width * 0.64, em=BOLD)
            after = text_width(shown, em=BOLD) + 10
            canvas.text(0, y + 18, shown, "b halo")
            canvas.text(after, y + 18, cut(note, canvas.width - after, 12), "mu halo")
        else:
            head, rest = halved(name, scale.start - 10)
            canvas.text(0, y + 14, cut(head, scale.start - 10, em=BOLD), "b")
            canvas.text(0, y + 30, cut(f"{rest}  {note}".strip(), scale.start - 12, 12), "mu")
        if item.value is None:
            self._nothing(canvas, scale, item, middle, language)
        else:
            self._mark(canvas, scale, item, middle, f"{name}: {numbers.formatted(item.value, self.kind)}", language)

    def _nothing(self, canvas: Canvas, scale: Scale, item: Item, middle: float, language: Language) -> None:
        canvas.rect(scale.start, middle - BAR / 2, scale.stop - scale.start, BAR, "hatch", evidence=item.evidence)
        why = language.plain(item.because) if item.because is not None else ""
        shown = cut(why, scale.stop - scale.start - 20, 12)
        canvas.rect(scale.start + 4, middle - 8, text_width(shown, 12) + 8, 16, "paper")
        canvas.text(scale.start + 8, middle + 4, shown, "mu")

    def _mark(self, canvas: Canvas, scale: Scale, item: Item, middle: float, tip: str, language: Language) -> None:
        value = item.value or 0.0
        colour, x = f"g{item.colour % 8}" if item.colour >= 0 else "gn", scale(value)
        if self.bars:
            zero = scale(0.0)
            canvas.rect(min(zero, x), middle - BAR / 2, abs(x - zero), BAR, colour, evidence=item.evidence, tip=tip)
        right = x
        if item.low is not None and item.high is not None:
            left, right = scale(item.low), max(x, scale(item.high))
            canvas.whisker(left, scale(item.high), middle, "whisk" if self.bars else f"whisk l{colour[1:]}")
        if not self.bars:
            canvas.circle(x, middle, 6, colour, evidence=item.evidence, tip=tip)
        self._label(canvas, item, max(right, scale(0.0)) if self.bars else right, middle, scale, language)

    def _label(
        self, canvas: Canvas, item: Item, right: float, middle: float, scale: Scale, language: Language
    ) -> None:
        """Write the number beside its bar; of dots, in a column of its own, away from the thresholds."""
        label = numbers.formatted(item.value, self.kind)
        width = text_width(label, em=BOLD)
        if canvas.narrow:
            if right + 10 + width > canvas.width:
                left = scale(min(v for v in (item.low, item.value) if v is not None))
                canvas.text(left - 8, middle + 5, label, "v halo", end="end")
            else:
                canvas.text(right + 8, middle + 5, label, "v halo")
            return
        at = right + 8 if self.bars else scale.stop + 14
        canvas.text(at, middle + 5, label, "v halo")
        canvas.text(at + width + 8, middle + 5, self._range(item, language), "mu halo")


def _named(item: Item) -> Text:
    return say("{section}: {name}", section=item.section, name=item.name) if item.section is not None else item.name


def _tick(value: float, kind: str) -> str:
    if kind == "percent":
        return numbers.signed(f"{value * 100:g}") + "%"
    if kind == "points":
        return numbers.signed(f"{value * 100:+g}") if value else "0"
    return numbers.signed(f"{value:,.6g}")


def _end(x: float, width: int) -> str:
    if x < 12:
        return "start"
    return "end" if x > width - 12 else "middle"
