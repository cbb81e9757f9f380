"""A fitted estimator as of scikit-learn: live, or from skops, boosted trees, or (with trust) joblib or pickle."""

import hashlib
import pickle
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import skops.io
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from xaikit.compute import artefacts, boosters, pickles
from xaikit.compute.answers import answers
from xaikit.compute.estimator_outputs import both_sides, classes_of, indicators, numbered, output_names, side_by_side
from xaikit.core.errors import ModelError, TrustError, listed, nearest, shown
from xaikit.core.model import Array, ModelCard

KINDS = ("skops", "pickle", "compressed", *boosters.OPENERS)
TAKES = (
    "a skops file, one of XGBoost, LightGBM or CatBoost, or (with `trust`) a joblib or pickle file of an estimator"
)
TREES = (
    "DecisionTree",
    "ExtraTree",
    "RandomForest",
    "GradientBoosting",
    "HistGradientBoosting",
    "IsolationForest",
    "XGB",
    "LGBM",
    "CatBoost",
)


class SklearnModel:
    """An estimator as a black box: `predict_proba`, else `decision_function` for each class, else `predict`.

    Parameters
    ----------
    estimator : object
        Fitted; a pipeline, a classifier, a regressor, an outlier detector, or anything with the same methods.
    name : str, optional
        For people; the class name by default.
    method : str, optional
        Which of the three is asked; by default the first that the estimator has.
    card : ModelCard, optional
        Of the file that it comes from.

    Raises
    ------
    ModelError
        When the estimator is not fitted, or has none of the methods.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = SklearnModel(LogisticRegression().fit([[0.0], [1.0]], ["no", "yes"]))
    >>> model.card.output_names, model.predict([[0.5]]).round(2).tolist()
    (('no', 'yes'), [[0.5, 0.5]])
    """

    def __init__(
        self, estimator: Any, *, name: str | None = None, method: str | None = None, card: ModelCard | None = None
    ) -> None:
        self.estimator = estimator
        name = name or type(estimator).__name__
        self._where = f"model {shown(name)}"
        _fitted(estimator, self._where)
        self.method = _method(estimator, method, self._where)
        self.feature_names = boosters.names_of(estimator)
        outputs = output_names(estimator, self.method)
        detail = {"architecture": _architecture(estimator), "method": self.method}
        made = card or ModelCard(name, "sklearn", (), _sha256(estimator))
        self.card = ModelCard(
            made.name, made.adapter, outputs, made.sha256, made.warnings, {**detail, **dict(made.detail)}
        )

    @property
    def takes_frames(self) -> bool:
        """Whether the estimator was fitted on a table with named columns."""
        return bool(self.feature_names)

    def predict(self, batch: Any) -> Array:
        """Return the scores of a batch, float64 `(n, outputs)`.

        Raises
        ------
        ModelError
            When columns are missing or too many, or the estimator raises (with the rows) or answers with NaN.
        """
        found = answers(self._ask(), self._rows(batch), self._where)
        if found.shape[1] != len(self.card.output_names):  # how many outputs there are, only an answer tells
            names = numbered(self.card.output_names, classes_of(self.estimator), found.shape[1])
            self.card = replace(self.card, output_names=names)
        return found

    def _ask(self) -> Callable[[Any], Any]:
        ask: Callable[[Any], Any] = getattr(self.estimator, self.method)
        if _is_booster(self.estimator) and hasattr(self.estimator, "inplace_predict"):
            ask = self.estimator.inplace_predict  # `predict` asks for a DMatrix
        if self.method == "predict_proba":
            return lambda rows: side_by_side(ask(rows))
        classes = classes_of(self.estimator)
        if classes is None:
            return ask
        if self.method == "decision_function":
            return lambda rows: both_sides(ask(rows), classes)
        return lambda rows: indicators(ask(rows), classes)

    def _rows(self, batch: Any) -> Any:
        rows = batch.detach().cpu().numpy() if hasattr(batch, "detach") else batch
        if isinstance(rows, pd.DataFrame):
            return self._by_name(rows)
        width = getattr(self.estimator, "n_features_in_", None) or None  # CatBoost forgets it in a pickle: 0
        shape = np.shape(rows)
        if width is not None and len(shape) > 1 and shape[1] != width:
            raise ModelError(self._where, f"inputs with {shape[1]} columns", f"the {width} it was fitted on")
        return pd.DataFrame(np.asarray(rows), columns=list(self.feature_names)) if self.feature_names else rows

    def _by_name(self, frame: pd.DataFrame) -> Any:
        if not self.feature_names:
            width = getattr(self.estimator, "n_features_in_", None) or None
            if width is not None and frame.shape[1] != width:
                raise ModelError(self._where, f"a table of {frame.shape[1]} columns", f"the {width} it was fitted on")
            return frame.to_numpy() if width is not None else frame
        missing = [c for c in self.feature_names if c not in frame.columns]
        if missing:
            near = nearest(missing[0], [c for c in frame.columns if c not in self.feature_names])
            raise ModelError(
                self._where,
                f"a table without the columns {listed(missing, 6)}",
                f"the {len(self.feature_names)} columns it was fitted on",
                f"Is {shown(near)} another name for {shown(missing[0])}?" if near else None,
            )
        return frame[list(self.feature_names)]


class SklearnTrees(SklearnModel):
    """An estimator that is a sum of decision trees."""

    def trees(self) -> Any:
        """Return the object that `shap.TreeExplainer` accepts."""
        return self.estimator


def of(estimator: Any, *, name: str | None = None, card: ModelCard | None = None) -> SklearnModel:
    """Return the model of a live estimator, with the capability for trees where it is made of trees."""
    trees = any(c.__name__.startswith(TREES) for c in type(estimator).__mro__) or _is_booster(estimator)
    return (SklearnTrees if trees else SklearnModel)(estimator, name=name, card=card)


def load(*, path: Path, trust: bool | str = False) -> SklearnModel:
    """Open a file of a fitted estimator.

    Parameters
    ----------
    path : Path
        A skops file (nothing is executed unless it holds types that skops does not know), boosted trees as XGBoost
        (JSON, UBJSON), LightGBM (text) or CatBoost (cbm) save them, joblib or pickle.
    trust : bool or str
        True or "sha256:…": execute the code in the file.

    Raises
    ------
    ModelError
        When the file is of another kind or damaged, or holds no fitted estimator.
    TrustError
        When opening would execute code and `trust` does not cover it.
    MissingExtraError
        When the library of boosted trees is not installed.
    """
    artefact = artefacts.read(Path(path))
    if artefact.kind not in KINDS:
        raise artefact.wrong(TAKES)
    form = artefact.kind if artefact.kind in ("skops", *boosters.OPENERS) else "pickle"
    notes: tuple[str, ...] = ()
    if form in boosters.OPENERS:
        estimator = boosters.opened(artefact)
    else:
        estimator, notes = _skops(artefact, trust) if form == "skops" else _pickled(artefact, trust)
    card = ModelCard(artefact.path.name, "sklearn", (), artefact.sha256, notes, {"form": form})
    return of(estimator, name=artefact.path.name, card=card)


def recognises(path: Path) -> bool:
    """Return whether a file is skops, boosted trees, a pickle, or compressed as joblib does."""
    return artefacts.kind_at(path) in KINDS


def _skops(artefact: artefacts.Artefact, trust: bool | str) -> tuple[Any, tuple[str, ...]]:
    where = f"model file {shown(str(artefact.path), 200)}"
    try:
        unknown = skops.io.get_untrusted_types(data=artefact.content)
        notes: tuple[str, ...] = ()
        if unknown and not trust:
            raise TrustError(
                where,
                f"a skops file with types that skops does not know to be harmless: {listed(unknown, 20)}",
                "types that you know",
                f"If you know them all: `trust: sha256:{artefact.sha256}`.",
            )
        if unknown:
            notes = (pickles.gate(artefact, trust, f"a skops file (types {listed(unknown, 6)})"),)
        return _reading(lambda: skops.io.loads(artefact.content, trusted=unknown), notes)
    except TrustError:
        raise
    except Exception as error:
        raise ModelError(where, f"{type(error).__name__}: {shown(str(error), 200)}", "a whole skops file") from error


def _pickled(artefact: artefacts.Artefact, trust: bool | str) -> tuple[Any, tuple[str, ...]]:
    note = pickles.gate(artefact, trust, "a pickle (joblib)")
    try:
        return _reading(lambda: joblib.load(artefact.stream()), (note,))
    except Exception as error:
        where = f"model file {shown(str(artefact.path), 200)}"
        raise ModelError(where, f"{type(error).__name__}: {shown(str(error), 200)}", "a whole pickle") from error


def _reading(read: Callable[[], Any], notes: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator = read()
    said = dict.fromkeys(str(w.message).split("\n")[0] for w in caught if "ersion" in type(w.message).__name__)
    return estimator, (*notes, *said)


def _fitted(estimator: Any, where: str) -> None:
    if isinstance(estimator, type):
        raise ModelError(where, "a class", "a fitted estimator")
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        raise ModelError(where, "an estimator that is not fitted", "a fitted one") from None
    except (TypeError, AttributeError):
        return  # not scikit-learn's own; it has the methods, which is all that is asked


def _method(estimator: Any, asked: str | None, where: str) -> str:
    ways = ("predict_proba", "decision_function", "predict")
    found = [m for m in ways if callable(getattr(estimator, m, None))]
    if asked is not None and asked not in found:
        raise ModelError(where, f"no method {shown(asked)}", f"one of {listed(found)}")
    if not found:
        raise ModelError(where, f"a {type(estimator).__name__}", f"an estimator with one of {listed(ways)}")
    return asked or found[0]


def _is_booster(estimator: Any) -> bool:
    """Return whether it is the `Booster` of xgboost or lightgbm: their trees without the estimator around them."""
    kind = type(estimator)
    return kind.__name__ == "Booster" and kind.__module__.partition(".")[0] in {"xgboost", "lightgbm"}


def _architecture(estimator: Any) -> str:
    steps: Sequence[tuple[str, Any]] = getattr(estimator, "steps", ())
    return " → ".join(type(s).__name__ for _, s in steps) if steps else type(estimator).__name__


def _sha256(estimator: Any) -> str | None:
    try:
        return hashlib.sha256(pickle.dumps(estimator)).hexdigest()
    except Exception:  # objects that cannot be pickled have no artefact to hash
        return None
