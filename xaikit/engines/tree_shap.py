"""Exact Shapley values of tree ensembles by shap's TreeSHAP, with the background whole and its error.

shap cuts a background of more than 100 rows to 100 without a word; here it is taken in parts of 50 rows, whose
spread is the standard error. Its values of a *probability* of boosted trees are rescaled log odds, not Shapley values
of the probability (they add up nevertheless); here boosted trees are explained in what they add up to, and say so. It
compares in single precision; here the order of the numbers is compared, which no precision loses. Some trees it
misreads without a word (dropped, linear, split by sets of categories): its sums are first held against the model's.
"""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.attributions import by_player, complete, note
from xaikit.compute.shap_trees import ShapTrees
from xaikit.compute.tables import player_data
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
        A forest or boosted trees, of scikit-learn, XGBoost, LightGBM or CatBoost.
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
        Values (rows, players, outputs), of what the trees add up to (`unit`): the model's answers for forests and
        most regressions ("score"), log odds for boosted classifiers, "raw score" before any other link (the
        logarithm of a count); `stderr` is that of the background.

    Raises
    ------
    ModelError
        When shap cannot read the trees, reads them otherwise than the model says its sums, or the scores are no sum
        of them (isolation forests).

    References
    ----------
    Lundberg, S. M. et al. (2020). From local explanations to global understanding with explainable AI for trees.
    Nature Machine Intelligence 2.
    """
    trees = ShapTrees(model, inputs, background)
    whole, nobody = (np.asarray(target(sums), dtype=np.float64) for sums in (trees.raw, trees.nobody))
    count = len(nobody)
    parts = np.array_split(np.arange(count), min(PARTS, count) if count < 1000 else count // 50)
    trees.check(parts[0])
    each = []
    for done, part in enumerate(parts):
        progress("tree_shap", done, len(parts))
        values = trees.values(part)
        flat = np.asarray(target(values.reshape(-1, values.shape[2])), dtype=np.float64)
        each.append(by_player(flat.reshape(*values.shape[:2], -1), players))
    progress("tree_shap", len(parts), len(parts))
    weight = np.array([len(p) for p in parts]) / count
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
        unit=trees.unit,
        target=target.name,
        budget={"model_rows": 0, "because": f"exact for trees, {count} background rows in {len(parts)} parts"},
        notes=notes,
    )


def _error(deviation: Floats, weight: Floats) -> Floats:
    """Return the standard error of a weighted mean over parts of the background."""
    parts = len(weight)
    factor = parts / max(1, parts - 1)
    return np.asarray(np.sqrt(factor * np.einsum("k,krpo->rpo", weight**2, deviation**2)))
