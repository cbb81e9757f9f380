"""What less of a gap costs: mitigated models on rows they have not seen, beside the deployed one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.core.decisions import Decisions
from xaikit.core.errors import AbsentError, DataError, unknown_name
from xaikit.core.evidence import Evidence
from xaikit.core.plugin import function
from xaikit.stats import intervals, rates
from xaikit.stats.table import Floats

SOURCE = "tradeoff"
DEPLOYED = ("deployed", "as it is")
Detail = dict[str, float | int | str | bool | None]


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """One model on the test rows: mass by group, label, decision; accuracy and gap with limits."""

    method: str
    setting: str
    mass: Floats
    accuracy: tuple[float, float, float]
    gap: tuple[float, float, float]


def check(
    decisions: Decisions,
    inputs: Any,
    rng: np.random.Generator,
    *,
    methods: list[str],
    feature: str | None = None,
    constraint: str = "demographic_parity",
    strengths: list[float] | None = None,
    test_share: float = 0.5,
    replicates: int = 1_000,
    confidence: float = 0.95,
) -> Iterator[Evidence]:
    """Yield accuracy and gap of every mitigated model and of the deployed one, and what each costs every group.

    Parameters
    ----------
    decisions : Decisions
        One row a decision, with ground truth.
    inputs : DataFrame or array, shape (n, columns)
        The features of the same rows.
    rng : numpy.random.Generator
        Splits the rows; for the bootstrap.
    methods : list of str
        "threshold_optimizer", "reductions", "correlation_remover".
    feature : str, optional
        The sensitive feature; the first by default.
    constraint : str
        "demographic_parity" (gap: largest difference of selection rates) or "equalized_odds" (largest difference of
        true- or false-positive rates).
    strengths : list of float, optional
        Tolerances from strict to none, 0 to 1; .0, .02, .05, .1 and .2 by default.
    test_share : float
        Share of rows on which models are measured; they are fitted on the others.
    replicates : int
        Of the bootstrap over test rows.
    confidence : float
        Of the intervals.

    Raises
    ------
    AbsentError
        When there are no labels or no decisions.
    SpecError
        For an unknown method, constraint or feature.

    References
    ----------
    Hardt, Price & Srebro (2016), NeurIPS; Agarwal et al. (2018), ICML; Menon & Williamson (2018), The cost of
    fairness in binary classification, FAT*.
    """
    if decisions.label is None or decisions.selected is None:
        raise AbsentError(SOURCE, "a table without labels and decisions", "a label and a decision column")
    sensitive = decisions.roles.sensitive
    feature = feature or sensitive[0]
    if feature not in sensitive:
        raise unknown_name("checks.tradeoff.feature", "sensitive feature", feature, sensitive)
    groups = decisions.groups(feature)
    rows = np.flatnonzero(groups.known)
    names = [n for i, n in enumerate(groups.names) if (groups.codes[rows] == i).any()]
    order = rng.permutation(rows)
    cut = int(len(order) * (1 - test_share))
    train, test = np.sort(order[:cut]), np.sort(order[cut:])
    task = function("xaikit.compute.mitigation", "Task")(
        _points(inputs, decisions), groups.codes, decisions.label, decisions.score, train, test
    )
    steps = [0.0, 0.02, 0.05, 0.1, 0.2] if strengths is None else strengths
    tried = function("xaikit.compute.mitigation", "candidates")(task, methods, constraint, steps)
    group, label = groups.codes[test], decisions.label[test]
    chosen = [(*DEPLOYED, decisions.selected[test].astype(np.float64))]
    chosen += [(c.method, c.setting, c.selected) for c in tried]
    measured = [_measure(*c, group, label, len(names), constraint, rng, replicates, confidence) for c in chosen]
    yield from _frontier(measured, feature, constraint, len(test), confidence)
    for m in measured[1:]:
        yield from _costs(m, measured[0], feature, names)


def _points(inputs: Any, decisions: Decisions) -> Floats:
    if isinstance(inputs, list):
        raise AbsentError(SOURCE, "texts", "a table of features")
    frame = inputs if isinstance(inputs, pd.DataFrame) else pd.DataFrame(np.asarray(inputs))
    if len(frame) != len(decisions):
        raise DataError(SOURCE, f"{len(frame)} rows of inputs", f"{len(decisions)}, one a decision")
    frame = frame.drop(columns=[c for c in decisions.roles.sensitive if c in frame.columns])
    if frame.shape[1] == 0:
        raise AbsentError(SOURCE, "no feature but the sensitive ones", "features that are not sensitive")
    table = pd.get_dummies(frame, dtype=float).to_numpy(dtype=np.float64)
    spread = table.std(axis=0)
    return np.asarray((table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _measure(
    method: str,
    setting: str,
    selected: Floats,
    group: NDArray[np.intp],
    label: NDArray[np.bool_],
    k: int,
    constraint: str,
    rng: np.random.Generator,
    replicates: int,
    confidence: float,
) -> _Measured:
    cell = group * 2 + label
    yes = np.bincount(cell, selected, minlength=2 * k)
    people = np.bincount(cell, minlength=2 * k)
    mass = np.stack([people - yes, yes], axis=-1).reshape(k, 2, 2)
    n = people.sum()
    drawn = rng.multinomial(n, mass.ravel() / n, size=replicates).reshape(replicates, k, 2, 2)
    accuracy = _with_limits(_accuracy(mass), _accuracy(drawn), confidence)
    gap = _with_limits(_gap(mass, constraint), _gap(drawn, constraint), confidence)
    return _Measured(method, setting, mass, accuracy, gap)


def _with_limits(value: Floats, again: Floats, confidence: float) -> tuple[float, float, float]:
    low, high = intervals.percentile(again, confidence)
    return float(value), min(float(low), float(value)), max(float(high), float(value))


def _accuracy(mass: Any) -> Floats:
    pooled = mass.sum(axis=-3)
    return rates.ratio(pooled[..., 0, 0] + pooled[..., 1, 1], pooled.sum(axis=(-2, -1)))


def _gap(mass: Any, constraint: str) -> Floats:
    if constraint == "demographic_parity":
        parts = [rates.selection_rate(mass)]
    else:
        found = rates.error_rates(mass)
        parts = [found["true_positive_rate"], found["false_positive_rate"]]
    spread = [np.fmax.reduce(p, axis=-1) - np.fmin.reduce(p, axis=-1) for p in parts]
    return np.asarray(np.fmax.reduce(np.stack(spread), axis=0))


def _frontier(
    measured: Sequence[_Measured], feature: str, constraint: str, n: int, confidence: float
) -> Iterator[Evidence]:
    for m in measured:
        beaten = any(
            o.accuracy[0] >= m.accuracy[0]
            and o.gap[0] <= m.gap[0]
            and (o.accuracy[0] > m.accuracy[0] or o.gap[0] < m.gap[0])
            for o in measured
        )
        about = {"sensitive": feature, "method": m.method, "setting": m.setting}
        detail: Detail = {"on_frontier": not beaten, "constraint": constraint, "confidence": confidence}
        detail["method"] = "held-out rows, multinomial bootstrap"
        yield Evidence("tradeoff_accuracy", *m.accuracy, n, "rate", about, SOURCE, "", detail)
        yield Evidence("tradeoff_gap", *m.gap, n, "rate", about, SOURCE, "", detail)


def _costs(m: _Measured, deployed: _Measured, feature: str, names: Sequence[str]) -> Iterator[Evidence]:
    """Yield, for every group, how many more or fewer of a hundred are selected, and of those who merit it."""
    before, after = (
        {"selection_rate": rates.selection_rate(x.mass), **rates.error_rates(x.mass)} for x in (deployed, m)
    )
    for g, name in enumerate(names):
        about = {"sensitive": feature, "group": name, "method": m.method, "setting": m.setting}
        n = round(float(m.mass[g].sum()))
        for measure, rate in (
            ("tradeoff_selection_change", "selection_rate"),
            ("tradeoff_true_positive_change", "true_positive_rate"),
        ):
            value = float(after[rate][g] - before[rate][g])
            defined = bool(np.isfinite(value))
            because = "" if defined else "nobody in the group has a favourable label"
            detail: Detail = {"deployed": float(before[rate][g]) if defined else None}
            yield Evidence(measure, value if defined else None, None, None, n, "rate", about, SOURCE, because, detail)
