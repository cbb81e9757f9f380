"""Generated rows beside the real ones: how alike they are, for every group, and whether they repeat real people."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block, Column, Heading, Paragraph, Row, Table
from xaikit.report.measures import interval, name_of, value
from xaikit.report.text import Number, say

ORDER = 65
WHOLE = ("two_sample_auc", "correlation_drift", "exact_copies", "nearest_record_share")
BY_GROUP = ("group_rate_drift", "group_selection_drift")


def blocks(result: AuditResult) -> list[Block]:
    """Return likeness and leaks of the whole table, then drifts by group."""
    whole = [e for m in WHOLE for e in result.measured(m)]
    by_group = [e for m in BY_GROUP for e in result.measured(m)]
    if not whole:
        return []
    lead = say(
        "An area of 0.5 means that nothing tells generated rows from real ones, 1 that they are always told apart. "
        "Generated rows that lie nearer to real people than real people lie to each other repeat them."
    )
    out: list[Block] = [
        Heading(2, say("Generated rows beside the real ones"), "synthetic-data"),
        Paragraph(lead, "lead"),
        _table(whole, False),
    ]
    return [*out, _table(by_group, True)] if by_group else out


def _table(found: list[Evidence], by_group: bool) -> Table:
    head = (Column(say("group"), numeric=False),) if by_group else ()
    columns = (
        *head,
        Column(say("measure"), numeric=False),
        Column(say("value")),
        Column(say("95% interval")),
        Column(say("n")),
    )
    rows = tuple(_row(e, by_group) for e in found)
    caption = say("Drift of every group") if by_group else say("Likeness and leaks")
    return Table(caption, columns, rows, name="synthetic-groups" if by_group else "synthetic")


def _row(e: Evidence, by_group: bool) -> Row:
    group = (f"{e.about.get('sensitive', '')} {e.about.get('group', '')}",) if by_group else ()
    return Row((*group, name_of(e.measure), value(e), interval(e), Number(e.n, "count", e.id, "n")), e.id)
