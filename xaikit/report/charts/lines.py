"""Lines with bands: calibration, learning and trade-off curves."""

from dataclasses import dataclass

from xaikit.report import numbers
from xaikit.report.blocks import Column, Drawing, Row
from xaikit.report.charts.scales import Scale, padded, ticks
from xaikit.report.charts.svg import Canvas, cut, short, text_width
from xaikit.report.language import Language
from xaikit.report.text import Interval, Number, Text, say


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a line with its interval and the number of rows that it rests on."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A line."""

    name: Text
    points: tuple[Point, ...]
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines over one horizontal axis; `diagonal` draws the line on which x equals y."""

    series: tuple[Series, ...]
    x_head: Text
    y_head: Text
    head: Text
    kind: str = "percent"
    x_kind: str = "percent"
    diagonal: Text | None = None

    def draw(self, width: int, language: Language) -> Drawing:
        """Return the chart drawn `width` units wide."""
        canvas = Canvas(width)
        right = 12 if canvas.narrow else 150
        height = 300 if canvas.narrow else 380
        x, y = self._scales(width, right, height)
        self._ground(canvas, x, y, language)
        for one in self.series:
            self._band(canvas, one, x, y)
        for one in self.series:
            self._line(canvas, one, x, y)
        return canvas.drawing(self._names(canvas, x, y, height, language))

    def twin(self) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
        """Return the same numbers as a table."""
        heads = (self.x_head, self.y_head, say("95% interval"), say("n"))
        columns = (Column(self.head, numeric=False), *(Column(h) for h in heads))
        rows = [
            Row(
                (
                    one.name,
                    Number(p.x, self.x_kind, p.evidence, "x"),
                    Number(p.y, self.kind, p.evidence),
                    Interval(p.low, p.high, self.kind, p.evidence),
                    Number(p.n, "count", p.evidence, "n"),
                ),
                p.evidence,
            )
            for one in self.series
            for p in one.points
        ]
        return columns, tuple(rows)

    def _scales(self, width: int, right: int, height: int) -> tuple[Scale, Scale]:
        points = [p for one in self.series for p in one.points]
        xs = padded([p.x for p in points])
        ys = padded([v for p in points for v in (p.y, p.low, p.high) if v is not None])
        if self.diagonal is not None:
            xs = ys = (0.0, 1.0)
        return Scale(*xs, 44, width - right), Scale(*ys, height - 44, 26)

    def _ground(self, canvas: Canvas, x: Scale, y: Scale, language: Language) -> None:
        for tick in ticks(y.low, y.high, 5):
            canvas.line(x.start, y(tick), x.stop, y(tick), "grid0" if tick == 0 else "grid")
            canvas.text(x.start - 6, y(tick) + 4, _tick(tick, self.kind), "ax", end="end")
        for tick in ticks(x.low, x.high, 5):
            canvas.line(x(tick), y.start, x(tick), y.start + 4, "grid")
            canvas.text(x(tick), y.start + 18, _tick(tick, self.x_kind), "ax", end="middle")
        canvas.text(0, 12, language.plain(self.y_head), "axb")
        canvas.text(x.stop, y.start + 36, language.plain(self.x_head), "axb", end="end")
        if self.diagonal is not None:
            canvas.line(x(0), y(0), x(1), y(1), "ref")
            if not canvas.narrow:
                canvas.text(x(1) + 8, y(1) + 4, language.plain(self.diagonal), "mu")

    def _band(self, canvas: Canvas, one: Series, x: Scale, y: Scale) -> None:
        known = [p for p in one.points if p.low is not None and p.high is not None]
        if len(known) < 2:
            return
        up = [f"{short(x(p.x))} {short(y(p.high or 0))}" for p in known]
        down = [f"{short(x(p.x))} {short(y(p.low or 0))}" for p in reversed(known)]
        canvas.path("M" + "L".join(up + down) + "Z", f"band g{one.colour % 8}")

    def _line(self, canvas: Canvas, one: Series, x: Scale, y: Scale) -> None:
        places = [f"{short(x(p.x))} {short(y(p.y))}" for p in one.points]
        canvas.path("M" + "L".join(places), f"curve l{one.colour % 8}")
        for p in one.points:
            self._shape(canvas, one.colour, x(p.x), y(p.y), p.evidence, "")

    def _shape(self, canvas: Canvas, colour: int, cx: float, cy: float, evidence: str, tip: str) -> None:
        """Draw a mark whose shape, too, tells the series: disc, square, diamond, triangle."""
        style = f"g{colour % 8}"
        shapes = (
            "",
            f"M{short(cx - 4)} {short(cy - 4)}h8v8h-8Z",
            f"M{short(cx)} {short(cy - 6)}l6 6l-6 6l-6 -6Z",
            f"M{short(cx)} {short(cy - 6)}l6 10h-12Z",
        )
        shape = shapes[colour % 4]
        if shape:
            canvas.path(shape, style, evidence=evidence, tip=tip)
        else:
            canvas.circle(cx, cy, 4.5, style, evidence=evidence, tip=tip)

    def _names(self, canvas: Canvas, x: Scale, y: Scale, height: int, language: Language) -> float:
        """Write the names at the ends of their lines, moved apart; under the chart on a telephone."""
        if canvas.narrow:
            left, bottom = 0.0, float(height + 8)
            for one in self.series:
                name = cut(language.plain(one.name), canvas.width - 30, 13)
                if left and left + text_width(name, 13) + 34 > canvas.width:
                    left, bottom = 0.0, bottom + 20
                self._shape(canvas, one.colour, left + 7, bottom, "", "")
                canvas.text(left + 18, bottom + 5, name, "b")
                left += text_width(name, 13) + 38
            return bottom + 14
        ends = sorted(
            ((y(one.points[-1].y), x(one.points[-1].x), one) for one in self.series if one.points),
            key=lambda end: end[:2],
        )
        last = -1e9
        for place, at, one in ends:
            last = max(place, last + 16)
            canvas.text(at + 10, last + 4, cut(language.plain(one.name), 134), "b halo")
        return float(height)


def _tick(value: float, kind: str) -> str:
    return f"{value * 100:g}%" if kind == "percent" else numbers.signed(f"{value:,.6g}")
