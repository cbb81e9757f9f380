"""Decisions as mitigated models would have taken them on rows they were not fitted to."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from fairlearn.postprocessing import ThresholdOptimizer
from fairlearn.preprocessing import CorrelationRemover
from fairlearn.reductions import DemographicParity, EqualizedOdds, ExponentiatedGradient
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from xaikit.core.errors import unknown_name

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
CONSTRAINTS = ("demographic_parity", "equalized_odds")


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is fitted and on what it is tried.

    Parameters
    ----------
    points : float array, shape (n, columns)
        Features on one scale, without the sensitive ones.
    group : int array, shape (n,)
        The sensitive feature.
    label : bool array, shape (n,)
        Ground truth.
    score : float array, shape (n,), or None
        Of the deployed model.
    train, test : int arrays
        Rows.
    """

    points: Floats
    group: NDArray[np.intp]
    label: Bools
    score: Floats | None
    train: NDArray[np.intp]
    test: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One mitigated model.

    Parameters
    ----------
    method, setting : str
        Its name and its strength.
    selected : float array, shape (t,)
        Chance that each row of the test is selected (some methods decide by lot).
    """

    method: str
    setting: str
    selected: Floats


class _Scores(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The deployed model, as its scores: what the threshold optimiser needs of an estimator."""

    def fit(self, x: Any, y: Any) -> "_Scores":
        """Do nothing: the model is deployed."""
        self.classes_ = np.unique(y)
        self.fitted_ = len(x)
        return self

    def predict(self, x: Any) -> Floats:
        """Return the scores."""
        return np.asarray(x, dtype=np.float64)[:, 0]


def candidates(
    task: Task, methods: Sequence[str], constraint: str, strengths: Sequence[float]
) -> Iterator[Candidate]:
    """Yield the models of every method at every strength, and the unmitigated logistic regression.

    Raises
    ------
    SpecError
        For a method or constraint that is not known.

    References
    ----------
    Hardt, Price & Srebro (2016), NeurIPS (thresholds by group); Agarwal et al. (2018), ICML (reductions); Weerts et
    al. (2023), JMLR 24, Fairlearn.
    """
    for method in methods:
        if method not in METHODS:
            raise unknown_name("checks.tradeoff.methods", "method", method, METHODS)
    if constraint not in CONSTRAINTS:
        raise unknown_name("checks.tradeoff.constraint", "constraint", constraint, CONSTRAINTS)
    plain = _logistic().fit(task.points[task.train], task.label[task.train])
    yield Candidate("logistic regression", "unmitigated", plain.predict(task.points[task.test]).astype(np.float64))
    for method in methods:
        yield from METHODS[method](task, constraint, strengths)


def _logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=1000)


def _threshold(task: Task, constraint: str, strengths: Sequence[float]) -> Iterator[Candidate]:
    """Find thresholds by group on the deployed scores (or on the regression's)."""
    score = task.score
    if score is None:
        model = _logistic().fit(task.points[task.train], task.label[task.train])
        score = model.predict_proba(task.points)[:, 1]
    frame = pd.DataFrame({"score": score})
    relaxed = constraint == "demographic_parity"  # equalized odds can only be had in full
    for strength in strengths if relaxed else [0.0]:
        optimiser = ThresholdOptimizer(
            estimator=_Scores().fit(frame, task.label),
            constraints=constraint,
            objective="accuracy_score",
            prefit=True,
            predict_method="predict",
            tol=float(strength) if relaxed else None,
        )
        optimiser.fit(frame.iloc[task.train], task.label[task.train], sensitive_features=task.group[task.train])
        chance = optimiser._pmf_predict(frame.iloc[task.test], sensitive_features=task.group[task.test])[:, 1]
        yield Candidate("threshold_optimizer", f"tolerance {strength:g}", np.asarray(chance, dtype=np.float64))


def _reductions(task: Task, constraint: str, strengths: Sequence[float]) -> Iterator[Candidate]:
    """Fit logistic regressions under a constraint, mixed by exponentiated gradient."""
    kind = DemographicParity if constraint == "demographic_parity" else EqualizedOdds
    for strength in strengths:
        model = ExponentiatedGradient(_logistic(), kind(difference_bound=max(float(strength), 1e-3)), max_iter=20)
        label = task.label[task.train].astype(int)
        with warnings.catch_warnings():
            # fairlearn fills pandas objects in a way that pandas has announced to end
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            warnings.filterwarnings("ignore", category=FutureWarning)
            model.fit(task.points[task.train], label, sensitive_features=task.group[task.train])
        chance = model._pmf_predict(task.points[task.test])[:, 1]
        yield Candidate("reductions", f"tolerance {strength:g}", np.asarray(chance, dtype=np.float64))


def _correlation(task: Task, constraint: str, strengths: Sequence[float]) -> Iterator[Candidate]:
    """Fit logistic regressions on features whose correlation with the sensitive one was removed."""
    del constraint  # the method knows none
    codes = pd.get_dummies(pd.Series(task.group), drop_first=True, dtype=float).to_numpy()
    whole = np.hstack([codes, task.points])
    for strength in strengths:
        alpha = 1.0 - float(strength)
        remover = CorrelationRemover(sensitive_feature_ids=list(range(codes.shape[1])), alpha=alpha)
        kept = remover.fit(whole[task.train]).transform(whole)
        model = _logistic().fit(kept[task.train], task.label[task.train])
        chosen = model.predict(kept[task.test]).astype(np.float64)
        yield Candidate("correlation_remover", f"alpha {alpha:g}", chosen)


METHODS = {"threshold_optimizer": _threshold, "reductions": _reductions, "correlation_remover": _correlation}
