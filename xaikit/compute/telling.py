"""Cross-fitted predictions of a sensitive feature from columns: of every row by a predictor that has not seen it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler

Floats = NDArray[np.float64]
KNOTS = (4, 6)
FEW = 20
"""A column of numbers with so few different values is taken as a category."""
PRIORS = np.array([0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 10_000.0])


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column to tell from.

    Parameters
    ----------
    values : float array, shape (n,)
        Numbers, or codes of categories; without NaN.
    category : bool
        Whether the values are codes, of which neither order nor distance means anything.
    """

    values: Floats
    category: bool

    @classmethod
    def of(cls, values: Any, category: bool = False) -> "Column":
        """Return a column of anything: text and few-valued numbers become categories; what is missing is one more.

        Among numbers, what is missing is the median.
        """
        array = np.asarray(values)
        number = array.dtype.kind in "biuf" and not category
        if number and len(np.unique(array[~np.isnan(array.astype(np.float64))])) > FEW:
            plain = array.astype(np.float64)
            return cls(np.where(np.isfinite(plain), plain, np.nanmedian(plain)), False)
        names = array.astype(str) if array.dtype.kind not in "OS" else np.array([str(v) for v in array.ravel()])
        codes = np.unique(names, return_inverse=True)[1]
        return cls(codes.reshape(-1).astype(np.float64), True)


def told(
    columns: Sequence[Column], truth: NDArray[Any], folds: int, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.intp]]:
    """Return the predictions for rows that the predictor has not seen.

    From one category: its shares (or means), drawn towards those of everybody as far as foretells best; from one
    number: a regression, straight or on splines, which finds the theoretical area where a coarse tree does not;
    from several columns: boosted trees, which see each category as its shares, themselves cross-fitted.

    Parameters
    ----------
    columns : sequence of Column
        One, or several together.
    truth : int array (groups 0 to k − 1) or float array (a number), shape (n,)
        What is to be told.
    folds : int
        Of the cross-fitting.
    rng : numpy.random.Generator
        Draws the folds.

    Returns
    -------
    predictions : float array, shape (n, k) or (n,)
        Chance of each group, or the number.
    fold : int array, shape (n,)
        By which predictor: scores of different ones are not to be ranked together.

    References
    ----------
    Chernozhukov, V. et al. (2018). Double/debiased machine learning. Econometrics Journal 21. (cross-fitting)
    Akaike, H. (1974). A new look at the statistical model identification. IEEE Trans. Automatic Control 19.
    Micci-Barreca, D. (2001). A preprocessing scheme for high-cardinality categorical attributes. SIGKDD Expl. 3.
    """
    seed = int(rng.integers(2**31))
    number = truth.dtype.kind == "f"
    out = np.zeros(len(truth) if number else (len(truth), int(truth.max()) + 1))
    fold = np.zeros(len(truth), dtype=np.intp)
    for f, (fit, held) in enumerate(_split(truth, folds, seed)):
        fold[held] = f
        if len(columns) > 1:
            out[held] = _together(columns, truth, fit, held, seed)
        elif columns[0].category:
            out[held] = _shares(columns[0].values, truth, fit, held)
        else:
            out[held] = _smooth(columns[0].values[:, None], truth, fit, held)
    return out, fold


def _split(truth: NDArray[Any], folds: int, seed: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    kind = KFold if truth.dtype.kind == "f" else StratifiedKFold
    return list(kind(folds, shuffle=True, random_state=seed).split(np.zeros((len(truth), 1)), truth))


def _smooth(x: Floats, truth: NDArray[Any], fit: NDArray[np.intp], held: NDArray[np.intp]) -> Floats:
    """Return the predictions of a straight line, or of a spline where that foretells better by Akaike's criterion.

    A spline where a line would do costs a third of a standard error of what is measured, and with it the coverage.
    """
    best, chosen = np.inf, None
    number = truth.dtype.kind == "f"
    for shape in (StandardScaler(), *(SplineTransformer(n_knots=k, knots="quantile") for k in KNOTS)):
        regression = LinearRegression() if number else LogisticRegression(C=100.0, solver="newton-cholesky")
        learner = make_pipeline(shape, regression).fit(x[fit], truth[fit])
        columns = shape.transform(x[fit][:1]).shape[1]
        loss = _misfit(learner, x[fit], truth[fit]) + 2.0 * columns * (1 if number else int(truth.max()))
        if loss >= best:
            break
        best, chosen = loss, learner
    assert chosen is not None
    return np.asarray(chosen.predict(x[held]) if number else chosen.predict_proba(x[held]))


def _misfit(learner: Any, x: Floats, y: NDArray[Any]) -> float:
    """Return twice the negative log-likelihood."""
    if y.dtype.kind == "f":
        return float(len(y) * np.log(max(float(((y - learner.predict(x)) ** 2).mean()), 1e-300)))
    chances = learner.predict_proba(x)[np.arange(len(y)), y]
    return float(-2 * np.log(np.maximum(chances, 1e-12)).sum())


def _shares(codes: Floats, truth: NDArray[Any], fit: NDArray[np.intp], held: NDArray[np.intp]) -> Floats:
    """Return (sum of the category + m × mean of all) ÷ (its size + m), m chosen by leaving each row out in turn."""
    y = _columns(truth)
    place = np.unique(codes, return_inverse=True)[1].reshape(-1)
    size = np.bincount(place[fit], minlength=int(place.max()) + 1)[:, None].astype(np.float64)
    total = np.zeros((len(size), y.shape[1]))
    np.add.at(total, place[fit], y[fit])
    mean = y[fit].mean(axis=0)
    own, n = place[fit], size[place[fit]]
    best, chosen = np.inf, float(PRIORS[-1])
    for m in PRIORS:
        left_out = (total[own] - y[fit] + m * mean) / (n - 1 + m)
        loss = _loss(y[fit], left_out)
        if loss < best:
            best, chosen = loss, float(m)
    found = ((total + chosen * mean) / (size + chosen))[place[held]]
    return np.asarray(found if truth.dtype.kind != "f" else found[:, 0])


def _loss(y: Floats, guess: Floats) -> float:
    if y.shape[1] == 1:
        return float(((y - guess) ** 2).mean())
    return float(-np.log(np.maximum((y * guess).sum(axis=1), 1e-12)).mean())


def _columns(truth: NDArray[Any]) -> Floats:
    """Return indicators of groups, or a number as one column."""
    if truth.dtype.kind == "f":
        return np.asarray(truth, dtype=np.float64)[:, None]
    return np.asarray(np.eye(int(truth.max()) + 1)[truth])


def _together(
    columns: Sequence[Column], truth: NDArray[Any], fit: NDArray[np.intp], held: NDArray[np.intp], seed: int
) -> Floats:
    seen, asked = [], []
    for column in columns:
        if not column.category:
            seen.append(column.values[fit][:, None])
            asked.append(column.values[held][:, None])
            continue
        inner = np.zeros((len(fit), _columns(truth).shape[1]))
        for a, b in _split(truth[fit], 5, seed):
            inner[b] = _shares(column.values, truth, fit[a], fit[b]).reshape(len(b), -1)
        seen.append(inner)
        asked.append(_shares(column.values, truth, fit, held).reshape(len(held), -1))
    x, y = np.concatenate(seen, axis=1), np.concatenate(asked, axis=1)
    if truth.dtype.kind == "f":
        return np.asarray(HistGradientBoostingRegressor(**_gently(seed)).fit(x, truth[fit]).predict(y))
    return np.asarray(HistGradientBoostingClassifier(**_gently(seed)).fit(x, truth[fit]).predict_proba(y))


def _gently(seed: int) -> dict[str, Any]:
    """Return settings under which chances stay honest: few leaves, stopped where unseen rows no longer gain."""
    return {
        "max_iter": 200,
        "learning_rate": 0.08,
        "max_leaf_nodes": 12,
        "random_state": seed,
        "early_stopping": True,
        "n_iter_no_change": 8,
        "validation_fraction": 0.15,
    }
