"""A canvas for SVG marks: coordinates are rounded, text is escaped, colours are classes of the style sheet."""

import unicodedata
from dataclasses import dataclass, field

from markupsafe import escape

from xaikit.core.evidence import JOIN
from xaikit.report.blocks import Drawing
from xaikit.report.language import anchor

NARROW = 480
"""Below this width a chart is drawn for a telephone: names above their marks."""


def text_width(text: str, size: float = 14, em: float = 0.6) -> float:
    """Return about how wide a text is, in the unit of `size`; East Asian characters are a full em."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return size * (wide + em * (len(text) - wide))


ENDS = {"start": "", "middle": " m", "end": " e"}
BOLD = 0.68
"""Em width of a bold letter or digit in the widest of the fonts that are asked for."""


def cut(text: str, width: float, size: float = 14, em: float = 0.6) -> str:
    """Return `text`, shortened with … to about `width`."""
    if text_width(text, size, em) <= width:
        return text
    while text and text_width(text + "…", size, em) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def halved(name: str, width: float) -> tuple[str, str]:
    """Return a name in two lines where it is too long for one: the last of the joined parts on the second.

    Examples
    --------
    >>> halved("man × Pacific Islander × 40 to 49", 240)
    ('man × Pacific Islander', '× 40 to 49')
    """
    head, mark, last = name.rpartition(f" {JOIN} ")
    if not mark or text_width(name, em=BOLD) <= width:
        return name, ""
    return head, f"{JOIN} {last}"


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

    def lines(self, ends: "list[tuple[float, float, float, float]]", style: str) -> None:
        """Draw straight lines as one mark."""
        d = "".join(_line(*map(short, four)) for four in ends)
        if d:
            self.parts.append(f'<path d="{d}" class="{style}"/>')

    def whisker(self, left: float, right: float, y: float, style: str) -> None:
        """Draw an interval with its two caps."""
        one, other, up = short(left), short(right), short(y - 5)
        self.parts.append(f'<path d="M{one} {up}v10M{other} {up}v10M{one} {short(y)}H{other}" class="{style}"/>')

    def line(self, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
        """Draw a straight line."""
        self.lines([(x1, y1, x2, y2)], style)

    def text(self, x: float, y: float, text: str, style: str = "", *, end: str = "start") -> None:
        """Write a text; `end` is "start", "middle" or "end"."""
        if text:
            style = f"{style}{ENDS[end]}".strip()
            look = f' class="{style}"' if style else ""
            self.parts.append(f'<text x="{short(x)}" y="{short(y)}"{look}>{escape(text)}</text>')

    def drawing(self, height: float) -> Drawing:
        """Return what was drawn."""
        return Drawing("".join(self.parts), self.width, round(height))

    def _add(self, shape: str, tag: str, style: str, evidence: str, tip: str) -> None:
        # telephones have no pointer that hovers, and tables under the chart hold the same numbers
        tip, evidence = ("", "") if self.narrow else (tip, evidence)
        data = f' data-e="{anchor(evidence)}"' if evidence else ""
        if tip:
            self.parts.append(f'{shape} class="{style}"{data}><title>{escape(tip)}</title></{tag}>')
        else:
            self.parts.append(f'{shape} class="{style}"{data}/>')


def _line(x1: str, y1: str, x2: str, y2: str) -> str:
    if x1 == x2:
        return f"M{x1} {y1}V{y2}"
    return f"M{x1} {y1}H{x2}" if y1 == y2 else f"M{x1} {y1}L{x2} {y2}"
