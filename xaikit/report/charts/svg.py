"""A canvas for SVG marks: coordinates are rounded, text is escaped, colours are classes of the style sheet."""

import unicodedata
from dataclasses import dataclass, field

from markupsafe import escape

from xaikit.report.blocks import Drawing
from xaikit.report.language import anchor

NARROW = 480
"""Below this width a chart is drawn for a telephone: names above their marks."""


def text_width(text: str, size: float = 14, em: float = 0.6) -> float:
    """Return about how wide a text is, in the unit of `size`; East Asian characters are a full em."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return size * (wide + em * (len(text) - wide))


BOLD = 0.68
"""Em width of a bold letter or digit in the widest of the fonts that are asked for."""


def cut(text: str, width: float, size: float = 14, em: float = 0.6) -> str:
    """Return `text`, shortened with … to about `width`."""
    if text_width(text, size, em) <= width:
        return text
    while text and text_width(text + "…", size, em) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def short(value: float) -> str:
    """Return a coordinate with at most one decimal."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


@dataclass(slots=True)
class Canvas:
    """Collects the marks of one chart."""

    width: int
    parts: list[str] = field(default_factory=list)

    @property
    def narrow(self) -> bool:
        """Whether the chart is drawn for a telephone."""
        return self.width < NARROW

    def rect(self, x: float, y: float, w: float, h: float, style: str, *, evidence: str = "", tip: str = "") -> None:
        """Draw a rectangle; `style` is a class of the style sheet."""
        shape = f'<rect x="{short(x)}" y="{short(y)}" width="{short(max(w, 0))}" height="{short(h)}"'
        self._add(shape, "rect", style, evidence, tip)

    def circle(self, x: float, y: float, r: float, style: str, *, evidence: str = "", tip: str = "") -> None:
        """Draw a disc."""
        self._add(f'<circle cx="{short(x)}" cy="{short(y)}" r="{short(r)}"', "circle", style, evidence, tip)

    def path(self, d: str, style: str, *, evidence: str = "", tip: str = "") -> None:
        """Draw a path."""
        self._add(f'<path d="{d}"', "path", style, evidence, tip)

    def line(self, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
        """Draw a straight line."""
        self.parts.append(f'<path d="M{short(x1)} {short(y1)}L{short(x2)} {short(y2)}" class="{style}"/>')

    def text(self, x: float, y: float, text: str, style: str = "", *, end: str = "start") -> None:
        """Write a text; `end` is "start", "middle" or "end"."""
        if text:
            at = "" if end == "start" else f' text-anchor="{end}"'
            look = f' class="{style}"' if style else ""
            self.parts.append(f'<text x="{short(x)}" y="{short(y)}"{at}{look}>{escape(text)}</text>')

    def drawing(self, height: float) -> Drawing:
        """Return what was drawn."""
        return Drawing("".join(self.parts), self.width, round(height))

    def _add(self, shape: str, tag: str, style: str, evidence: str, tip: str) -> None:
        data = f' data-e="{anchor(evidence)}"' if evidence else ""
        if tip:
            self.parts.append(f'{shape} class="{style}"{data}><title>{escape(tip)}</title></{tag}>')
        else:
            self.parts.append(f'{shape} class="{style}"{data}/>')
