"""From blocks to Markdown: plain tables in place of charts, every string of the data escaped."""

import re
from collections.abc import Sequence

from xaikit.report.blocks import (
    Block,
    Bullets,
    Callout,
    Card,
    Cards,
    Cell,
    Chart,
    Column,
    Details,
    Facts,
    Heading,
    Mark,
    Opening,
    Paragraph,
    Row,
    Table,
)
from xaikit.report.language import Language
from xaikit.report.text import Text
from xaikit.report.writer import VERDICTS

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#!])")


def escaped(text: str) -> str:
    r"""Return a text in which Markdown and HTML find nothing to do.

    Examples
    --------
    >>> escaped("a|b <c>")
    'a\\|b \\<c\\>'
    """
    return _SPECIAL.sub(r"\\\1", text)


def markdown(blocks: Sequence[Block], language: Language, deeper: int = 0) -> str:
    """Return blocks as Markdown; headings are set `deeper` levels down."""
    return "\n\n".join(part for b in blocks if (part := _block(b, language, deeper)))


def _block(b: Block, language: Language, deeper: int) -> str:  # noqa: C901  one case a block reads best
    def text(t: Text) -> str:
        return escaped(language.plain(t))

    def inner(blocks: Sequence[Block]) -> str:
        return markdown(blocks, language, deeper)

    match b:
        case Heading():
            return f"{'#' * (b.level + deeper)} {text(b.text)}"
        case Paragraph():
            return text(b.text)
        case Bullets():
            return "\n".join(f"{f'{i}.' if b.ordered else '-'} {text(t)}" for i, t in enumerate(b.items, 1))
        case Facts():
            return "\n".join(f"- **{text(name)}:** {text(value)}" for name, value in b.items)
        case Table():
            return _table(b.caption, b.columns, b.rows, language)
        case Chart():
            return _table(b.title, *b.figure.twin(), language)
        case Cards():
            return inner(b.items)
        case Card():
            return f"**{_mark(b.mark, language)}: {text(b.title)}**\n\n{text(b.sentence)}"
        case Callout():
            return f"**{text(b.title)}**\n\n{inner(b.body)}"
        case Details():
            return inner(b.body)
        case Opening():
            return f"**{_mark(b.mark, language)}**\n\n{text(b.sentence)}\n\n{inner([Facts(b.facts)])}"


def _mark(mark: Mark, language: Language) -> str:
    return escaped(language.plain(VERDICTS[mark.verdict]))


def _cell(cell: Cell, language: Language) -> str:
    return _mark(cell, language) if isinstance(cell, Mark) else escaped(language.plain(cell))


def _table(caption: Text, columns: Sequence[Column], rows: Sequence[Row], language: Language) -> str:
    heads = " | ".join(escaped(language.plain(c.head)) for c in columns)
    rule = " | ".join("---:" if c.numeric else ":---" for c in columns)
    lines = [f"| {' | '.join(_cell(c, language) for c in r.cells)} |" for r in rows]
    return "\n".join([f"**{escaped(language.plain(caption))}**", "", f"| {heads} |", f"| {rule} |", *lines])
