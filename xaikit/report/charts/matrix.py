"""A matrix of two features: a rate in every cell, its n under it."""

from collections.abc import Mapping
from dataclasses import dataclass

from xaikit.report import numbers
from xaikit.report.blocks import Column, Drawing, Row
from xaikit.report.charts.svg import BOLD, Canvas, cut, halved, text_width
from xaikit.report.language import Language
from xaikit.report.text import Listed, Number, Text, say, told

STEPS = 6


@dataclass(frozen=True, slots=True)
class Tile:
    """A cell; without a value it is hatched."""

    value: float | None
    n: int | None = None
    evidence: str = ""
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Values over two features; the darker, the higher above `floor`."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    tiles: Mapping[tuple[str, str], Tile]
    head: Text
    kind: str = "percent"
    floor: float = 0.0

    def draw(self, width: int, language: Language) -> Drawing:
        """Return the chart drawn `width` units wide."""
        canvas = Canvas(width)
        widest = max((text_width(told(r), em=BOLD) for r in self.rows), default=0.0)
        left = min(110.0 if canvas.narrow else 220.0, widest + 12)
        cell = min((width - left) / max(len(self.columns), 1), 170.0)
        for j, column in enumerate(self.columns):
            canvas.text(left + (j + 0.5) * cell, 16, cut(language.plain(column), cell - 6, 13), "b", end="middle")
        for i, row in enumerate(self.rows):
            head, rest = halved(language.plain(row), left - 8)
            canvas.text(0, 24 + i * 54 + (22 if rest else 30), cut(head, left - 8, em=BOLD), "b")
            canvas.text(0, 24 + i * 54 + 40, cut(rest, left - 8, em=BOLD), "b")
            for j, column in enumerate(self.columns):
                name = f"{told(row)}, {told(column)}"
                self._tile(canvas, left + j * cell, 24 + i * 54, cell, self.tiles.get((row, column)), name)
        return canvas.drawing(24 + 54 * len(self.rows) + 4)

    def twin(self) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
        """Return the same numbers as a table."""
        columns = (Column(self.head, numeric=False), *(Column(c) for c in self.columns))
        return columns, tuple(Row((r, *(self._cell(r, c) for c in self.columns))) for r in self.rows)

    def _cell(self, row: str, column: str) -> Text:
        tile = self.tiles.get((row, column))
        if tile is None:
            return say("nobody")
        value = Number(tile.value, self.kind, tile.evidence)
        n = say("(n = {n})", n=Number(tile.n, "count", tile.evidence, "n"))
        return Listed((value, n), " ")

    def _tile(self, canvas: Canvas, x: float, y: float, cell: float, tile: Tile | None, name: str) -> None:
        if tile is None or tile.value is None:
            canvas.rect(x + 1, y, cell - 2, 52, "hatch", evidence=tile.evidence if tile else "")
            return
        tip = f"{name}: {numbers.formatted(tile.value, self.kind)}"
        canvas.rect(x + 1, y, cell - 2, 52, f"q{self._step(tile.value)}", evidence=tile.evidence, tip=tip)
        canvas.text(x + cell / 2, y + 24, numbers.formatted(tile.value, self.kind), "v", end="middle")
        if tile.n is not None:
            canvas.text(x + cell / 2, y + 42, f"n = {numbers.count(tile.n)}", "ax", end="middle")

    def _step(self, value: float) -> int:
        highest = max((t.value for t in self.tiles.values() if t.value is not None), default=1.0) or 1.0
        span = max(highest - self.floor, 1e-12)
        return min(STEPS - 1, max(0, int((value - self.floor) / span * STEPS)))
