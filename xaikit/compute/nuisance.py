"""Cross-fitted predictions that adjusted gaps rest on: who is in the group, and what each would have been given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SMALL = 400  # below, a forest of boosted trees has too little to learn from


@dataclass(frozen=True, slots=True, eq=False)
class Nuisance:
    """Predictions for rows that the predictors have not seen, each of shape (n,).

    Parameters
    ----------
    propensity : float array
        Chance of being in the group.
    mean, mean_ref : float array
        Chance of the favourable outcome as a member of the group, and as one of the others.
    """

    propensity: Floats
    mean: Floats
    mean_ref: Floats


def design(frame: pd.DataFrame, columns: Sequence[str]) -> Floats:
    """Return columns as numbers, words and few-valued numbers as indicators, float array (n, k)."""
    parts = []
    for name in columns:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column.dtype) and column.nunique() > 8:
            filled = column.astype(float).fillna(column.median())
            spread = float(filled.std()) or 1.0
            parts.append(((filled - filled.mean()) / spread).to_numpy()[:, None])
        else:
            parts.append(pd.get_dummies(column.astype(str), drop_first=True).to_numpy(dtype=np.float64))
    return np.concatenate(parts, axis=1) if parts else np.zeros((len(frame), 0))


def cross_fitted(
    covariates: Floats,
    member: Bools,
    outcome: Bools,
    folds: int,
    rng: np.random.Generator,
    *,
    linear: bool = False,
) -> Nuisance:
    """Fit on all folds but one and predict that one, for each in turn.

    Parameters
    ----------
    covariates : float array, shape (n, k)
        What is held equal.
    member, outcome : bool arrays, shape (n,)
        The group, and the favourable outcome.
    folds : int
        Of the cross-fitting; fewer when a cell of group × outcome has fewer rows.
    rng : numpy.random.Generator
        Draws the folds.
    linear : bool
        Logistic regressions in place of boosted trees; so it is in any case with few rows.

    References
    ----------
    Chernozhukov, V. et al. (2018). Double/debiased machine learning. Econometrics Journal 21.
    """
    cell = 2 * member.astype(int) + outcome
    folds = max(2, min(folds, int(np.bincount(cell, minlength=4)[np.unique(cell)].min())))
    seed = int(rng.integers(2**31))
    out = np.zeros((3, len(member)))
    for fit, held in StratifiedKFold(folds, shuffle=True, random_state=seed).split(covariates, cell):
        seen = covariates[held]
        out[0, held] = _chance(covariates[fit], member[fit], seen, seed, linear)
        out[1, held] = _chance(covariates[fit][member[fit]], outcome[fit][member[fit]], seen, seed, linear)
        out[2, held] = _chance(covariates[fit][~member[fit]], outcome[fit][~member[fit]], seen, seed, linear)
    return Nuisance(*out)


def _chance(x: Floats, y: Bools, asked: Floats, seed: int, linear: bool) -> Floats:
    if len(np.unique(y)) < 2:
        return np.full(len(asked), float(y.mean()) if len(y) else 0.5)
    if linear or len(x) < SMALL:
        return np.asarray(LogisticRegression(max_iter=500).fit(x, y).predict_proba(asked)[:, 1])
    learner = HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.08, max_leaf_nodes=8, random_state=seed, early_stopping=False
    )
    return np.asarray(learner.fit(x, y).predict_proba(asked)[:, 1])
