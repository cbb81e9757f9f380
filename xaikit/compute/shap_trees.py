"""Trees as shap reads them, their columns found by name, and their sums held against what the model says."""

from typing import Any

import numpy as np
import pandas as pd
import shap
from numpy.typing import NDArray

from xaikit.compute import tree_scores
from xaikit.compute.tree_order import by_order
from xaikit.core.errors import ModelError, shown
from xaikit.core.model import TreeEnsemble

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
PROBES = 32  # rows, and as many mixtures of rows and background, on which shap's sums are held against the model's
MISSED = 1e-3  # of the largest deviation of the sums: shap holds leaves in single precision


class ShapTrees:
    """A tree ensemble with the rows that it is asked about.

    Parameters
    ----------
    model : TreeEnsemble
        Where it has `feature_names`, its columns are found by name in a table.
    inputs, background : array or table, shape (rows, columns)
        As the model takes them.

    Attributes
    ----------
    raw, nobody : float array, shape (rows or background, outputs)
        What the trees add up to.
    unit : str
        Of these sums: "score", "log odds" or "raw score".

    Raises
    ------
    ModelError
        When shap cannot read the trees, or the scores are no sum of them.
    """

    def __init__(self, model: TreeEnsemble, inputs: Any, background: Any) -> None:
        self._estimator = model.trees()
        tree_scores.readable(self._estimator)
        self._model, self._summed = model, tree_scores.summed(self._estimator)
        names = getattr(model, "feature_names", ()) if isinstance(inputs, pd.DataFrame) else ()
        self._columns = inputs.shape[1]
        self._at = [list(inputs.columns).index(n) for n in names] or list(range(self._columns))
        tables = [t.iloc[:, self._at] if len(names) else t for t in (inputs, background)]
        self.raw, self.nobody = map(self._sums, tables)
        self.unit = tree_scores.unit(self.raw, model.predict(inputs))
        self._plain = [tree_scores.numbers(self._estimator, table) for table in tables]
        self._names = tables[0].columns if isinstance(tables[0], pd.DataFrame) else None
        self._words = self._names is not None and not all(getattr(d, "kind", "") in "biuf" for d in tables[0].dtypes)
        self._explainer, self._rows, self._behind = self._read()

    def values(self, behind: Ints) -> Floats:
        """Return the values of every row before some background rows, (rows, columns of the inputs, outputs)."""
        found = self._values(self._rows, self._behind[behind])
        whole = np.zeros((len(found), self._columns, found.shape[2]))
        whole[:, self._at] = found
        return whole

    def check(self, behind: Ints) -> None:
        """Compare what shap's values of some rows, and of mixtures with the background, add up to with the model.

        Raises
        ------
        ModelError
            When the trees are others to shap than to the model.
        """
        front = np.unique(np.linspace(0, len(self._rows) - 1, PROBES).astype(int))
        probes, sums = self._rows[front], self.raw[front]
        if not self._words:
            mixed, theirs = self._mixtures(behind)
            probes, sums = np.concatenate([probes, mixed]), np.concatenate([sums, theirs])
        change = sums - self.nobody[behind].mean(axis=0)
        off = np.abs(self._values(probes, self._behind[behind]).sum(axis=1) - change).max()
        size = np.abs(change).max()
        if off > MISSED * size + 1e-6 * np.abs(sums).max():
            raise tree_scores.misread(self._estimator, float(off), float(size))

    def _mixtures(self, behind: Ints) -> tuple[Floats, Floats]:
        """Return rows with some columns of the background, as shap takes them, and their sums."""
        rng = np.random.default_rng(0)
        front, back = rng.integers(len(self._rows), size=PROBES), rng.choice(behind, size=PROBES)
        keep = rng.random((PROBES, self._rows.shape[1])) < 0.5
        mixed = np.where(keep, self._plain[0][front], self._plain[1][back])
        asked = mixed if self._names is None else pd.DataFrame(mixed, columns=self._names)
        return np.where(keep, self._rows[front], self._behind[back]), self._sums(asked)

    def _sums(self, table: Any) -> Floats:
        if self._summed is None:
            return self._model.predict(table)
        found = self._summed(table)
        two = len(getattr(self._estimator, "classes_", ())) == 2 and found.ndim == 1
        return np.stack([-found, found], axis=1) if two else found.reshape(len(found), -1)

    def _read(self) -> tuple[Any, Floats, Floats]:
        try:
            found = shap.TreeExplainer(
                self._estimator, data=self._plain[1][:1], feature_perturbation="interventional"
            )
            if tree_scores.library(self._estimator) == "catboost":
                found.model.input_dtype = np.float32  # as it compares; shap knows it of its classifiers alone
            rows, behind = by_order(found.model, *self._plain)
        except Exception as error:  # shap raises whatever its reader of the model meets
            raise self._unread(error) from error
        return found, rows, behind

    def _values(self, rows: Floats, behind: Floats) -> Floats:
        explainer, outputs = self._explainer, self.raw.shape[1]
        explainer.data, explainer.data_missing = behind, np.isnan(behind)
        try:
            values = np.asarray(explainer.shap_values(rows, check_additivity=False), dtype=np.float64)
        except Exception as error:
            raise self._unread(error) from error
        values = values[..., None] if values.ndim == 2 else values
        if values.shape[2] == 1 and outputs == 2:  # the positive class alone
            values = np.concatenate([-values, values], axis=2)
        if values.shape[2] != outputs:
            raise self._unread(ValueError(f"{values.shape[2]} outputs, where the model has {outputs}"))
        return values

    def _unread(self, error: Exception) -> ModelError:
        said = "trees of a form that shap does not know" if isinstance(error, AttributeError) else str(error)
        got = f"a {type(self._estimator).__name__}: {shown(said, 200)}"
        return ModelError("engine tree_shap", got, "trees that shap reads", tree_scores.ADVICE)
