"""How long it takes to render the report of an audit of a million streamed rows, beside writing its JSON.

`python -m tests.benchmarks report`; the goal is two seconds, and the page stays below a megabyte
(tests/report/test_size.py).
"""

import tempfile
from pathlib import Path

import xaikit
from tests.benchmarks.harness import Line, interleaved
from tests.benchmarks.streams import written
from xaikit.core import codec
from xaikit.core.result import AuditResult
from xaikit.report.html import render

SPEC = """\
title: A million decisions
data: {path: decisions.parquet, stream: true}
roles: {decision: hired, label: good, favourable: 1, sensitive: [race, age]}
profiles: [us_ugesp, nyc_ll144]
"""


def audited(folder: Path, rows: int = 1_000_000) -> AuditResult:
    """Return the audit of a streamed table with two features of six groups, and their 36 intersections."""
    written(folder / "decisions.parquet", rows)
    (folder / "audit.yaml").write_text(SPEC, "utf-8")
    return xaikit.audit(folder / "audit.yaml")


def lines(repeats: int = 3) -> list[Line]:
    """Return the time to render, against that to write the result as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        result = audited(Path(folder))
    cpu = interleaved({"page": lambda: render(result), "json": lambda: codec.dumps(result)}, repeats)
    size, ratio = len(render(result).encode()), cpu["page"] / cpu["json"]
    note = f"{len(result.evidence)} pieces of evidence, {size / 1000:.0f} kB; goal: below 2 s"
    task = "report of an audit of 1e6 rows"
    return [
        Line(task, "xaikit, page", cpu["page"], 1.0, 1.0, note=note),
        Line(task, "its JSON alone", cpu["json"], 1 / ratio, 1 / ratio),
    ]
