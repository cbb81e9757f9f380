"""Two audits: what improved, what worsened, and what is unchanged within error."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from xaikit.auditing.estimates import estimates_of
from xaikit.auditing.matching import matched, turned
from xaikit.auditing.pairing import GAPS, LOGS, People, Rows, aligned, pairing_of, side_of
from xaikit.core.comparison import Compared, Comparison
from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.stats.change import Change, Estimate, change
from xaikit.stats.paired import Side, paired_change
from xaikit.stats.paired_calibration import Binned, binned_change
from xaikit.stats.tests import holm

IDEALS: Mapping[str, float] = MappingProxyType(
    {
        "accuracy": 1.0,
        "accuracy_difference": 0.0,
        "attribute_flip_to_favourable": 0.0,
        "attribute_flip_to_unfavourable": 0.0,
        "auc": 1.0,
        "equal_opportunity_difference": 0.0,
        "equalized_odds_difference": 0.0,
        "expected_calibration_error": 0.0,
        "impact_ratio": 1.0,
        "mantel_haenszel_or": 1.0,
        "predictive_parity_difference": 0.0,
        "recourse_cost_gap": 0.0,
        "scoring_impact_ratio": 1.0,
    }
)
"""The measures that are compared, and the value that would be best."""
OTHER_BINS = "the two audits cut the scores into different bins"


def compare(before: AuditResult, after: AuditResult, *, rows: Rows | None = None, alpha: float = 0.05) -> Comparison:
    """Return what changed between two audits: model versions, mitigations or periods.

    Parameters
    ----------
    before, after : AuditResult
        Of the same features; the groups that only one of them has are listed apart.
    rows : (Decisions, Decisions), optional
        The rows that each of them judged. Where they are the same people, changes are tested row by row; without
        them, as if the two audits were of different people, which finds less.
    alpha : float
        Family-wise level of the tests (Holm over everything compared).

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> import pandas as pd, xaikit as xk
    >>> roles = xk.Roles(decision="hired", sensitive=["sex"], id="who")
    >>> people = pd.DataFrame({"who": range(800), "sex": ["f", "m"] * 400})
    >>> old, new = people.assign(hired=[0, 1, 1, 1] * 200), people.assign(hired=[0, 1, 0, 1, 1, 1, 0, 1] * 100)
    >>> rows = xk.Decisions.of(old, roles), xk.Decisions.of(new, roles)
    >>> found = compare(xk.audit(old, roles=roles), xk.audit(new, roles=roles), rows=rows)
    >>> found.compared[0].outcome, round(found.compared[0].difference, 3), found.compared[0].paired
    ('worsened', 0.5, True)
    """
    found = matched(before, after, IDEALS, LOGS, GAPS)
    same = aligned(before, after, rows)
    estimates = estimates_of(before), estimates_of(after)
    changes = [_change((a, b), estimates, same) for a, b, _ in found.both]
    plain = [min(1.0, c.p * among) for (c, _, _), (_, _, among) in zip(changes, found.both, strict=True)]
    adjusted = holm(plain).tolist() if changes else []
    compared = [
        Compared(a, b, c.difference, c.low, c.high, p, _outcome(c, p, alpha), paired, because)
        for (a, b, _), (c, paired, because), p in zip(found.both, changes, adjusted, strict=True)
    ]
    rank = {"worsened": 0, "improved": 1, "unchanged": 2}
    compared.sort(key=lambda c: (rank[c.outcome], c.p, c.before.id))
    verdicts, lost = turned(before, after)
    return Comparison(
        before,
        after,
        tuple(compared),
        verdicts,
        found.only_before,
        found.only_after,
        alpha,
        pairing_of(before, after, rows),
        lost,
    )


def _change(
    pair: tuple[Evidence, Evidence],
    estimates: tuple[Callable[[Evidence], Estimate], Callable[[Evidence], Estimate]],
    people: tuple[People, People] | None,
) -> tuple[Change, bool, str]:
    """Return the change of one measure, whether it was tested row by row, and why not where it might have been."""
    before, after = pair
    ideal, logs = IDEALS[before.measure], before.measure in LOGS
    why = ""
    if people is not None:
        found = _row_by_row(
            side_of(before, people[0]), side_of(after, people[1]), ideal, people[0].rows.cluster, logs
        )
        if isinstance(found, Change):
            return found, True, ""
        why = found
    return change(estimates[0](before), estimates[1](after), ideal, ratio=logs), False, why


def _row_by_row(
    first: Side | Binned | str,
    second: Side | Binned | str,
    ideal: float,
    cluster: NDArray[np.intp] | None,
    logs: bool,
) -> Change | str:
    if isinstance(first, str) or isinstance(second, str):
        return first if isinstance(first, str) else str(second)
    if isinstance(first, Binned) and isinstance(second, Binned):
        same = len(first.means) == len(second.means)
        return binned_change(first, second, cluster) if same else OTHER_BINS
    assert isinstance(first, Side)
    assert isinstance(second, Side)
    return paired_change(first, second, ideal, logs=logs, cluster=cluster)


def _outcome(found: Change, p: float, alpha: float) -> str:
    if p >= alpha:
        return "unchanged"
    return "improved" if found.nearer else "worsened"
