"""The sections of a report in their order; each is one file of `sections/`, or an entry point."""

import sys
from collections.abc import Iterable
from typing import get_args

from xaikit.core import plugin
from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block, Heading, Opening, Paragraph
from xaikit.report.numbers import short_digest
from xaikit.report.text import Prose, say

LAST = 1000


def outline(result: AuditResult) -> list[list[Block]]:
    """Return the blocks of every section that has something to show, in order of the sections' `ORDER`.

    A section of another package that breaks is shown as such, and stops no report.
    """
    plugins = [plugin.offered("sections", name) for name in plugin.names("sections")]
    plugins.sort(key=lambda p: (_order(p), p.name))
    parts = (_blocks(p, result) for p in plugins)
    return [part for part in parts if part]


def _blocks(found: plugin.Plugin, result: AuditResult) -> list[Block]:
    try:
        return _whole(found.function(result))
    except Exception as error:
        if plugin.is_ours("sections", found.name):
            raise
        told = say(
            "The section {name}, of another package, could not be shown: {error}",
            name=found.name,
            error=Prose(str(error)),
        )
        return [Heading(2, found.name, f"section-{short_digest(found.name)}"), Paragraph(told)]


def _whole(blocks: Iterable[Block]) -> list[Block]:
    out = list(blocks)
    for block in out:
        if not isinstance(block, get_args(Block)):
            raise TypeError(f"a {type(block).__name__} is no block of a report")
    if out and not isinstance(out[0], (Heading, Opening)):
        raise TypeError("the first block of a section is its heading")
    return out


def _order(found: plugin.Plugin) -> int:
    order: int = getattr(sys.modules[found.function.__module__], "ORDER", LAST)
    return order
