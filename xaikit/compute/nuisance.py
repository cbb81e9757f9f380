"""Cross-fitted predictions that adjusted gaps rest on: who is in the group, and what each would have been given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from xaikit.core.groups import groups_of

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
        groups = groups_of(column, name)
        if pd.api.types.is_numeric_dtype(column.dtype) and len(groups.names) - (not groups.known.all()) > 8:
            parts.append(_standardised(column.to_numpy(dtype=np.float64, na_value=np.nan))[:, None])
        else:
            parts.append(np.eye(len(groups.names))[groups.codes, 1:])
    return np.concatenate(parts, axis=1) if parts else np.zeros((len(frame), 0))


def _standardised(values: Floats) -> Floats:
    """Return numbers less their mean, over their spread; missing and infinite ones are the median."""
    real = np.where(np.isfinite(values), values, np.nan)
    real = real / (np.nanmax(np.abs(real)) or 1.0)  # squares of the largest numbers are infinite
    filled = np.where(np.isnan(real), np.nanmedian(real), real)
    spread = float(filled.std(ddof=1))
    return np.asarray((filled - filled.mean()) / (spread if spread > 0 else 1.0))


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
    if np.unique(cell, return_counts=True)[1].min() < 2:
        cell = member.astype(int)  # a cell of one person cannot be in every fold
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
