"""The ways of a counterfactual explanation as a table."""

from xaikit.core.alternative import ENGINE
from xaikit.core.explanation import Explanation
from xaikit.report.blocks import Column, Row, Table
from xaikit.report.text import Number, Prose, say

SHOWN = 30


def has_alternatives(explanation: Explanation) -> bool:
    """Return whether an explanation holds ways in place of attributions."""
    return explanation.engine == ENGINE


def table(explanation: Explanation) -> Table:
    """Return the ways of the first rows: what changes, the score then, the cost, how usual the changed row is."""
    columns = (
        Column(say("row"), numeric=False),
        Column(say("changes"), numeric=False),
        Column(say("score then")),
        Column(say("cost")),
        Column(say("real rows that are less usual")),
    )
    rows = []
    for name, ways, reached in zip(explanation.rows, explanation.alternatives, _reached(explanation), strict=True):
        if not ways:
            told = say("accepted as it is") if reached else say("no recourse within the stated constraints")
            rows.append(Row((name, told, *(Number(None, kind) for kind in ("score", "ratio", "percent")))))
        for way in ways:
            shown = (Number(way.score, "score"), Number(way.cost, "ratio"), Number(way.plausibility, "percent"))
            rows.append(Row((name, Prose(str(way)), *shown)))
    note = say("It says what this model would have accepted; it is not advice, and no promise.")
    return Table(say("Ways to be accepted"), columns, tuple(rows[:SHOWN]), note, name="ways")


def _reached(explanation: Explanation) -> list[bool]:
    converged = explanation.converged
    return [False] * len(explanation) if converged is None else [bool(c.all()) for c in converged]
