"""All explained rows at once: one mark a row and feature, or one for several where there are many."""

import math
from collections import defaultdict
from dataclasses import dataclass

from xaikit.report import numbers
from xaikit.report.blocks import Column, Drawing, Row
from xaikit.report.charts.scales import Scale, padded, ticks
from xaikit.report.charts.svg import Canvas, cut, short, text_width
from xaikit.report.language import Language
from xaikit.report.text import Number, Text, say

MARKS = 2000


@dataclass(frozen=True, slots=True)
class Swarm:
    """The attribution values of one feature, and where its own values lie from low (0) to high (1)."""

    name: Text
    values: tuple[float, ...]
    shades: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Beeswarm:
    """Attribution values of several features over the same rows."""

    swarms: tuple[Swarm, ...]
    head: Text
    low_name: Text
    high_name: Text

    def per_mark(self, marks: int = MARKS) -> int:
        """Return how many rows one mark stands for, so that there are at most about `marks`."""
        return max(1, math.ceil(sum(len(s.values) for s in self.swarms) / marks))

    def draw(self, width: int, language: Language) -> Drawing:
        """Return the chart drawn `width` units wide."""
        canvas = Canvas(width)
        step = 66 if canvas.narrow else 46
        names = [language.plain(s.name) for s in self.swarms] or [""]
        left = 8.0 if canvas.narrow else min(220.0, max(text_width(n) for n in names) + 20)
        low, high = padded([v for s in self.swarms for v in s.values])
        scale = Scale(low, high, left, width - 12)
        bottom = 26.0 + step * len(self.swarms)
        self._legend(canvas, language)
        for tick in ticks(low, high, 4 if canvas.narrow else 6):
            canvas.line(scale(tick), 24, scale(tick), bottom, "grid0" if tick == 0 else "grid")
            canvas.text(scale(tick), bottom + 16, numbers.signed(f"{tick:,.6g}"), "ax", end="middle")
        for i, (swarm, name) in enumerate(zip(self.swarms, names, strict=True)):
            y = 26.0 + i * step
            canvas.text(
                0, y + (14 if canvas.narrow else step / 2 + 5), cut(name, width if canvas.narrow else left - 12)
            )
            self._marks(canvas, scale, swarm, y + (42 if canvas.narrow else step / 2))
        return canvas.drawing(bottom + 24)

    def twin(self) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
        """Return quartiles of each feature: the rows themselves are never printed."""
        heads = (say("lowest"), say("lower quartile"), say("median"), say("upper quartile"), say("highest"))
        columns = (Column(self.head, numeric=False), *(Column(h) for h in heads))
        return columns, tuple(Row((s.name, *(_quantile(s.values, q) for q in (0, 1, 2, 3, 4)))) for s in self.swarms)

    def _legend(self, canvas: Canvas, language: Language) -> None:
        right = language.plain(self.high_name)
        x = canvas.width - text_width(right, 12) - 4
        canvas.text(canvas.width, 14, right, "ax", end="end")
        for k in range(5):
            canvas.circle(x - 8 - 11 * (4 - k), 10, 4, f"s{k}")
        canvas.text(x - 62, 14, language.plain(self.low_name), "ax", end="end")

    def _marks(self, canvas: Canvas, scale: Scale, swarm: Swarm, middle: float) -> None:
        bins: dict[int, list[float]] = defaultdict(list)
        for value, shade in zip(swarm.values, swarm.shades, strict=True):
            bins[round(scale(value) / 4)].append(-1.0 if shade is None else shade)
        each = self.per_mark(MARKS // 5 if canvas.narrow else MARKS)
        tallest = max((math.ceil(len(b) / each) for b in bins.values()), default=1)
        gap = min(4.4, 2.0 * 17 / max(tallest, 1))
        dots: dict[str, list[str]] = defaultdict(list)
        for place in sorted(bins):
            shades = sorted(bins[place])
            marks = [shades[i : i + each] for i in range(0, len(shades), each)]
            for k, mark in enumerate(marks):
                offset = (k + 1) // 2 * gap * (1 if k % 2 else -1)
                dots[_shade(sum(mark) / len(mark))].append(f"M{place * 4} {short(middle + offset)}h0")
        for style in sorted(dots):
            canvas.path("".join(dots[style]), f"dots {style}")


def _shade(value: float) -> str:
    return "sn" if value < 0 else f"s{min(4, int(value * 5))}"


def _quantile(values: tuple[float, ...], quarter: int) -> Number:
    """Return the value at a quarter of the sorted values (nearest rank)."""
    if not values:
        return Number(None, "amount")
    return Number(sorted(values)[round(quarter * (len(values) - 1) / 4)], "amount")
