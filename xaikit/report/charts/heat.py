"""A field of values, such as the pixels of a picture or the steps of a series: colour is the sign, depth the size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xaikit.report.blocks import Column, Drawing, Row
from xaikit.report.charts.svg import Canvas, cut, short
from xaikit.report.language import Language
from xaikit.report.text import Number, Text, say

DEPTHS = 6
MOST_CELLS = 48
"""Cells along one side; finer fields are drawn as means of their cells."""
STRONGEST = 12
SIDE = 420.0
"""Width of a picture with values over it, where there is room."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """A field of attribution values, beside what was explained.

    Parameters
    ----------
    values : float array, shape (height, width)
        Up (blue) and down (orange); the deeper, the larger.
    picture : float array, shape (height, width), or None
        What was explained, in shades of grey.
    rows : sequence of str
        Names of the rows, where they have names (channels); their values are then drawn as bands.
    across, down : Text
        What the two directions are, for the table.
    place : str
        What the strongest cell (of named rows, the strongest column) is tied to, for the sentence that points at it.
    over : bool
        Draw the values over the picture, half transparent, and not beside it.
    """

    values: Floats
    picture: Floats | None = None
    rows: Sequence[str] = ()
    across: Text = "x"
    down: Text = "y"
    place: str = ""
    over: bool = False

    @property
    def strongest(self) -> tuple[int, int]:
        """Row and column of the strongest cell; of named rows, of the strongest column."""
        size = np.abs(self.values)
        if self.rows:
            x = int(size.sum(axis=0).argmax())
            return int(size[:, x].argmax()), x
        place = np.unravel_index(int(size.argmax()), size.shape)
        return int(place[0]), int(place[1])

    def _ring(
        self, canvas: Canvas, left: float, top: float, across: float, down: float, shape: tuple[int, ...]
    ) -> None:
        """Frame the strongest cell, or column."""
        y, x = (at * new // old for at, new, old in zip(self.strongest, shape, self.values.shape, strict=True))
        if self.rows:
            y, down = 0, down * shape[0]
        if self.place:
            canvas.rect(left + x * across, top + y * down, across, down, "ring", evidence=self.place)

    def draw(self, width: int, language: Language) -> Drawing:
        """Return the chart drawn `width` units wide."""
        canvas = Canvas(width)
        field = _coarse(self.values)
        over = self.over and self.picture is not None and not self.rows
        beside = self.picture is not None and not canvas.narrow and not over
        left = 0.0 if not self.rows else min(110.0, width * 0.25)
        room = (width - left - (24 if beside else 0)) / (2 if beside else 1)
        across = min(room / field.shape[1], 28.0 if self.rows else max(10.0, SIDE / field.shape[1] if over else 0.0))
        down = 22.0 if self.rows else across
        top = 0.0
        for i, name in enumerate(self.rows):
            canvas.text(0, top + i * down + 15, cut(language.plain(name), left - 8, 12), "ax")
        if self.picture is not None and not self.rows:
            picture = _coarse(self.picture)
            low, span = float(picture.min()), float(np.ptp(picture)) or 1.0
            canvas.rect(0, top, picture.shape[1] * across, picture.shape[0] * down, "white")
            _cells(canvas, 1 - (picture - low) / span, 0.0, top, across, down, ("pic", "pic"))
            if not over:
                left, top = (room + 24, 0.0) if beside else (0.0, picture.shape[0] * down + 12)
        scale = float(np.abs(field).max()) or 1.0
        _cells(canvas, field / scale, left, top, across, down, ("up", "down"), 0.8 if over else 1.0)
        height = top + field.shape[0] * down
        edge = f"M{short(left)} {short(top)}h{short(field.shape[1] * across)}v{short(field.shape[0] * down)}"
        canvas.parts.append(f'<path d="{edge}h{short(-field.shape[1] * across)}z" class="grid" fill="none"/>')
        self._ring(canvas, left, top, across, down, field.shape)
        return canvas.drawing(height + 4)

    def twin(self) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
        """Return the strongest places as a table."""
        order = np.argsort(-np.abs(self.values), axis=None, kind="stable")[:STRONGEST]
        ys, xs = np.unravel_index(order, self.values.shape)
        places = dict.fromkeys(
            [*zip(ys.tolist(), xs.tolist(), strict=True), *([self.strongest] if self.place else [])]
        )
        lines = []
        for y, x in places:
            name = self.rows[y] if self.rows else str(y + 1)
            tied = self.place if (y, x) == self.strongest else ""
            lines.append(Row((name, str(x + 1), Number(float(self.values[y, x]), "amount")), tied))
        columns = (Column(self.down, numeric=False), Column(self.across), Column(say("attribution")))
        return columns, tuple(lines)


def _coarse(field: Floats) -> Floats:
    """Return the field with at most `MOST_CELLS` cells a side, each the mean of what it covers."""
    for axis in (0, 1):
        size = field.shape[axis]
        if size > MOST_CELLS:
            parts = np.array_split(np.arange(size), MOST_CELLS)
            field = np.stack([field.take(p, axis=axis).mean(axis=axis) for p in parts], axis=axis)
    return field


def _cells(
    canvas: Canvas,
    field: Floats,
    left: float,
    top: float,
    across: float,
    down: float,
    styles: tuple[str, str],
    deepest: float = 1.0,
) -> None:
    """Draw all cells of one colour and depth as one path; the deepest has the opacity `deepest`."""
    # over a picture the weakest is left out, or its noise would tint everything
    depth = (np.ceil if deepest == 1.0 else np.rint)(np.abs(field) * DEPTHS).astype(int)
    box = f"h{short(across + 0.3)}v{short(down + 0.3)}h{short(-across - 0.3)}z"
    for sign, style in ((1, styles[0]), (-1, styles[1])):
        for level in range(1, DEPTHS + 1):
            ys, xs = np.nonzero((depth == level) & (np.sign(field) == sign))
            if len(ys):
                d = "".join(
                    f"M{short(left + x * across)} {short(top + y * down)}{box}" for y, x in zip(ys, xs, strict=True)
                )
                canvas.parts.append(f'<path d="{d}" class="{style}" fill-opacity="{deepest * level / DEPTHS:.2f}"/>')
