"""Measurements with the error that a comparison of two samples needs: of each alone, not of all groups at once."""

from collections.abc import Callable

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.stats.change import Estimate, ratio_estimate
from xaikit.stats.intervals import wilson

COUNTS = ("selected", "people", "reference_selected", "reference_people")


def estimates_of(result: AuditResult) -> Callable[[Evidence], Estimate]:
    """Return what gives each measurement of an audit its own limits.

    The limits of an impact ratio in a report hold for all groups together, and are the wider the more groups there
    are. A comparison corrects for many tests itself, by Holm: where the ratio is one of plain counts, its limits are
    made of these. A share of people that has no limits is one of a sample all the same.

    Parameters
    ----------
    result : AuditResult
        That says of which features rows are not independent: there the limits stay as they are.

    """
    apart = {e.about.get("sensitive") for e in result.measured("selection_rate") if "effective_n" in e.detail}

    def estimate(e: Evidence) -> Estimate:
        counts = [e.detail.get(name) for name in COUNTS] if e.measure == "impact_ratio" else []
        whole = [c for c in counts if isinstance(c, int) and c > 0]
        if len(whole) == len(COUNTS) and e.about.get("sensitive") not in apart and not e.detail.get("weighted"):
            return ratio_estimate(*whole)
        if e.low is None and e.unit == "rate" and e.n and e.value is not None:
            low, high = wilson(e.value * e.n, e.n)
            return Estimate(e.value, float(low), float(high))
        return Estimate(e.value or 0.0, e.low, e.high)

    return estimate
