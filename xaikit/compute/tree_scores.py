"""What the trees of each library add up to, before a link bends it, and their columns as the trees read them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.compute.batches import as_array
from xaikit.core.errors import DataError, ModelError

Floats = NDArray[np.float64]
RAW: dict[str, dict[str, Any]] = {
    "xgboost": {"output_margin": True},
    "lightgbm": {"raw_score": True},
    "catboost": {"prediction_type": "RawFormulaVal"},
}
LOG_LINK = ("poisson", "gamma")  # losses of HistGradientBoostingRegressor whose trees add up logarithms
ADVICE = "Use the engine 'shapley'."


def library(estimator: Any) -> str:
    """Return whose trees they are: "xgboost", "lightgbm" or "catboost", and "sklearn" for all others.

    Examples
    --------
    >>> library(object())
    'sklearn'
    """
    packages = [c.__module__.partition(".")[0] for c in type(estimator).__mro__]
    return next((p for p in packages if p in RAW), "sklearn")


def readable(estimator: Any) -> None:
    """Return where shap's reader may be given the trees: some it misreads, and some end the process.

    Raises
    ------
    ModelError
        Saying what they hold.
    """
    house, got, sets = library(estimator), "", getattr(estimator, "is_categorical_", None)
    if house == "catboost" and np.ndim(estimator.get_scale_and_bias()[1]):
        got = "with several scores"
    elif house == "catboost" and len(estimator.get_cat_feature_indices()):
        got = "that reads categories"
    elif getattr(estimator, "booster", None) == "gblinear":
        got = "without trees (booster 'gblinear')"
    elif isinstance(getattr(estimator, "classes_", None), list):
        got = "of several targets"
    elif house == "sklearn" and sets is not None and np.any(sets):
        got = "that splits by sets of categories"
    if got:
        expected = "trees that compare one number with a threshold and add up to one score an output"
        raise ModelError("engine tree_shap", f"a {type(estimator).__name__} {got}", expected, ADVICE)


def summed(estimator: Any) -> Callable[[Any], Floats] | None:
    """Return the function from a batch to the sums of the trees; None where the answers are these sums.

    Raises
    ------
    ModelError
        When the scores are no sum of the trees (isolation forests).
    """
    house, margin = library(estimator), getattr(estimator, "decision_function", None)
    if house == "xgboost" and not hasattr(estimator, "get_booster"):  # a Booster asks for its own kind of table
        return lambda batch: np.asarray(estimator.inplace_predict(batch, predict_type="margin"), dtype=np.float64)
    if house in RAW and not type(estimator).__name__.startswith("CatBoostRanker"):  # it answers raw scores anyway
        return lambda batch: np.asarray(estimator.predict(batch, **RAW[house]), dtype=np.float64)
    if margin is None:
        bent = type(estimator).__name__.startswith("HistGradientBoosting") and estimator.loss in LOG_LINK
        return (lambda batch: np.log(np.asarray(estimator.predict(batch), dtype=np.float64))) if bent else None
    if not hasattr(estimator, "classes_"):
        got = f"the scores of {type(estimator).__name__}, which are no sum of its trees"
        raise ModelError("engine tree_shap", got, "probabilities, log odds or predictions", ADVICE)
    return lambda batch: np.asarray(margin(batch), dtype=np.float64)


def unit(sums: Floats, answers: Floats) -> str:
    """Return what the sums are beside the model's answers: "score" (the same), "log odds" or "raw score".

    Examples
    --------
    >>> sums = np.array([[-1.0, 1.0]])
    >>> unit(sums, sums), unit(sums, 1 / (1 + np.exp(-sums))), unit(sums, np.exp(sums))
    ('score', 'log odds', 'raw score')
    """
    if np.allclose(sums, answers, rtol=1e-4, atol=1e-6):
        return "score"
    weight = np.exp(sums - sums.max(axis=1, keepdims=True))
    chances = 1 / (1 + np.exp(-sums)) if sums.shape[1] < 3 else weight / weight.sum(axis=1, keepdims=True)
    return "log odds" if np.allclose(chances, answers, rtol=1e-4, atol=1e-5) else "raw score"


def numbers(estimator: Any, batch: Any) -> Floats:
    """Return a batch as the trees read it, float64 (rows, columns): categories as their codes, gaps as NaN.

    Raises
    ------
    DataError
        For values that are no numbers.
    """
    levels = getattr(getattr(estimator, "booster_", estimator), "pandas_categorical", None)
    if isinstance(batch, pd.DataFrame) and library(estimator) == "lightgbm" and levels:
        batch = _coded(batch, levels)
    array = batch.to_numpy() if isinstance(batch, pd.DataFrame) else as_array(batch)
    try:
        found = np.array(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("inputs", "values that are no numbers", "numbers, as trees take them", ADVICE) from None
    gap = getattr(estimator, "missing", None)
    if library(estimator) == "xgboost" and isinstance(gap, int | float):
        found[found == gap] = np.nan
    return found


def _coded(frame: pd.DataFrame, levels: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Return the columns of categories as the codes that LightGBM gave them in training, others as they are."""
    named = [c for c in frame.columns if isinstance(frame[c].dtype, pd.CategoricalDtype)]
    if len(named) != len(levels):
        got = f"{len(named)} columns of categories"
        raise DataError("inputs", got, f"the {len(levels)} of the training, as pandas categories")
    codes = {
        c: pd.Series(pd.Categorical(frame[c], categories=list(level)).codes, frame.index, dtype=np.float64)
        for c, level in zip(named, levels, strict=True)
    }
    return frame.assign(**{c: code.where(code >= 0) for c, code in codes.items()})


def misread(estimator: Any, off: float, size: float) -> ModelError:
    """Return the error for trees whose sums shap reads otherwise than the model says them."""
    got = f"a {type(estimator).__name__} whose sums shap misses by {off:.2g}, of {size:.2g}"
    expected = (
        "trees that shap reads as their library does: no dropped or linear trees, sets of categories, zeros as gaps"
    )
    return ModelError("engine tree_shap", got, expected, ADVICE)
