"""TreeSHAP against brute force over the whole background."""

import numpy as np
import pytest
import shap
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression

import xaikit as xk
from tests.oracles.shapley import brute_force, marginal_game

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 5))
Y = (X[:, 0] + X[:, 1] * X[:, 2] + 0.2 * RNG.normal(size=300) > 0).astype(int)
FRESH = RNG.normal(size=(130, 5))  # shap alone would cut it to 100
THREE = np.digitize(X[:, 0] + X[:, 3], [-0.7, 0.7])


@pytest.mark.parametrize(
    ("estimator", "labels"),
    [
        (RandomForestClassifier(10, max_depth=4, random_state=0), Y),
        (RandomForestClassifier(10, max_depth=4, random_state=0), THREE),
        (HistGradientBoostingClassifier(max_iter=10, random_state=0), Y),
        (GradientBoostingClassifier(n_estimators=10, random_state=0), Y),
        (ExtraTreesRegressor(10, max_depth=5, random_state=0), X[:, 0] * X[:, 1]),
    ],
)
def test_values_are_brute_force_over_the_whole_background(estimator, labels):
    model, behind = estimator.fit(X, labels), FRESH
    predict = getattr(model, "predict_proba", model.predict)
    if hasattr(model, "decision_function"):

        def predict(z):
            return np.column_stack([-model.decision_function(z), model.decision_function(z)])

    found = xk.explain(model, X[:2], background=behind, engine="tree_shap")
    expected = [brute_force(marginal_game(predict, row, behind), 5) for row in X[:2]]
    np.testing.assert_allclose(found.values, expected, atol=2e-5)
    assert found.converged.all()
    assert found.stderr.max() > 0
    assert found.unit == ("log odds" if hasattr(model, "decision_function") else "score")


def test_wrong_there_shap_rescales_log_odds_and_calls_them_values_of_the_probability():
    model, behind = HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(X, Y), FRESH[:30]
    rows = FRESH[30:33]
    explainer = shap.TreeExplainer(model, behind, model_output="probability")
    theirs = explainer.shap_values(rows, check_additivity=False)

    def predict(z):
        return model.predict_proba(z)[:, 1]

    expected = np.array([brute_force(marginal_game(predict, row, behind), 5)[:, 0] for row in rows])
    np.testing.assert_allclose(theirs.sum(axis=1), expected.sum(axis=1), atol=1e-6)  # they add up
    assert np.abs(theirs - expected).max() > 0.005  # and are something else
    ours = xk.explain(model, rows, background=behind, target=1)
    np.testing.assert_allclose(ours.values[..., 0], expected, atol=1e-9)


def test_wrong_there_shap_reads_histogram_trees_otherwise_at_their_own_thresholds_and_the_gate_sees_it():
    model = HistGradientBoostingClassifier(max_iter=10, random_state=0).fit(X, Y)
    found = xk.explain(model, X[:20], background=X[:50], engine="tree_shap")  # training rows lie on thresholds
    assert not found.converged.all()
    assert any("use the engine 'shapley'" in n for n in found.notes)


def test_error_is_that_of_the_background():
    model = RandomForestClassifier(10, max_depth=4, random_state=0).fit(X, Y)
    behind = X[:20]
    found = xk.explain(model, X[:2], background=behind, engine="tree_shap")
    each = np.stack([xk.explain(model, X[:2], background=b[None], engine="shapley").values for b in behind])
    np.testing.assert_allclose(found.stderr, each.std(axis=0, ddof=1) / np.sqrt(20), atol=1e-6)


def test_target_that_is_not_linear_fails_the_gate_and_groups_are_explained():
    model = RandomForestClassifier(10, max_depth=4, random_state=0).fit(X, Y)
    bent = xk.explain(model, X[:5], background=X[:50], engine="tree_shap", target=lambda y: y[:, 1] ** 2)
    assert not bent.converged.all()
    assert any(n.startswith("NOT CONVERGED") for n in bent.notes)
    joined = xk.explain(model, X[:5], background=X[:50], engine="tree_shap", groups={"g": [0, 1]})
    assert any("not the value of the group as one player" in n for n in joined.notes)


def test_other_models_are_refused():
    with pytest.raises(xk.SpecError, match="TreeEnsemble"):
        xk.explain(LogisticRegression().fit(X, Y), X[:2], background=X, engine="tree_shap")
