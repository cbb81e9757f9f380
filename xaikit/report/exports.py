"""Every table as CSV, every chart as SVG, and a model card: the report in pieces, for other documents."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

import yaml

from xaikit.core.evidence import Verdict
from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block, Callout, Card, Cards, Cell, Chart, Column, Details, Mark, Opening, Row, Table
from xaikit.report.html import HATCH, style_sheet
from xaikit.report.language import Language
from xaikit.report.languages import language
from xaikit.report.markdown import escaped, markdown
from xaikit.report.outline import outline
from xaikit.report.sections import error_rates, fairness, not_established, verdict, who_was_audited
from xaikit.report.text import Interval, Number, say
from xaikit.report.writer import VERDICTS, WIDE, describe, svg

FORMULA = re.compile(r"^[=+@\t\r]|^-\D")


def tables(result: AuditResult) -> dict[str, str]:
    """Return every table of the report as CSV, by file name; charts give the table of their numbers.

    Numbers are written in full; a value that a spreadsheet would execute is written as text.
    """
    spoken = language(result)
    out = {}
    for i, (name, columns, rows) in enumerate(_tables(block for part in outline(result) for block in part)):
        out[f"{i + 1:02d}-{slug(name)}.csv"] = _csv(columns, rows, spoken)
    return out


def charts(result: AuditResult) -> dict[str, str]:
    """Return every chart of the report as an SVG file of its own, by file name, in the light colours."""
    spoken = language(result)
    out = {}
    found = (c for part in outline(result) for c in _every(part) if isinstance(c, Chart))
    for i, chart in enumerate(found):
        title, drawing = spoken.plain(chart.title), chart.figure.draw(WIDE, spoken)
        inner = svg(drawing, title, describe(chart.figure.twin()[1], spoken), "c", lean=False)
        out[f"{i + 1:02d}-{slug(chart.name)}.svg"] = _alone(str(inner), drawing.width, drawing.height)
    return out


def model_card(result: AuditResult) -> str:
    """Return a model card in Markdown with YAML metadata, as model hubs read it.

    References
    ----------
    Mitchell, M. et al. (2019). Model cards for model reporting. FAT* 2019, 220–229.
    """
    spoken = language(result)
    name = str(result.provenance.model.get("name") or result.title)
    meta = {
        "language": spoken.code,
        "tags": ["xaikit", "fairness", "explainability", "audit"],
        "model_name": name,
        "audit": {
            "verdict": str(result.verdict),
            "profiles": [p.id for p in result.profiles],
            "created": result.provenance.created,
            "hashes": dict(result.provenance.hashes),
        },
    }
    front = yaml.safe_dump(meta, sort_keys=False, allow_unicode=True, width=1000)
    parts = [verdict, who_was_audited, fairness, error_rates, not_established]
    body = [markdown(part.blocks(result), spoken) for part in parts]
    use = spoken.plain(
        say("Intended use: to be stated by whoever publishes the model. This card holds what was measured.")
    )
    said = spoken.plain(VERDICTS[Verdict(result.verdict)])
    head = f"# {escaped(name)}\n\n{escaped(use)}\n\n{escaped(said)}"
    return f"---\n{front}---\n\n" + "\n\n".join([head, *filter(None, body)]) + "\n"


def slug(name: str) -> str:
    """Return a name that is safe as the name of a file everywhere.

    Examples
    --------
    >>> slug("selection-rate-sex×race/../x")
    'selection-rate-sex-race-x'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "table"


def _every(blocks: Iterable[Block]) -> Iterator[Block]:
    for b in blocks:
        yield b
        if isinstance(b, Card | Callout | Details):
            yield from _every(b.body)
        elif isinstance(b, Cards):
            yield from _every(b.items)
        elif isinstance(b, Opening) and b.chart is not None:
            yield b.chart


def _tables(blocks: Iterable[Block]) -> Iterator[tuple[str, Sequence[Column], Sequence[Row]]]:
    for b in _every(blocks):
        if isinstance(b, Table):
            yield b.name, b.columns, b.rows
        elif isinstance(b, Chart):
            yield (b.name, *b.figure.twin())


def _csv(columns: Sequence[Column], rows: Sequence[Row], spoken: Language) -> str:
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow([_safe(spoken.plain(c.head)) for c in columns])
    for row in rows:
        write.writerow([_value(c, spoken) for c in row.cells])
    return out.getvalue()


def _value(cell: Cell, spoken: Language) -> str:
    if isinstance(cell, Mark):
        return spoken.plain(VERDICTS[cell.verdict])
    if isinstance(cell, Number):
        return "" if cell.value is None else repr(cell.value)
    if isinstance(cell, Interval):
        return "" if cell.low is None else f"{cell.low!r} to {cell.high!r}"
    return _safe(spoken.plain(cell))


def _safe(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text


def _alone(inner: str, width: int, height: int) -> str:
    style = _chart_style(style_sheet())
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    pattern = HATCH[HATCH.index("<defs>") : HATCH.index("</svg>")]
    opened = inner.replace("<svg ", head, 1)
    cut = opened.index(">") + 1
    return f"{opened[:cut]}<style>{style}</style>{pattern}{opened[cut:]}\n"


def _chart_style(sheet: str) -> str:
    """Return the light colours and the rules of charts."""
    colours = sheet[sheet.index("--paper") : sheet.index("}")]
    rules = sheet[sheet.index("svg text{") : sheet.index(".scroll{")]
    return f"svg{{{colours}}}{rules}".replace("\n", "").replace("&", "&amp;").replace("<", "&lt;")
