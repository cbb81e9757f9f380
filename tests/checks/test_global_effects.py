"""Permutation importance, attribution of accuracy, and the course of the score, against closed forms."""

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import partial_dependence as theirs
from sklearn.linear_model import LogisticRegression

import xaikit as xk
from tests.oracles.shapley import brute_force
from xaikit.adapters.function import FunctionModel
from xaikit.adapters.sklearn import SklearnModel
from xaikit.checks import metric_attribution, partial_dependence, permutation_importance
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import AbsentError
from xaikit.core.players import Players
from xaikit.core.target import every_output, one_output

NAMES = ["a", "b", "c", "d"]
PLAYERS, TARGET = Players.of(NAMES), every_output(("score",))
RNG = np.random.default_rng(0)
X = RNG.normal(size=(2000, 4))


def probability(z):
    return 1 / (1 + np.exp(-(2 * z[:, 0] + z[:, 1] * z[:, 2])))


LABEL = (RNG.random(2000) < probability(X)).astype(int)
DECISIONS = Decisions.of(pd.DataFrame({"y": LABEL}), Roles(label="y", favourable=1), selected=LABEL == 1)


def permuted(model, **parameters):
    check = permutation_importance.check(
        FunctionModel(model), X, TARGET, PLAYERS, np.random.default_rng(1), DECISIONS, **parameters
    )
    return {(e.measure, e.about["feature"]): e for e in check}


def test_permutation_importance_of_a_linear_model_is_known():
    found = permuted(lambda z: 3 * z[:, 0] + z[:, 1], repeats=20)
    for feature, weight in (("a", 3), ("b", 1), ("c", 0)):
        e = found["permutation_importance", feature]
        assert e.value == pytest.approx(weight * 2 / np.sqrt(np.pi), abs=0.12 * weight + 1e-12)  # E|N − N'|
        assert e.low <= e.value <= e.high


def test_accuracy_suffers_only_from_features_that_are_used():
    found = permuted(probability)
    assert found["permutation_brier_increase", "a"].low > 0
    assert found["permutation_brier_increase", "d"].value == pytest.approx(0, abs=1e-12)
    without = permutation_importance.check(FunctionModel(probability), X, TARGET, PLAYERS, np.random.default_rng(1))
    assert {e.measure for e in without} == {"permutation_importance"}


def accuracy(count, **parameters):
    return list(
        metric_attribution.check(
            FunctionModel(probability), X[:count], X[:8], TARGET, PLAYERS,
            Decisions.of(pd.DataFrame({"y": LABEL[:count]}), Roles(label="y"), selected=LABEL[:count] == 1),
            np.random.default_rng(1), **parameters,
        )
    )  # fmt: skip


def test_attribution_of_accuracy_is_the_definition_and_adds_up():
    found = accuracy(40)
    behind, label = X[:8], LABEL[:40]

    def value(coalition):
        gains = []
        for row, y in zip(X[:40], label, strict=True):
            mixed = behind.copy()
            mixed[:, list(coalition)] = row[list(coalition)]
            gains.append((probability(behind).mean() - y) ** 2 - (probability(mixed).mean() - y) ** 2)
        return np.mean(gains)

    np.testing.assert_allclose([e.value for e in found], brute_force(value, 4), atol=1e-9)
    detail = found[0].detail
    assert sum(e.value for e in found) == pytest.approx(
        detail["brier_without_features"] - detail["brier_of_the_model"]
    )
    assert detail["brier_of_the_model"] == pytest.approx(np.mean((probability(X[:40]) - label) ** 2))


def test_feature_that_only_moves_scores_has_no_share_in_accuracy():
    found = {e.about["feature"]: e for e in accuracy(1500, rows=600)}
    assert found["a"].low > 0.02
    assert found["d"].value == pytest.approx(0, abs=1e-12)
    with pytest.raises(AbsentError, match="a label column"):
        list(
            metric_attribution.check(
                FunctionModel(probability), X, X[:8], TARGET, PLAYERS,
                Decisions.of(pd.DataFrame({"s": LABEL}), Roles(decision="s"), selected=LABEL == 1),
                np.random.default_rng(1),
            )
        )  # fmt: skip


def course(model, inputs, features, players=PLAYERS, target=TARGET, **parameters):
    check = partial_dependence.check(
        model, inputs, target, players, np.random.default_rng(0), features=features, **parameters
    )
    return {(e.measure, e.about["feature"], e.about["bin"]): e for e in check}


def test_partial_dependence_is_scikit_learns():
    model = LogisticRegression().fit(X, LABEL)
    found = course(SklearnModel(model), X, ["b"], target=one_output(1, ["0", "1"]), rows=2000)
    grid = np.unique(np.quantile(X[:, 1], np.linspace(0, 1, 11)))
    expected = theirs(model, X, [1], custom_values={1: grid}, method="brute", response_method="predict_proba")
    values = [e.value for k, e in found.items() if k[0] == "partial_dependence"]
    np.testing.assert_allclose(values, expected["average"][0], atol=1e-9)


def test_local_effects_follow_the_data_where_partial_dependence_leaves_it():
    rng = np.random.default_rng(2)
    first = rng.uniform(0, 1, 4000)
    x = np.column_stack([first, first + 0.02 * rng.normal(size=4000), first * 0, first * 0])

    def model(z):
        return np.where(np.abs(z[:, 0] - z[:, 1]) < 0.3, z[:, 0], 50.0)  # absurd where the data never are

    found = course(FunctionModel(model), x, ["a"], rows=4000)
    effects = np.array([e.value for k, e in found.items() if k[0] == "accumulated_local_effect"])
    edges = np.array([float(k[2]) for k in found if k[0] == "accumulated_local_effect"])
    np.testing.assert_allclose(effects - effects[0], edges - edges[0], atol=0.03)
    assert max(e.value for k, e in found.items() if k[0] == "partial_dependence") > 10


def test_words_are_taken_one_by_one_and_people_differ():
    frame = pd.DataFrame({"job": ["x", "y", "x", "y"] * 10, "pay": np.linspace(0, 1, 40)})
    players = Players.of(["job", "pay"])
    found = course(FunctionModel(lambda t: (t["job"] == "y") * t["pay"]), frame, ["job"], players)
    assert found["partial_dependence", "job", "x"].value == 0
    e = found["partial_dependence", "job", "y"]
    assert e.value == pytest.approx(0.5)
    assert e.detail["ice_90"] - e.detail["ice_10"] == pytest.approx(0.8, abs=0.03)


def test_unknown_and_grouped_features_are_refused():
    model = FunctionModel(probability)
    with pytest.raises(xk.SpecError, match="unknown feature 'e'"):
        course(model, X, ["e"])
    with pytest.raises(xk.DataError, match="a group of columns"):
        course(model, X, ["g"], Players.of(NAMES, {"g": ["a", "b"]}))
