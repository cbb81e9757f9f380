"""Is the gap cause or only correlation? Five rungs of evidence, each established, supported or not established."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from xaikit.compute.descendants import Moved, moved_with_descendants
from xaikit.compute.flips import flips_of
from xaikit.compute.held_equal import CONFOUNDERS, CONTROL, Fit, Held, control_fit, fits, held_for, placebo_fits
from xaikit.core.decisions import Decisions
from xaikit.core.errors import AbsentError
from xaikit.core.evidence import UNKNOWN, Evidence
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.target import Target
from xaikit.stats import rungs
from xaikit.stats.adjustment import Adjusted, augmented, e_value, robustness_value, standardized_differences
from xaikit.stats.rungs import Case
from xaikit.stats.tests import fisher, holm

REST = "the rest"
RUNGS = ("theory", "covariation", "precedence", "exclusion", "intervention")
STANDING = ("not established", "supported", "established")
Bools = NDArray[np.bool_]
Detail = dict[str, float | int | str | bool | None]


def check(
    decisions: Decisions,
    rng: np.random.Generator,
    model: Model | None = None,
    inputs: object = None,
    population: object = None,
    population_frame: pd.DataFrame | None = None,
    target: Target | None = None,
    players: Players | None = None,
    threshold: float | None = None,
    *,
    theory: dict[str, str] | None = None,
    assigned_at_random: list[str] | None = None,
    happened_at: dict[str, str] | None = None,
    decided_at: str | None = None,
    negative_control: str | None = None,
    alpha: float = 0.05,
    rows: int = 10_000,
    folds: int = 5,
    placebos: int = 10,
) -> Iterator[Evidence]:
    """Climb the ladder of evidence for every group of every sensitive feature, against the rest.

    The verdict on cause is the weakest rung; without a model there is none to intervene on. Intervening on the model
    establishes what *this model* does when an input is set; why groups differ in the world needs the other rungs, and
    their assumptions.

    Parameters
    ----------
    decisions : Decisions
        With roles `control` (confounders), `legitimate` (mediators) and `measured_at`; or `causes`, the declared
        graph, which then says what is a confounder, a mediator or a collider.
    rng : numpy.random.Generator
        Draws folds and placebo groups.
    model, inputs, population, population_frame, target, players, threshold
        For the rung of intervention; absent when decisions are audited alone.
    theory : mapping of str to str, optional
        For a sensitive feature: the mechanism by which it would matter, declared before the audit.
    assigned_at_random : list of str, optional
        Sensitive features that the experimenter assigned at random, as in a correspondence study.
    happened_at : mapping of str to str, optional
        For a sensitive feature or another: the column that holds when it happened.
    decided_at : str, optional
        The column that holds when the decision was taken; with `happened_at` it establishes precedence row by row.
    negative_control : str, optional
        A column of two values that the attribute cannot have moved: an adjusted gap in it shows hidden causes.
    alpha : float
        Of the tests, after Holm's correction for all groups of all sensitive features.
    rows : int
        At most so many, drawn at random, enter the adjusted gaps; the crude gap and its test use all.
    folds, placebos : int
        Of the cross-fitting; and how often the group is replaced by one drawn by lot.

    Yields
    ------
    Evidence
        `cause_rung` (0 not established, 1 supported, 2 established) by sensitive, group and rung, and `cause` (the
        weakest); `adjusted_gap` by what was held equal; `robustness_value`, `e_value`, `overlap_trimmed`,
        `largest_imbalance`, `placebo_z`, `negative_control_gap`. Under a declared graph also `declared_place` of each
        of its nodes, and `flip_with_descendants`: the change of the group's rate when each member takes the feature
        and all that it shapes from somebody of another group who is alike in the confounders.

    Raises
    ------
    AbsentError
        When nobody was decided upon, or no sensitive feature is declared.

    References
    ----------
    Mill, J. S. (1843). A System of Logic, book III (covariation, precedence, no other cause).
    Pearl, J. (2009). Causality, ch. 3 (adjustment, intervention). Kusner, M. et al. (2017). Counterfactual fairness.
    Cinelli, C. and Hazlett, C. (2020). Making sense of sensitivity. VanderWeele, T. and Ding, P. (2017). The E-value.
    """
    if decisions.selected is None or not decisions.roles.sensitive:
        raise AbsentError("evidence_of_cause", "no decisions by group", "decisions, and roles.sensitive")
    cases = _cases(decisions)
    corrected = holm(np.array([c.p for c in cases]))
    held = {name: held_for(decisions, players, name) for name in decisions.roles.sensitive}
    for name, what in held.items():
        yield from _places(name, what)
    for case, p in zip(cases, corrected, strict=True):
        what = held[case.groups.name]
        case.graph, case.left_out = what.places is not None, what.left_out
        for fit in fits(decisions, what, case.member, case.rows, rows, folds, rng):
            _adjust(case, fit, folds, placebos, rng)
        if negative_control is not None:
            asked = (negative_control, case.member, case.rows, rows, folds)
            case.control = _gap(control_fit(decisions, what, *asked, rng))
        about = {"sensitive": case.groups.name, "group": case.group, "reference": REST}
        yield from _numbers(case, about)
        climbed: dict[str, tuple[int, str]] = {
            "theory": rungs.theory(case, theory or {}),
            "covariation": rungs.covariation(case, decisions, float(p), alpha),
            "precedence": rungs.precedence(case, decisions, happened_at or {}, decided_at),
            "exclusion": rungs.exclusion(case, assigned_at_random or [], alpha),
        }
        if model is not None:
            moved = _moved(case, what, decisions, model, inputs, players, target, threshold, rng)
            if moved is not None:
                yield _flipped(moved, about)
            shift = None if moved is None else (moved.value, moved.error)
            everybody = None if population_frame is None else decisions.groups(case.groups.name, population_frame)
            flips = flips_of(model, population, everybody, players, target, threshold, case.group)
            climbed["intervention"] = rungs.intervention(case, flips, shift)
        yield from _climbed(climbed, case, about, alpha)


def _adjust(case: Case, fit: Fit, folds: int, placebos: int, rng: np.random.Generator) -> None:
    """Find the gap with a set held equal; of the set that exclusion rests on, also what would speak against it."""
    case.adjusted[fit.name] = _gap(fit)
    if fit.name in (CONTROL, CONFOUNDERS) and fit.x.shape[1]:
        case.imbalance = float(np.abs(standardized_differences(fit.x, fit.member)).max())
        lots = [_gap(lot) for lot in placebo_fits(fit, folds, placebos, rng)]
        z = [a.value / a.error if a.error > 0 else 0.0 for a in lots]
        case.z_placebo = float(np.sqrt(np.mean(np.square(z))))


def _gap(fit: Fit) -> Adjusted:
    found = fit.nuisance
    return augmented(fit.outcome.astype(float), fit.member, found.propensity, found.mean, found.mean_ref)


def _moved(
    case: Case,
    held: Held,
    decisions: Decisions,
    model: Model,
    inputs: object,
    players: Players | None,
    target: Target | None,
    threshold: float | None,
    rng: np.random.Generator,
) -> Moved | None:
    """Return what moves with the declared descendants; None without a graph that gives the feature any."""
    if held.places is None or not held.places.mediators or inputs is None:
        return None
    if players is None or target is None or threshold is None:
        return None
    features = (case.groups.name, *held.places.mediators)
    return moved_with_descendants(
        *(model, inputs, decisions.frame, players, target, threshold, features, held.sets[CONFOUNDERS]),
        *(case.member, case.rows & ~case.member, rng),
    )


def _flipped(moved: Moved, about: Mapping[str, str]) -> Evidence:
    reach = float(norm.isf(0.025)) * moved.error
    detail: Detail = {
        "confidence": 0.95,
        "to_favourable": moved.to_favourable,
        "to_unfavourable": moved.to_unfavourable,
        "assumes": "the declared graph",
    }
    return Evidence(
        "flip_with_descendants", moved.value, *_limits(moved.value, reach), moved.n, "rate", about, detail=detail
    )


def _places(name: str, held: Held) -> Iterator[Evidence]:
    if held.places is None:
        return
    equal = {c for columns in held.sets.values() for c in columns}
    for node, place in held.places.of.items():
        detail: Detail = {"place": place, "held_equal": node in equal}
        yield Evidence("declared_place", 1.0, about={"sensitive": name, "feature": node}, detail=detail)


def _climbed(
    climbed: Mapping[str, tuple[int, str]], case: Case, about: Mapping[str, str], alpha: float
) -> Iterator[Evidence]:
    for rung in RUNGS:
        here = {**about, "rung": rung}
        if rung not in climbed:
            because = "there is no model to intervene on: the decisions were taken elsewhere"
            yield Evidence("cause_rung", None, unit="rung", about=here, because=because)
            continue
        level, because = climbed[rung]
        detail: Detail = {"standing": STANDING[level], "alpha": alpha}
        yield Evidence("cause_rung", level, unit="rung", about=here, because=because, detail=detail)
    weakest = min(climbed, key=lambda r: climbed[r][0])
    level, because = climbed[weakest]
    whole: Detail = {"standing": STANDING[level], "weakest": weakest}
    yield Evidence(
        "cause", level, None, None, int(case.rows.sum()), "rung", about, "", f"{weakest}: {because}", whole
    )


def _cases(decisions: Decisions) -> list[Case]:
    assert decisions.selected is not None
    out = []
    for name in decisions.roles.sensitive:
        groups = decisions.groups(name)
        known = [g for g in groups.names if g != UNKNOWN]
        for group in known if len(known) > 2 else known[:1]:
            member = groups.codes == groups.names.index(group)
            rows = groups.known
            x, n = int(decisions.selected[member].sum()), int(member.sum())
            x_ref, n_ref = int(decisions.selected[rows & ~member].sum()), int((rows & ~member).sum())
            if n and n_ref:
                p = fisher(x, n, x_ref, n_ref)
                out.append(Case(groups, group, member, rows, decisions.selected, p))
    return out


def _numbers(case: Case, about: Mapping[str, str]) -> Iterator[Evidence]:
    z = float(norm.isf(0.025))
    for name, a in case.adjusted.items():
        here = {**about, "adjusted_for": name}
        if not np.isfinite(a.value):
            because = "nowhere are both groups present: there is nobody to compare with"
            yield Evidence("adjusted_gap", None, n=a.n, unit="rate", about=here, because=because)
            continue
        reach = z * a.error
        detail = {"confidence": 0.95, "rate": a.rate, "reference_rate": a.rate_ref, "unadjusted": case.gap}
        yield Evidence("adjusted_gap", a.value, *_limits(a.value, reach), a.n, "rate", here, detail=detail)
        yield Evidence("overlap_trimmed", a.trimmed, n=a.n, unit="share", about=here)
        if a.error > 0:
            yield Evidence(
                "robustness_value", robustness_value(a.value / a.error, a.n), n=a.n, unit="share", about=here
            )
        if a.rate_ref > 0 and a.rate > 0:
            yield Evidence("e_value", e_value(a.rate / a.rate_ref), n=a.n, unit="risk ratio", about=here)
    if case.control is not None and np.isfinite(case.control.value):
        a, reach = case.control, z * case.control.error
        yield Evidence("negative_control_gap", a.value, *_limits(a.value, reach), a.n, "rate", about)
    if case.imbalance is not None:
        yield Evidence("largest_imbalance", case.imbalance, n=int(case.rows.sum()), unit="sd", about=about)
    if case.z_placebo is not None:
        yield Evidence("placebo_z", case.z_placebo, n=int(case.rows.sum()), unit="z", about=about)


def _limits(value: float, reach: float) -> tuple[float, float]:
    """Return the limits of a difference of rates: none is beyond −1 and 1."""
    return min(value, max(value - reach, -1.0)), max(value, min(value + reach, 1.0))
