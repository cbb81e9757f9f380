"""Which changes of a row would the model have accepted? Recourse for any black box, by `predict` alone."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.batches import length
from xaikit.compute.coding import Coding
from xaikit.compute.recourse import Answers
from xaikit.compute.recourse_constraints import Constraints
from xaikit.compute.recourse_setting import Setting, complete
from xaikit.core.errors import DataError, SpecError, listed
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
IN_AUDITS = "checks: {recourse: {…}}"
"""What asks the same in audit.yaml: changes are no attributions, and would pass none of their gates."""


def explain(
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players,
    rng: np.random.Generator,
    progress: Progress,
    *,
    threshold: float = 0.5,
    immutable: list[str] | None = None,
    only_increase: list[str] | None = None,
    only_decrease: list[str] | None = None,
    bounds: dict[str, tuple[float, float]] | None = None,
    costs: dict[str, float] | None = None,
    linked: dict[str, dict[str, float]] | None = None,
    k: Annotated[int, Field(ge=1, le=20)] = 3,
    donors: Annotated[int, Field(ge=1)] = 1_000,
) -> Explanation:
    """Find for each row up to k changes that the model would have accepted, within constraints.

    It says what this model would have accepted; it is no advice, and it does not explain why a person was rejected.

    Parameters
    ----------
    model : Model
        Any; only `predict` is called.
    inputs : array or table, shape (rows, columns)
        Who asks.
    background : like `inputs`
        The population: changes are borrowed from its accepted rows, and held against all of them. A few hundred rows
        at least; no row of it is disclosed.
    target : Target
        The score, higher being favourable; of two outputs the last. Where lower is favourable, give a function:
        `target=lambda y: -y[:, 0]` with `threshold=-0.5`.
    players : Players
        Features; the columns of a group change together.
    rng : numpy.random.Generator
        Draws donors.
    progress : Progress
        Told of rows done.
    threshold : float
        The model accepts at or above it.
    immutable : list of str, optional
        Features that cannot change.
    only_increase, only_decrease : list of str, optional
        Numeric features that can move one way.
    bounds : mapping of str to (low, high), optional
        What may be proposed for a numeric feature.
    costs : mapping of str to float, optional
        Weight of a full-range change, or of another category; 1 by default.
    linked : mapping of str to mapping of str to float, optional
        `{"education": {"age": 2.0}}`: each step up in education comes with two years of age, immutable or not.
    k : int
        Ways searched a row, each changing another set of features, as different ones as there are.
    donors : int
        Accepted rows that changes are borrowed from, at most.

    Returns
    -------
    Explanation
        `values` (rows, players, 1): what the first way adds to each feature, in the feature's own unit; 1 for another
        category; 0 throughout where the row is accepted as it is; NaN where there is no recourse within the
        constraints. `base` is the threshold, `converged` whether the row is accepted or has a way. All ways are in
        `explanation.alternatives`; `detail` holds them as arrays: `proposed` (rows, k, players), `score`, `cost`,
        `plausibility` (rows, k), and `diversity` (rows,).

    Raises
    ------
    DataError
        For rows in which a number is missing; such rows of the background are left out.
    SpecError
        For a constraint that names no feature or contradicts itself, and for a target of several outputs.

    References
    ----------
    Wachter, S., Mittelstadt, B. and Russell, C. (2018). Counterfactual explanations without opening the black box.
    Harvard Journal of Law & Technology 31(2), 841–887.
    Ustun, B., Spangher, A. and Liu, Y. (2019). Actionable recourse in linear classification. FAT*.
    Mothilal, R., Sharma, A. and Tan, C. (2020). Explaining ML classifiers through diverse counterfactuals. FAT*.
    """
    score = _one(target)
    gaps = np.flatnonzero(~complete(inputs))
    if len(gaps):
        got = f"{len(gaps)} rows in which a number is missing, the first of them row {gaps[0] + 1}"
        raise DataError("inputs", got, "complete rows: a number that is missing cannot be moved")
    constraints = Constraints.declared(immutable, only_increase, only_decrease, bounds, costs, linked)
    setting = Setting.of(model, background, inputs, score, players, threshold, constraints, donors, rng)
    own = setting.codes(inputs)
    scores = np.asarray(score(model.predict(inputs)), dtype=np.float64)
    rejected = np.flatnonzero(scores[:, 0] < threshold)
    found = setting.answers(own[rejected], k, progress)
    values = np.zeros((len(own), len(players), 1))
    values[rejected, :, 0] = _moved(found.codes[:, 0], own[rejected], setting.coding)
    reached = np.ones((len(own), 1), dtype=bool)
    reached[rejected, 0] = found.found
    return Explanation(
        values=values,
        base=np.full(scores.shape, threshold),
        prediction=scores,
        feature_names=players.names,
        output_names=score.outputs,
        engine="counterfactual",
        converged=reached,
        data=_natural(own, setting.coding),
        unit="change, in the feature's own unit",
        target=score.name,
        budget={"model_rows": found.tried + length(background) + len(own), "donors": len(setting.accepted), "k": k},
        notes=_notes(found, len(own), len(setting.accepted), immutable),
        detail=_detail(found, rejected, own, setting, model, score),
    )


def _one(target: Target) -> Target:
    if len(target.outputs) == 1:
        return target
    if len(target.outputs) == 2:
        return Target(target.outputs[1], (target.outputs[1],), lambda y: target(y)[:, 1:])
    got = f"{len(target.outputs)} outputs"
    raise SpecError("target", got, f"one: the favourable score, among {listed(target.outputs)}")


def _moved(proposed: Floats, own: Floats, coding: Coding) -> Floats:
    """Return what is added to each feature in its own unit; 1 for another category."""
    out = np.where(np.isnan(proposed), np.nan, (proposed != own).astype(np.float64))
    for p in map(int, np.flatnonzero(coding.ordered)):
        out[:, p] = coding.players.natural(p, proposed[:, p]) - coding.players.natural(p, own[:, p])
    return out


def _natural(codes: Floats, coding: Coding) -> Objects:
    """Return rows of codes as people write them: numbers in the feature's own unit, categories by name."""
    out = np.empty(codes.shape, dtype=object)
    for p, ordered in enumerate(coding.ordered):
        for i, code in enumerate(codes[:, p]):
            out[i, p] = float(coding.players.natural(p, code)) if ordered else coding.shown(p, code)
    return out


def _detail(
    found: Answers, rejected: NDArray[np.intp], own: Floats, setting: Setting, model: Model, target: Target
) -> dict[str, NDArray[Any]]:
    rows, k = len(own), found.cost.shape[1]
    there = np.isfinite(found.cost)
    flat = found.codes[there]
    proposed, score = np.full((rows, k, own.shape[1]), None, dtype=object), np.full((rows, k), np.nan)
    cost, usual, unlike = score.copy(), score.copy(), np.full(rows, np.nan)
    person, place = np.nonzero(there)
    if len(flat):
        proposed[rejected[person], place] = _natural(flat, setting.coding)
        score[rejected[person], place] = np.asarray(target(model.predict(setting.coding.decode(flat))))[:, 0]
        cost[rejected[person], place], usual[rejected[person], place] = found.cost[there], found.plausibility[there]
        unlike[rejected] = found.diversity(own[rejected])
    return {"proposed": proposed, "score": score, "cost": cost, "plausibility": usual, "diversity": unlike}


def _notes(found: Answers, rows: int, donors: int, immutable: list[str] | None) -> tuple[str, ...]:
    without, accepted = int((~found.found).sum()), rows - len(found.cost)
    notes = []
    if accepted:
        notes.append(f"{accepted} of {rows} rows are accepted as they are")
    if without:
        notes.append(f"{without} of {rows} rows have no recourse within the stated constraints")
    if not donors:
        notes.append("no row of the background is accepted: there is nothing that changes could be borrowed from")
    if immutable is None:
        notes.append("no feature was declared immutable: age, sex or origin may be among the changes")
    return tuple(notes)
