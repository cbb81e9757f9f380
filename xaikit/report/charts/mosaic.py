"""Small pictures in rows, each with its number: what drives the channels of a net."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xaikit.report.blocks import Column, Drawing, Row
from xaikit.report.charts.svg import Canvas, cut, short
from xaikit.report.language import Language
from xaikit.report.text import Number, Text, say

PNG = re.compile(r"data:image/png;base64,[A-Za-z0-9+/]{1,65536}={0,2}\Z")
"""What may stand in the page as a picture; anything else is left out."""
LARGEST = 56.0


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture.

    Parameters
    ----------
    picture : str
        A `data:` URI of a PNG.
    number : Number
        Written under it.
    place : Text
        Where it comes from, in words.
    across, down : int
        Its size, of which the ratio is kept.
    """

    picture: str
    number: Number
    place: Text
    across: int
    down: int


@dataclass(frozen=True, slots=True)
class Mosaic:
    """Rows of pictures, each row under a name.

    Parameters
    ----------
    names : sequence of Text
        One a row.
    rows : sequence of sequence of Tile
        Strongest first.
    """

    names: Sequence[Text]
    rows: Sequence[Sequence[Tile]]

    def draw(self, width: int, language: Language) -> Drawing:
        """Return the chart drawn `width` units wide."""
        canvas = Canvas(width)
        most = max((len(r) for r in self.rows), default=1)
        left = min(110.0, width * 0.25)
        step = min((width - left) / most, LARGEST + 20)
        side = min(step - 8, LARGEST)
        for i, (name, tiles) in enumerate(zip(self.names, self.rows, strict=True)):
            top = i * (side + 26)
            canvas.text(0, top + side / 2 + 4, cut(language.plain(name), left - 8, 12), "ax")
            for j, tile in enumerate(tiles):
                x = left + j * step
                _picture(canvas, tile, x, top, side)
                canvas.text(x + side / 2, top + side + 14, language.plain(tile.number), "ax", end="middle")
        return canvas.drawing(len(self.rows) * (side + 26) + 2)

    def twin(self) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
        """Return the same numbers, and in words where every picture comes from."""
        columns = (Column(say("channel"), numeric=False), Column(say("activation")), Column(say("place"), False))
        rows = tuple(
            Row((name, tile.number, tile.place), tile.number.evidence)
            for name, tiles in zip(self.names, self.rows, strict=True)
            for tile in tiles
        )
        return columns, rows


def _picture(canvas: Canvas, tile: Tile, x: float, y: float, side: float) -> None:
    scale = side / max(tile.across, tile.down, 1)
    w, h = tile.across * scale, tile.down * scale
    box = f'x="{short(x + (side - w) / 2)}" y="{short(y + (side - h) / 2)}" width="{short(w)}" height="{short(h)}"'
    canvas.rect(x + (side - w) / 2, y + (side - h) / 2, w, h, "white")
    if PNG.match(tile.picture):
        canvas.parts.append(
            f'<image {box} preserveAspectRatio="none" image-rendering="pixelated" href="{tile.picture}"/>'
        )
    edge = f"M{short(x + (side - w) / 2)} {short(y + (side - h) / 2)}h{short(w)}v{short(h)}h{short(-w)}z"
    canvas.parts.append(f'<path d="{edge}" class="grid" fill="none"/>')
