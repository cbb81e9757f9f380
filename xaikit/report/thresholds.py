"""The bounds that the profiles set, as lines in charts; without a profile there are none."""

from xaikit.core.result import AuditResult
from xaikit.report.charts.intervals import Line
from xaikit.report.text import Number, say


def lines(result: AuditResult, measure: str) -> tuple[Line, ...]:
    """Return one line for each different bound that a criterion sets on a measure."""
    found = {
        bound
        for profile in result.profiles
        for criterion in profile.criteria
        if criterion.measure == measure
        for name, bound in criterion.bounds.items()
        if name in ("ratio", "bound", "at_least", "at_most", "low", "high", "min", "max")
    }
    return tuple(Line(b, say("bound {bound}", bound=Number(b, "bound")), strong=True) for b in sorted(found))


def shade(bounds: tuple[Line, ...]) -> tuple[float, float] | None:
    """Return the range below the lowest bound under parity, to be tinted."""
    below = [b.at for b in bounds if b.at < 1]
    return (0.0, max(below)) if below else None
