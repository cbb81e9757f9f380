"""The rungs of the ladder of evidence: each takes what was measured of one group and says how far it carries.

A rung is 0 (not established), 1 (supported, under what was declared) or 2 (established), with the reason in words.

References
----------
Mill, J. S. (1843). A System of Logic, book III. Pearl, J. (2009). Causality.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from xaikit.core.decisions import Decisions
from xaikit.core.groups import Groups
from xaikit.stats.adjustment import Adjusted, robustness_value
from xaikit.stats.tests import fisher

Bools = NDArray[np.bool_]


@dataclass(slots=True)
class Case:
    """One group against the rest, and what is found of it.

    Parameters
    ----------
    groups : Groups
        Of the sensitive feature.
    group : str
        The one.
    member, rows, selected : bool arrays, shape (n,)
        In the group; in any known group; selected.
    p : float
        Of Fisher's exact test, group against rest.
    adjusted : mapping of str to Adjusted
        By what was held equal.
    z_placebo, imbalance : float or None
        Root mean square z of groups drawn by lot; largest standardised difference of a confounder.
    control : Adjusted or None
        Adjusted gap in an outcome that the attribute cannot have moved.
    graph : bool
        Whether a declared graph says what is held equal.
    left_out : tuple of str
        Declared controls that the graph forbids to hold equal.
    """

    groups: Groups
    group: str
    member: Bools
    rows: Bools
    selected: Bools
    p: float
    adjusted: dict[str, Adjusted] = field(default_factory=dict)
    z_placebo: float | None = None
    imbalance: float | None = None
    control: Adjusted | None = None
    graph: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """Rate of the group less the rate of the rest."""
        inside, outside = self.selected[self.member], self.selected[self.rows & ~self.member]
        return float(inside.mean() - outside.mean())


def theory(case: Case, declared: Mapping[str, str]) -> tuple[int, str]:
    """Return whether a mechanism was declared."""
    text = declared.get(case.groups.name)
    if text is None:
        return 0, f"no theory of how {case.groups.name} would matter is declared"
    return 1, f"declared: {text}"


def covariation(case: Case, decisions: Decisions, p: float, alpha: float) -> tuple[int, str]:
    """Return whether group and decision vary together, beyond chance, in every stratum, whatever the unknown."""
    shown = f"gap {100 * case.gap:+.1f} points, p {p_value(p)} after correction"
    if not p < alpha:
        return 0, f"{shown}: chance alone would do that"
    against = _strata_against(case, decisions, alpha)
    if against:
        return 0, f"{shown}, but the gap is not of one sign over the declared strata: {against}"
    low, high = _bounds(case)
    if low <= 0 <= high:
        return 1, f"{shown}; it could vanish, were the {int((~case.rows).sum())} unknown people all of one kind"
    return 2, f"{shown}, of one sign wherever it can be told"


def _strata_against(case: Case, decisions: Decisions, alpha: float) -> str:
    """Return the strata whose gap has the opposite sign beyond chance, or whose sum does; empty where none."""
    sign, opposite, weighted, weights = np.sign(case.gap), [], 0.0, 0.0
    for column in decisions.roles.control:
        strata = decisions.groups(column)
        for i, stratum in enumerate(strata.names):
            here = (strata.codes == i) & case.rows
            a, b = here & case.member, here & ~case.member
            n, m = int(a.sum()), int(b.sum())
            if not n or not m:
                continue
            gap = float(case.selected[a].mean() - case.selected[b].mean())
            weight = n * m / (n + m)
            weighted, weights = weighted + weight * gap, weights + weight
            p = fisher(int(case.selected[a].sum()), n, int(case.selected[b].sum()), m)
            if gap * sign < 0 and p < alpha:
                opposite.append(f"{column} {stratum} ({100 * gap:+.1f})")
    found = [f"reversed in {', '.join(opposite[:4])}"] if opposite else []
    if weights and weighted * sign < 0:
        found.append(f"within strata it is {100 * weighted / weights:+.1f} points on average")
    return "; ".join(found)


def _bounds(case: Case) -> tuple[float, float]:
    """Return the least and the greatest gap over all ways in which the unknown people could be distributed."""
    unknown = ~case.rows
    yes, no = int((case.selected & unknown).sum()), int((~case.selected & unknown).sum())
    x, n = int(case.selected[case.member].sum()), int(case.member.sum())
    rest = case.rows & ~case.member
    y, m = int(case.selected[rest].sum()), int(rest.sum())
    return x / (n + no) - (y + yes) / (m + yes), (x + yes) / (n + yes) - y / (m + no)


def precedence(
    case: Case, decisions: Decisions, happened_at: Mapping[str, str], decided_at: str | None
) -> tuple[int, str]:
    """Return whether the attribute came before the decision."""
    name, declared = case.groups.name, decisions.roles.measured_at
    late = [f for f, when in declared.items() if when == "after"]
    used = [*decisions.roles.control, *decisions.roles.legitimate]
    if declared.get(name) == "after":
        return 0, f"{name} is declared to be measured after the decision"
    if any(f in used for f in late):
        return 0, f"measured after the decision, yet held equal: {', '.join(f for f in late if f in used)}"
    if name in happened_at and decided_at:
        early = pd.to_datetime(decisions.frame[happened_at[name]])
        wrong = int((early > pd.to_datetime(decisions.frame[decided_at])).sum())
        if wrong:
            return 0, f"{wrong} rows have {happened_at[name]} after {decided_at}"
        return 2, f"{happened_at[name]} precedes {decided_at} in every row"
    if declared.get(name) == "before":
        return 1, f"under the declaration that {name} was measured before the decision"
    return 0, f"when {name} was measured, relative to the decision, is not declared"


def exclusion(case: Case, random: list[str], alpha: float) -> tuple[int, str]:
    """Return whether the gap is still there with the declared confounders held equal."""
    name = case.groups.name
    c = case.control
    if c is not None and c.error > 0 and 2 * norm.sf(abs(c.value / c.error)) < alpha:
        return 0, f"the negative control differs by {100 * c.value:+.1f} points, which {name} cannot have caused"
    if name in random:
        shown = "" if case.imbalance is None else f"; largest imbalance of a covariate {case.imbalance:.2f} sd"
        if case.imbalance is not None and case.imbalance > 0.25:
            return 0, f"{name} is declared to be assigned at random, but the groups differ{shown}"
        return 2, f"{name} was assigned at random, as declared{shown}"
    return _held_equal(case, alpha)


def _held_equal(case: Case, alpha: float) -> tuple[int, str]:
    """Return what is left of the gap once the confounders are held equal, and what would undo it."""
    a = case.adjusted.get("confounders") if case.graph else case.adjusted.get("control")
    if a is None:
        return 0, "no control column is declared: nothing is held equal"
    if not np.isfinite(a.value) or a.trimmed > 0.5:
        return 0, "where one group is present the other is not: there is nobody to compare with"
    p = float(2 * norm.sf(abs(a.value / a.error))) if a.error > 0 else 0.0
    held = f"held equal, the gap is {100 * a.value:+.1f} points (unadjusted {100 * case.gap:+.1f}), p {p_value(p)}"
    if not p < alpha or a.value * case.gap <= 0:
        if not case.p < alpha:
            return 0, f"{held}: there is no gap beyond chance that could be accounted for"
        return 0, f"{held}: the declared confounders account for it"
    strength = robustness_value(a.value / a.error, a.n) if a.error > 0 else 1.0
    undo = f"only a hidden cause of {100 * strength:.0f} % of what is left of both would undo it"
    if not case.graph:
        return 1, f"{held}; {undo}"
    left_out = ", ".join(case.left_out)
    warned = f"; not held equal, as the graph has it: {left_out}" if left_out else ""
    return 1, f"under the declared graph, with its confounders {held}; {undo}{warned}"


def intervention(
    case: Case, flips: tuple[int, int] | None, moved: tuple[float, float] | None = None
) -> tuple[int, str]:
    """Return whether setting the attribute changes what the model decides.

    Parameters
    ----------
    case : Case
        The group.
    flips : (int, int) or None
        How many decisions change when the attribute alone is set, and of how many; None where it is not read.
    moved : (float, float) or None
        Change of the group's rate when the attribute and its declared descendants are set, and its standard error.
    """
    name, group = case.groups.name, case.group
    along = ""
    if moved is not None:
        value, error = moved
        along = f"; with its declared descendants, the rate of {group} changes by {100 * value:+.1f} points"
        along += f" (± {100 * 1.96 * error:.1f})"
    if flips is not None and flips[0]:
        of = f"{flips[0]:,} of {flips[1]:,} decisions of this model version"
        return 2, f"setting {name} alone from {group} to another value, or back, changes {of}{along}"
    alone = f"the model does not read {name}" if flips is None else _unmoved(name)
    if moved is not None and abs(moved[0]) > 1.96 * moved[1]:
        return 1, f"{alone}{along}"
    return 0, f"{alone}{along}"


def _unmoved(name: str) -> str:
    return f"setting {name} to another value changes no decision of this model"


def p_value(p: float) -> str:
    """Return a p value as it is printed.

    Examples
    --------
    >>> p_value(1e-9), p_value(0.0312)
    ('< .001', '0.0312')
    """
    return "< .001" if p < 0.001 else f"{p:.3g}"
