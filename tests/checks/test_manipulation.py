"""Manipulation: scaffolds that hide their rule are caught, honest models are not, on three tables."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC

import xaikit as xk
from tests.checks.manipulation_study import HIDES, TABLES, hiding, honest, verdict
from xaikit.adapters.function import FunctionModel
from xaikit.checks import manipulation
from xaikit.core.players import Players
from xaikit.core.target import every_output

TARGET = every_output(("score",))


def by_measure(evidence):
    return {e.measure: e for e in evidence}


def tables(name):
    """Real rows, their labels, and the column of the biased rule; the last column is drawn for scaffolds."""
    rng = np.random.default_rng(51)
    if name == "synthetic":
        z = rng.normal(size=(1200, 3))
        columns = [rng.random(1200) < 0.5, z[:, 0], np.exp(0.9 * z[:, 0] + 0.3 * z[:, 1]), z[:, 1] + z[:, 2], z[:, 2]]
        x = np.column_stack([*columns, rng.integers(0, 4, 1200), rng.normal(size=1200)]).astype(float)
        y, column = x[:, 1] + x[:, 0] + x[:, 4] * (x[:, 5] > 1) + rng.logistic(size=1200) > 0.5, 0
    else:
        x, y = {"breast": load_breast_cancer, "diabetes": load_diabetes}[name](return_X_y=True)
        x, column, y = x[:, :10], {"breast": 4, "diabetes": 1}[name], y > np.median(y) - 0.5
    return np.column_stack([x, rng.random(len(x)) < 0.5]).astype(float), y.astype(int), column


HONEST = {
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
    "forest": lambda: RandomForestClassifier(50, min_samples_leaf=5, random_state=1),
    "deep forest": lambda: ExtraTreesClassifier(50, random_state=1),
    "boosted trees": lambda: HistGradientBoostingClassifier(max_iter=60, random_state=1),
    "net": lambda: make_pipeline(StandardScaler(), MLPClassifier((24,), max_iter=300, alpha=0.1, random_state=1)),
    "support vectors": lambda: make_pipeline(StandardScaler(), SVC(C=2, random_state=1)),
    "neighbours": lambda: make_pipeline(StandardScaler(), KNeighborsClassifier(20)),
    "naive Bayes": lambda: GaussianNB(),
    "quadratic": lambda: make_pipeline(
        StandardScaler(), PolynomialFeatures(2, interaction_only=True), LogisticRegression(C=0.05, max_iter=2000)
    ),
}


def probability(model):
    if hasattr(model, "predict_proba"):
        return lambda z: model.predict_proba(z)[:, 1]
    return lambda z: 1 / (1 + np.exp(-2 * model.decision_function(z)))


def disagreement(model, rows, seed=1):
    players = Players.of([str(i) for i in range(rows.shape[1])])
    return by_measure(
        manipulation.check(FunctionModel(model), rows, TARGET, players, np.random.default_rng([52, seed]))
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", HONEST)
@pytest.mark.parametrize("name", ["synthetic", "breast", "diabetes"])
def test_honest_models_are_not_caught(kind, name):
    """Expected before the run, from the profile's bound: no interval above .2, and none across it."""
    x, y, _ = tables(name)
    e = disagreement(probability(HONEST[kind]().fit(x, y)), x)["twin_disagreement"]
    assert e.high < 0.2


def mixed(x, rng):
    keep = rng.random(x.shape) < rng.random((len(x), 1))
    return np.where(keep, x, x[rng.permutation(len(x))])


def scaffold(x, column, kind):
    """Slack et al. (2020): a biased rule for rows that look real, a harmless one, of the last column, for others."""
    rng = np.random.default_rng(53)
    fake = np.concatenate([mixed(x, rng) for _ in range(3)])
    both, label = np.concatenate([x, x, x, fake]), np.repeat([1, 0], 3 * len(x))
    cut = np.median(x[:, column])
    top = x[:, column].max() == cut

    def biased(z):
        return np.where(z[:, column] >= cut if top else z[:, column] > cut, 1.0, 0.0)

    if kind == "forest":
        seen = RandomForestClassifier(60, max_features=None, random_state=2).fit(both, label)
        return biased, lambda z: np.where(seen.predict(z) == 1, biased(z), z[:, -1])
    net = make_pipeline(StandardScaler(), MLPClassifier((96, 48), max_iter=150, random_state=2)).fit(both, label)

    def smooth(z):
        real = 1 / (1 + np.exp(-8 * (net.predict_proba(z)[:, 1] - 0.4)))
        return real * biased(z) + (1 - real) * z[:, -1]

    return biased, smooth


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["forest", "neural"])
@pytest.mark.parametrize("name", ["synthetic", "breast", "diabetes"])
def test_scaffolds_that_hide_their_rule_are_caught(name, kind):
    """Expected before the run: where the rule decides 90 % of the real rows and the explanation gives 30 % or more of

    its weight to others, the interval lies above .2, and the hidden feature is named.
    """
    x, _, column = tables(name)
    biased, model = scaffold(x, column, kind)
    values = np.abs(xk.explain(model, x[:60], background=x[-60:]).values[..., 0]).mean(axis=0)
    assert np.mean(np.abs(model(x) - biased(x)) < 0.5) > 0.9
    assert values[column] / values.sum() < 0.7
    e = disagreement(model, x)["twin_disagreement"]
    assert e.low > 0.2
    assert str(column) in e.detail["used_more_than_shown"].split(" + ")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["logistic", "random trees by heart", "nearest neighbour"])
@pytest.mark.parametrize("name", ["election", "wine"])
def test_honest_models_of_the_study_are_not_caught(name, kind):
    """A fixed part of the study, whose bounds were written down before its first run (`manipulation_study`)."""
    assert verdict(honest(TABLES[1][name], kind, 0)) == "PASS"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        ("election", "centres"),
        ("election", "rows"),
        pytest.param("wine", "noise", marks=pytest.mark.xfail(strict=True, reason="hides .46, INCONCLUSIVE")),
    ],
)
def test_scaffolds_of_the_study_are_caught(name, recipe):
    """As above; the scaffold is made by the recipe of Slack et al. (2020) (`tests/oracles/scaffolds.py`)."""
    hidden, same, e = hiding(TABLES[1][name], recipe, 1, 0)
    assert hidden >= HIDES
    assert same > 0.99
    assert verdict(e) == "FAIL"


def test_constant_model_and_small_tables_have_no_twin():
    x, _, _ = tables("diabetes")
    flat = disagreement(lambda z: np.zeros(len(z)), x[:300])
    assert flat["twin_disagreement"].value is None
    few = disagreement(lambda z: z[:, 0], x[:50])
    assert "needs 100 rows" in few["mixed_row_auc"].because
