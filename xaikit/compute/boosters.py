"""Boosted trees in the files of XGBoost, LightGBM and CatBoost: data, not code, opened by the library of each."""

import json
import tempfile
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from xaikit.compute.artefacts import Artefact
from xaikit.core.errors import MissingExtraError, ModelError, shown

CLASSES_OF_CATBOOST = ("Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll", "MultiLogloss")


def opened(artefact: Artefact) -> Any:
    """Return the estimator in a file of the kind "xgboost", "lightgbm" or "catboost".

    Raises
    ------
    MissingExtraError
        When the library is not installed.
    ModelError
        When the file is damaged.
    """
    where = f"model file {shown(str(artefact.path), 200)}"
    try:
        library = import_module(artefact.kind)
    except ImportError as error:
        hint = f"pip install {artefact.kind}"
        raise MissingExtraError(
            where, f"{artefact.looks_like}, and no {artefact.kind}", "the library", hint
        ) from error
    try:
        return OPENERS[artefact.kind](library, artefact.content)
    except Exception as error:  # each library has errors of its own
        said = f"{artefact.looks_like} that cannot be read: {type(error).__name__}: {shown(str(error), 200)}"
        raise ModelError(where, said, "a whole file") from error


def names_of(estimator: Any) -> tuple[str, ...]:
    """Return the names of the columns that an estimator was fitted on; none where it was given none.

    Examples
    --------
    >>> class Fitted:
    ...     feature_names_in_ = ["age", "hours"]
    >>> names_of(Fitted()), names_of(object())
    (('age', 'hours'), ())
    """
    held = ("feature_names_in_", "feature_names_", "feature_names", "feature_name")  # the last of LightGBM's Booster
    found = next((n for n in (getattr(estimator, name, None) for name in held) if n is not None), ())
    names = tuple(map(str, found() if callable(found) else found))
    made_up = all(n in {str(i), f"Column_{i}", f"f{i}"} for i, n in enumerate(names))
    return () if made_up else names


def _xgboost(library: Any, content: bytes) -> Any:
    booster = library.Booster()
    _from_file(booster.load_model, content, ".json" if content[1:2] == b'"' or content[:2] == b"{\n" else ".ubj")
    objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
    kind = "Classifier" if objective.startswith(("binary:", "multi:")) else "Regressor"
    estimator = getattr(library, "XGBRanker" if objective.startswith("rank:") else f"XGB{kind}")()
    estimator.load_model(bytearray(booster.save_raw("ubj")))
    return estimator


def _lightgbm(library: Any, content: bytes) -> Any:
    if b"\0" in content or b"\nend of trees" not in content:  # LightGBM itself takes half a file
        raise ValueError("no end of trees, or bytes that are no text")
    return library.Booster(model_str=content.decode("utf-8"))


def _catboost(library: Any, content: bytes) -> Any:
    any_of_them = _from_file(library.CatBoost().load_model, content, ".cbm")
    loss = str(any_of_them.get_all_params().get("loss_function", "")).partition(":")[0]
    found = library.CatBoostClassifier() if loss in CLASSES_OF_CATBOOST else library.CatBoostRegressor()
    return _from_file(found.load_model, content, ".cbm")


def _from_file(load: Callable[[str], Any], content: bytes, suffix: str) -> Any:
    """Load from a file that holds what was hashed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{suffix}"
        path.write_bytes(content)
        return load(str(path))


OPENERS: Mapping[str, Callable[[Any, bytes], Any]] = {
    "xgboost": _xgboost,
    "lightgbm": _lightgbm,
    "catboost": _catboost,
}
