"""Names of outputs: as many as the estimator answers, classes and clusters as indicators."""

import numpy as np
import pytest
from sklearn.cluster import Birch, KMeans
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.mixture import GaussianMixture
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

import xaikit as xk
from tests.oracles.shapley import brute_force, marginal_game
from xaikit.adapters.sklearn import of

RNG = np.random.default_rng(4)
X = RNG.normal(size=(90, 3))
LABELS = np.column_stack([X[:, 0] > 0, X[:, 1] > 0.3]).astype(int)
WORDS = np.column_stack(
    [np.where(X[:, 0] > 0, "yes", "no"), np.array(["a", "b", "c"])[np.digitize(X[:, 1], [-1, 1])]]
)
TWO = np.column_stack([X[:, 0] * X[:, 1], X[:, 2]])
FOUR = np.digitize(X[:, 0], [-0.7, 0, 0.7])


def indicators(estimator, classes):
    return lambda rows: (np.asarray(estimator.predict(rows))[:, None] == np.asarray(classes)[None, :]).astype(float)


def one_target_after_the_other(estimator):
    def answer(rows):
        named = estimator.predict(rows)
        return np.array(
            [[float(row[i] == c) for i, own in enumerate(estimator.classes_) for c in own] for row in named]
        )

    return answer


PAIR = ("prediction 0", "prediction 1")
CASES = {
    "regression of two targets": (LinearRegression(), TWO, "predict", PAIR),
    "forest of two targets": (RandomForestRegressor(3, random_state=0), TWO, "predict", PAIR),
    "chain of regressions": (RegressorChain(LinearRegression()), TWO, "predict", PAIR),
    "chain of classifiers": (ClassifierChain(LogisticRegression()), LABELS, "predict_proba", ("0: 1", "1: 1")),
    "chain without probabilities": (ClassifierChain(LinearSVC()), LABELS, "decision_function", ("0: 1", "1: 1")),
    "two labels": (RidgeClassifier(), LABELS, "decision_function", ("0", "1")),
    "pairs of classes": (
        SVC(decision_function_shape="ovo"), FOUR, "decision_function", tuple(f"output {i}" for i in range(6)),
    ),
    "mixture": (GaussianMixture(2, random_state=0), None, "predict_proba", ("score 0", "score 1")),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_there_are_as_many_names_as_outputs(case):
    estimator, y, method, names = CASES[case]
    fitted = estimator.fit(X, y)
    found = xk.explain(fitted, X[:2], background=X[5:12])
    assert found.output_names == names
    game = [brute_force(marginal_game(getattr(fitted, method), row, X[5:12]), 3) for row in X[:2]]
    np.testing.assert_allclose(found.values, game, atol=1e-9)
    assert of(fitted).method == method


CLUSTERERS = {
    "k-means": KMeans(3, n_init=1, random_state=0),
    "Birch": Birch(n_clusters=3),
    "in a pipeline": make_pipeline(StandardScaler(), KMeans(3, n_init=1, random_state=0)),
}


@pytest.mark.parametrize("case", CLUSTERERS)
def test_the_number_of_a_cluster_is_a_name_not_a_quantity(case):
    fitted = CLUSTERERS[case].fit(X)
    found = xk.explain(fitted, X[:2], background=X[5:12])
    assert found.output_names == ("0", "1", "2")
    game = [brute_force(marginal_game(indicators(fitted, [0, 1, 2]), row, X[5:12]), 3) for row in X[:2]]
    np.testing.assert_allclose(found.values, game, atol=1e-9)


def test_targets_that_only_name_classes_are_indicators_side_by_side():
    fitted = MultiOutputClassifier(LinearSVC()).fit(X, WORDS)
    model = of(fitted)
    assert model.method == "predict"
    np.testing.assert_array_equal(model.predict(X), one_target_after_the_other(fitted)(X))
    assert model.card.output_names == ("0: no", "0: yes", "1: a", "1: b", "1: c")


def test_an_empty_list_of_classes_is_none():
    class Regression(LinearRegression):
        classes_ = ()  # as CatBoost's regressors have

    fitted = Regression().fit(X, X[:, 0])
    np.testing.assert_allclose(of(fitted).predict(X)[:, 0], X[:, 0], atol=1e-9)
