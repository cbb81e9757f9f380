"""Estimators: every method, live and from files; columns are checked; nothing runs without trust."""

import gzip
import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from xaikit.adapters.sklearn import SklearnModel, SklearnTrees, load, of, recognises
from xaikit.core.errors import DataError, ModelError, TrustError
from xaikit.core.model import Model, TreeEnsemble

RNG = np.random.default_rng(8)
X = RNG.normal(size=(60, 3))
TWO = np.where(X[:, 0] + RNG.normal(size=60) > 0, "yes", "no")
THREE = np.array(["a", "b", "c"])[np.digitize(X[:, 1], [-0.5, 0.5])]


@pytest.mark.parametrize(
    ("estimator", "y", "method", "names"),
    [
        (LogisticRegression(), TWO, "predict_proba", ("no", "yes")),
        (LogisticRegression(), THREE, "predict_proba", ("a", "b", "c")),
        (RidgeClassifier(), TWO, "decision_function", ("no", "yes")),
        (SVC(), THREE, "decision_function", ("a", "b", "c")),
        (LinearRegression(), X[:, 2], "predict", ("prediction",)),
        (HistGradientBoostingClassifier(max_iter=5), TWO, "predict_proba", ("no", "yes")),
        (make_pipeline(StandardScaler(), SVC()), TWO, "decision_function", ("no", "yes")),
        (IsolationForest(n_estimators=5, random_state=0), None, "decision_function", ("score",)),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, BaseEstimator) else "",
)
def test_the_first_method_that_there_is_is_asked(estimator, y, method, names):
    fitted = estimator.fit(X, y)
    model = of(fitted)
    assert isinstance(model, Model)
    assert model.method == method
    assert model.card.output_names == names
    expected = np.asarray(getattr(fitted, method)(X), dtype=float).reshape(60, -1)
    if names == ("no", "yes") and method == "decision_function":  # one margin speaks for one class, against the other
        expected = np.hstack([-expected, expected])
    assert np.array_equal(model.predict(X), expected)
    assert np.array_equal(model.predict(torch.as_tensor(X)), expected)
    assert np.array_equal(model.predict(X.tolist()), expected)


def test_a_classifier_that_only_names_classes_gives_indicators():
    class Stump(ClassifierMixin, BaseEstimator):
        def fit(self, x, y):
            self.classes_ = np.unique(y)
            return self

        def predict(self, x):
            return np.where(np.asarray(x)[:, 0] > 0, "yes", "no")

    out = of(Stump().fit(X, TWO)).predict(X)
    assert np.array_equal(out[:, 1] == 1, X[:, 0] > 0)
    assert np.array_equal(out.sum(axis=1), np.ones(60))


def test_another_method_may_be_asked_for():
    fitted = LogisticRegression().fit(X, TWO)
    assert np.array_equal(
        SklearnModel(fitted, method="decision_function").predict(X)[:, 1], fitted.decision_function(X)
    )
    with pytest.raises(ModelError, match="no method 'predict_log'"):
        SklearnModel(fitted, method="predict_log")


def test_several_targets_are_columns_side_by_side():
    fitted = MultiOutputClassifier(LogisticRegression()).fit(X, np.column_stack([TWO, THREE]))
    model = of(fitted)
    assert model.predict(X).shape == (60, 5)
    assert model.card.output_names == ("0: no", "0: yes", "1: a", "1: b", "1: c")


@pytest.mark.parametrize("kind", [RandomForestClassifier, RandomForestRegressor, GradientBoostingClassifier])
def test_trees_are_a_capability(kind):
    y = X[:, 0] if "Regressor" in kind.__name__ else TWO
    model = of(kind(n_estimators=3, random_state=0).fit(X, y))
    assert isinstance(model, SklearnTrees)
    assert isinstance(model, TreeEnsemble)
    assert not isinstance(of(LogisticRegression().fit(X, TWO)), TreeEnsemble)


FRAME = pd.DataFrame({"age": X[:, 0], "city": np.where(X[:, 1] > 0, "Bern", "Genf"), "hours": X[:, 2]})


def pipeline():
    columns = make_column_transformer((OneHotEncoder(), ["city"]), remainder="passthrough")
    return make_pipeline(columns, LogisticRegression()).fit(FRAME, TWO)


def test_tables_are_taken_by_name_in_any_order_with_more_columns():
    fitted = pipeline()
    model = of(fitted)
    assert model.takes_frames
    expected = fitted.predict_proba(FRAME)
    shuffled = FRAME.assign(extra=1.0)[["hours", "extra", "city", "age"]]
    assert np.array_equal(model.predict(shuffled), expected)
    assert not of(LogisticRegression().fit(X, TWO)).takes_frames


def test_a_missing_column_is_named_with_its_likely_other_name():
    with pytest.raises(ModelError, match=r"without the columns 'hours'.*Is 'hour' another name for 'hours'"):
        of(pipeline()).predict(FRAME.rename(columns={"hours": "hour"}))


def test_arrays_get_the_names_back_without_a_warning():
    fitted = LogisticRegression().fit(FRAME[["age", "hours"]], TWO)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out = of(fitted).predict(FRAME[["age", "hours"]].to_numpy())
    assert np.array_equal(out, fitted.predict_proba(FRAME[["age", "hours"]]))


def test_another_number_of_columns_is_refused():
    model = of(LogisticRegression().fit(X, TWO))
    with pytest.raises(ModelError, match="inputs with 2 columns; expected the 3"):
        model.predict(X[:, :2])
    with pytest.raises(ModelError, match="a table of 2 columns; expected the 3"):
        model.predict(FRAME[["age", "hours"]])


def test_rows_that_raise_are_named():
    broken = X.copy()
    broken[41, 1] = np.nan
    with pytest.raises(ModelError, match=r"row 42: got ValueError: 'Input X contains NaN"):
        of(LogisticRegression().fit(X, TWO)).predict(broken)


def test_what_is_not_fitted_or_no_estimator():
    with pytest.raises(ModelError, match="not fitted"):
        of(LogisticRegression())
    with pytest.raises(ModelError, match="a class"):
        of(LogisticRegression)
    with pytest.raises(ModelError, match="an estimator with one of"):
        of(StandardScaler().fit(X))
    assert of(NearestCentroid().fit(X, TWO)).predict(X).shape[0] == 60


# ---- files


def write(estimator, path, form):
    if form == "skops":
        skops.io.dump(estimator, path)
    elif form == "pickle":
        path.write_bytes(pickle.dumps(estimator))
    elif form == "gzip":
        path.write_bytes(gzip.compress(pickle.dumps(estimator)))
    else:
        joblib.dump(estimator, path, compress={"joblib": 0, "zlib": 3}[form])


@pytest.mark.parametrize("form", ["skops", "pickle", "joblib", "zlib"])
def test_every_form_answers_like_the_live_estimator(form, tmp_path):
    fitted = pipeline()
    path = tmp_path / "model.bin"
    write(fitted, path, form)
    assert recognises(path)
    model = load(path=path, trust=form != "skops")
    assert np.array_equal(model.predict(FRAME), fitted.predict_proba(FRAME))
    assert len(model.card.sha256) == 64
    assert model.card.name == "model.bin"
    assert ("executed" in " ".join(model.card.warnings)) == (form != "skops")


@pytest.mark.parametrize("form", ["pickle", "joblib", "zlib", "gzip"])
def test_a_pickle_does_not_run_without_trust(form, tmp_path):
    song = tmp_path / "sang"
    write(Canary(str(song)), tmp_path / "m", form)
    with pytest.raises(TrustError, match="exec"):
        load(path=tmp_path / "m")
    with pytest.raises(TrustError, match="the one trusted"):
        load(path=tmp_path / "m", trust="sha256:" + "0" * 64)
    assert not song.exists()
    with pytest.raises(ModelError):
        load(path=tmp_path / "m", trust=True)
    assert song.exists()


class Canary:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return exec, (f"import pathlib; pathlib.Path({self.path!r}).write_text('sang')",)


def test_skops_lists_the_types_that_it_does_not_know(tmp_path):
    fitted = RandomForestClassifier(n_estimators=2, random_state=0).fit(X, TWO)
    path = tmp_path / "forest.skops"
    skops.io.dump(fitted, path)
    unknown = skops.io.get_untrusted_types(file=path)
    if not unknown:
        pytest.skip("this skops knows all types of a random forest")
    with pytest.raises(TrustError) as error:
        load(path=path)
    assert all(name in str(error.value) for name in unknown)
    sha256 = str(error.value).partition("sha256:")[2][:64]
    model = load(path=path, trust=f"sha256:{sha256}")
    assert np.array_equal(model.predict(X), fitted.predict_proba(X))


def test_wrong_and_damaged_files(tmp_path):
    torch.save({}, tmp_path / "m.pkl")
    with pytest.raises(ModelError, match=r"a torch\.save archive; expected a skops file"):
        load(path=tmp_path / "m.pkl", trust=True)
    content = pickle.dumps(LogisticRegression().fit(X, TWO))
    (tmp_path / "half").write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match="a whole pickle"):
        load(path=tmp_path / "half", trust=True)
    (tmp_path / "list").write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(ModelError, match="a list"):
        load(path=tmp_path / "list", trust=True)


def test_a_model_of_another_version_says_so(tmp_path):
    fitted = LogisticRegression().fit(X, TWO)
    state = fitted.__getstate__()
    state["_sklearn_version"] = "0.1"

    class Old(LogisticRegression):
        def __reduce__(self):
            return LogisticRegression, (), state

    old = Old()
    old.__dict__.update(fitted.__dict__)
    (tmp_path / "m").write_bytes(pickle.dumps(old))
    assert any("0.1" in w for w in load(path=tmp_path / "m", trust=True).card.warnings)


FUZZED = of(LogisticRegression().fit(X, TWO))


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        dtype=st.sampled_from([np.float16, np.float32, np.float64, np.int8, np.uint16, np.bool_, np.dtype("U3")]),
        shape=hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4),
    )
)
def test_any_array_gives_an_answer_or_a_clear_error(batch):
    try:
        out = FUZZED.predict(batch)
    except (ModelError, DataError):
        return
    assert out.shape == (len(batch), 2)
    assert np.isfinite(out).all()


def test_a_huge_batch_is_asked_in_parts():
    out = FUZZED.predict(np.broadcast_to(X[:1], (300_000, 3)))
    assert out.shape == (300_000, 2)
    assert np.ptp(out, axis=0).max() == 0
