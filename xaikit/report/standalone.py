"""Every chart as a file of its own: title, axes and source drawn into it, colours resolved, nothing fetched."""

import re
from collections.abc import Iterable, Iterator

from markupsafe import escape

from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block, Callout, Card, Cards, Chart, Details, Drawing, Opening
from xaikit.report.charts.svg import text_width
from xaikit.report.html import HATCH, style_sheet
from xaikit.report.labels import labelled
from xaikit.report.language import Language
from xaikit.report.languages import language
from xaikit.report.outline import outline
from xaikit.report.text import Text
from xaikit.report.writer import WIDE, describe

MARGIN = 20
LINES = {"title": (17, 23, "b"), "axes": (12, 17, "mu"), "source": (12, 17, "mu")}
"""Size, height and class of the lines around a chart."""


def charts(result: AuditResult) -> dict[str, str]:
    """Return every chart of the report as an SVG file of its own, by file name, in the light colours."""
    spoken = language(result)
    found = (c for part in outline(labelled(result)) for c in every(part) if isinstance(c, Chart))
    return {f"{i + 1:02d}-{slug(chart.name)}.svg": alone(chart, spoken) for i, chart in enumerate(found)}


def every(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks and all that they hold."""
    for b in blocks:
        yield b
        if isinstance(b, Card | Callout | Details):
            yield from every(b.body)
        elif isinstance(b, Cards):
            yield from every(b.items)
        elif isinstance(b, Opening) and b.chart is not None:
            yield b.chart


def slug(name: str) -> str:
    """Return a name that is safe as the name of a file everywhere.

    Examples
    --------
    >>> slug("selection-rate-sex×race/../x")
    'selection-rate-sex-race-x'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "table"


def alone(chart: Chart, spoken: Language) -> str:
    """Return a chart as SVG with its title above and its source under it."""
    drawing = chart.figure.draw(WIDE, spoken)
    above, top = _lines([("title", chart.title), ("axes", chart.subtitle)], 0.0, spoken)
    below, height = _lines([("source", chart.source)], top + 12 + drawing.height, spoken)
    title, told = spoken.plain(chart.title), describe(chart.figure.twin()[1], spoken)
    return _file(drawing, f"{above}{below}", top + 12, height + 8, (title, told), spoken)


def _file(drawing: Drawing, words: str, top: float, height: float, told: tuple[str, str], spoken: Language) -> str:
    wide, high = drawing.width + 2 * MARGIN, round(height + 2 * MARGIN)
    pattern = HATCH[HATCH.index("<defs>") : HATCH.index("</svg>")]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
        f'xml:lang="{spoken.code}" role="img" aria-labelledby="t d">'
        f'<title id="t">{escape(told[0])}</title><desc id="d">{escape(told[1])}</desc>'
        f"<style>{_style()}</style>{resolved(pattern)}"
        f'<rect class="paper" width="{wide}" height="{high}"/>'
        f'<g transform="translate({MARGIN} {MARGIN})">{words}'
        f'<g transform="translate(0 {top:g})">{drawing.body}</g></g></svg>\n'
    )


def _lines(parts: list[tuple[str, Text | None]], y: float, spoken: Language) -> tuple[str, float]:
    """Return texts set line by line from `y` on, and where they end."""
    out = []
    for kind, text in parts:
        size, step, style = LINES[kind]
        for line in _broken(spoken.plain(text), size, kind == "title") if text is not None else []:
            y += step
            out.append(f'<text x="0" y="{y - 5:g}" class="{style}" style="font-size:{size}px">{escape(line)}</text>')
    return "".join(out), y


def _broken(text: str, size: float, bold: bool) -> list[str]:
    """Return a text in lines that fit the width of a chart."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, 0.64 if bold else 0.56) <= WIDE:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _style() -> str:
    """Return the rules of charts with every colour in place."""
    sheet = style_sheet()
    rules = sheet[sheet.index("svg text{") : sheet.index(".scroll{")]
    return resolved(rules).replace("\n", "").replace("&", "&amp;").replace("<", "&lt;")


def resolved(rules: str) -> str:
    """Return rules of style with the light colours in place of their variables."""
    sheet = style_sheet()
    light: dict[str, str] = dict(re.findall(r"--([\w-]+):([^;}]+)", sheet[: sheet.index("}")]))
    return re.sub(r"var\(--([\w-]+)\)", lambda m: light.get(m[1]) or light["paper"], rules)
