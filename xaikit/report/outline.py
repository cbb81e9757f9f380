"""The sections of a report in their order; each is one file of `sections/`, or an entry point."""

import sys

from xaikit.core import plugin
from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block

LAST = 1000


def outline(result: AuditResult) -> list[list[Block]]:
    """Return the blocks of every section that has something to show, in order of the sections' `ORDER`."""
    plugins = [plugin.load("sections", name, "report") for name in plugin.names("sections")]
    plugins.sort(key=lambda p: (_order(p), p.name))
    parts = (list(p.function(result)) for p in plugins)
    return [part for part in parts if part]


def _order(found: plugin.Plugin) -> int:
    order: int = getattr(sys.modules[found.function.__module__], "ORDER", LAST)
    return order
