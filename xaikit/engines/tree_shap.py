"""Exact Shapley values of tree ensembles by shap's TreeSHAP, with the background whole and its error.

shap cuts a background of more than 100 rows to 100 without a word; here it is taken in parts of 50 rows, whose
spread is the standard error. Its values of a *probability* of boosted trees are rescaled log odds, not Shapley values
of the probability (they add up nevertheless); here boosted trees are explained in log odds, and say so. It compares
in single precision; here the order of the numbers is compared, which no precision loses.
"""

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import pandas as pd
import shap
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.attributions import by_player, complete, note
from xaikit.compute.batches import as_array
from xaikit.compute.tables import player_data
from xaikit.compute.tree_order import by_order
from xaikit.core.errors import DataError, ModelError, shown
from xaikit.core.explanation import Explanation
from xaikit.core.model import TreeEnsemble
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target

Floats = NDArray[np.float64]
PARTS = 20


def explain(
    model: TreeEnsemble,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players,
    progress: Progress,
    *,
    tolerance: Annotated[float, Field(gt=0)] = 0.001,
) -> Explanation:
    """Explain rows of a tree ensemble by interventional TreeSHAP.

    Parameters
    ----------
    model : TreeEnsemble
        A forest or boosted trees.
    inputs, background : array or table of numbers, shape (rows, columns)
        What to explain, and what absent features are drawn from.
    target : Target
        An output, or differences of outputs (Shapley values are linear in them; other targets fail the gate).
    players : Players
        Columns that are one feature are summed, which for grouped columns is not the value of the group as one
        player: the engine "shapley" gives that.
    progress : Progress
        Told of background parts done.
    tolerance : float
        Converged means: |prediction − base − sum of the values| ≤ tolerance × |prediction − base|.

    Returns
    -------
    Explanation
        Values (rows, players, outputs), of probabilities for forests and of log odds for boosted trees (`unit`);
        `stderr` is that of the background.

    Raises
    ------
    ModelError
        When shap cannot read the trees, or the scores are no sum of them (isolation forests).

    References
    ----------
    Lundberg, S. M. et al. (2020). From local explanations to global understanding with explainable AI for trees.
    Nature Machine Intelligence 2.
    """
    rows, behind = _numbers(inputs), _numbers(background)
    answer, unit = _scale(model)
    raw, nobody = answer(inputs), np.asarray(target(answer(background)), dtype=np.float64)
    whole = np.asarray(target(raw), dtype=np.float64)
    parts = np.array_split(
        np.arange(len(behind)), min(PARTS, len(behind)) if len(behind) < 1000 else len(behind) // 50
    )
    explainer, rows, behind = _reader(model, rows, behind)
    each = []
    for done, part in enumerate(parts):
        progress("tree_shap", done, len(parts))
        values = _of_outputs(explainer, rows, behind[part], raw.shape[1])
        flat = np.asarray(target(values.reshape(-1, raw.shape[1])), dtype=np.float64)
        each.append(by_player(flat.reshape(*values.shape[:2], -1), players))
    progress("tree_shap", len(parts), len(parts))
    weight = np.array([len(p) for p in parts]) / len(behind)
    mean = np.einsum("k,krpo->rpo", weight, np.stack(each))
    error = _error(np.stack(each) - mean, weight)
    base = nobody.mean(axis=0)
    fine = complete(mean, whole, base, tolerance)
    notes = note(fine, f"miss the change of the output by more than {tolerance:g} of it", "use the engine 'shapley'")
    if players.grouped:
        notes = (*notes, "grouped columns: sums of their Shapley values, not the value of the group as one player")
    return Explanation(
        values=mean,
        base=np.broadcast_to(base, whole.shape).copy(),
        prediction=whole,
        feature_names=players.names,
        output_names=target.outputs,
        engine="tree_shap",
        stderr=error if len(parts) > 1 else None,
        degrees=np.full_like(mean, len(parts) - 1.0) if len(parts) > 1 else None,
        converged=fine,
        data=player_data(inputs, players),
        unit=unit,
        target=target.name,
        budget={"model_rows": 0, "because": f"exact for trees, {len(behind)} background rows in {len(parts)} parts"},
        notes=notes,
    )


def _numbers(batch: Any) -> Floats:
    array = batch.to_numpy() if isinstance(batch, pd.DataFrame) else as_array(batch)
    try:
        return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("inputs", "values that are no numbers", "numbers, as trees take them") from None


def _scale(model: TreeEnsemble) -> tuple[Callable[[Any], Floats], str]:
    """Return the answers in the scale in which the trees add up, (n, outputs), and its unit."""
    estimator = model.trees()
    margin = getattr(estimator, "decision_function", None)
    if margin is None:
        return model.predict, "score"
    if not hasattr(estimator, "classes_"):
        got = f"the scores of {type(estimator).__name__}, which are no sum of its trees"
        raise ModelError(
            "engine tree_shap", got, "probabilities, log odds or predictions", "Use the engine 'shapley'."
        )

    def log_odds(batch: Any) -> Floats:
        found = np.asarray(margin(batch), dtype=np.float64)
        return np.stack([-found, found], axis=1) if found.ndim == 1 else found

    return log_odds, "log odds"


def _reader(model: TreeEnsemble, rows: Floats, background: Floats) -> tuple[Any, Floats, Floats]:
    """Return what reads the trees, and the numbers as it takes them."""
    try:
        explainer = shap.TreeExplainer(model.trees(), data=background[:1], feature_perturbation="interventional")
        return explainer, *by_order(explainer.model, rows, background)
    except Exception as error:  # shap raises whatever its reader of the model meets
        raise ModelError("engine tree_shap", shown(str(error), 200), "trees that shap reads") from error


def _of_outputs(explainer: Any, rows: Floats, background: Floats, outputs: int) -> Floats:
    """Return the values of every output, (rows, columns, outputs)."""
    explainer.data, explainer.data_missing = background, np.isnan(background)
    try:
        values = np.asarray(explainer.shap_values(rows, check_additivity=False), dtype=np.float64)
    except Exception as error:
        raise ModelError("engine tree_shap", shown(str(error), 200), "trees that shap reads") from error
    if values.ndim == 2:
        values = values[..., None]
    if values.shape[2] == 1 and outputs == 2:  # the positive class alone
        values = np.concatenate([-values, values], axis=2)
    return values


def _error(deviation: Floats, weight: Floats) -> Floats:
    """Return the standard error of a weighted mean over parts of the background."""
    parts = len(weight)
    factor = parts / max(1, parts - 1)
    return np.asarray(np.sqrt(factor * np.einsum("k,krpo->rpo", weight**2, deviation**2)))
