"""A text with its words marked by what they did to the score."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xaikit.report.blocks import Column, Drawing, Row
from xaikit.report.charts.svg import Canvas, cut, text_width
from xaikit.report.language import Language, anchor
from xaikit.report.text import Number, clean, say

SIZE = 15.0
LINE = 30.0


@dataclass(frozen=True, slots=True)
class Passage:
    """Words in their order; blue moved the score up, orange down, the deeper the more.

    Parameters
    ----------
    words : sequence of str
        In the order of the text.
    values : sequence of float
        One a word.
    margins : sequence of float, optional
        Half the widths of their 95 % intervals.
    place : str
        What the strongest word is tied to, for the sentence that points at it.
    """

    words: Sequence[str]
    values: Sequence[float]
    margins: Sequence[float] | None = None
    place: str = ""

    def draw(self, width: int, language: Language) -> Drawing:
        """Return the chart drawn `width` units wide."""
        canvas = Canvas(width)
        largest = max((abs(v) for v in self.values), default=0.0) or 1.0
        x, y = 0.0, 0.0
        for i, (word, value) in enumerate(zip(self.words, self.values, strict=True)):
            shown = cut(language.plain(clean(word, 60)), width - 12, SIZE)
            wide = text_width(shown, SIZE, 0.56) + 8
            if x and x + wide > width:
                x, y = 0.0, y + LINE
            depth = np.ceil(abs(value) / largest * 5) / 5
            if depth > 0.2 or abs(value) == largest:
                style = "up" if value > 0 else "down"
                tie = f' data-e="{anchor(self.place)}"' if self.place and i == self._strongest else ""
                canvas.parts.append(
                    f'<rect x="{x:.1f}" y="{y + 2:.1f}" width="{wide - 2:.1f}" height="24" class="{style}"{tie} '
                    f'fill-opacity="{0.5 * depth:.2f}"/>'
                )
            canvas.text(x + 3, y + 19, shown, "b" if abs(value) == largest else "")
            x += wide
        return canvas.drawing(y + LINE)

    def twin(self) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
        """Return the same numbers as a table."""
        columns = [Column(say("word"), numeric=False), Column(say("attribution"))]
        if self.margins is not None:
            columns.append(Column(say("± 95%")))
        return tuple(columns), tuple(self._row(i) for i in range(len(self.words)))

    @property
    def _strongest(self) -> int:
        return int(np.abs(self.values).argmax())

    def _row(self, i: int) -> Row:
        value, place = Number(float(self.values[i]), "amount"), self.place if i == self._strongest else ""
        if self.margins is None:
            return Row((clean(self.words[i], 60), value), place)
        return Row((clean(self.words[i], 60), value, Number(float(self.margins[i]), "amount")), place)
