"""The gate: randomisation, stability, agreement, background, manipulation; each must catch, and must let pass."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import binom
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
from xaikit.adapters.function import FunctionModel
from xaikit.adapters.torch_module import TorchModule
from xaikit.checks import agreement, background_sanity, manipulation, randomisation, stability
from xaikit.compute.shuffled_weights import shuffled
from xaikit.core.players import Players
from xaikit.core.target import every_output

NAMES = tuple("abcdef")
PLAYERS = Players.of(NAMES)
TARGET = every_output(("score",))


@pytest.fixture(scope="module")
def trained():
    """A net that learnt a rule with interactions, its rows, and its explanation."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 6)).astype("float32")
    y = torch.tensor(3 * x[:, 0] - 2 * x[:, 1] * (x[:, 2] > 0) + np.tanh(x[:, 3]))
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(6, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
    optimizer = torch.optim.Adam(net.parameters(), 0.02)
    for _ in range(150):
        optimizer.zero_grad()
        ((net(torch.tensor(x))[:, 0] - y) ** 2).mean().backward()
        optimizer.step()
    found = xk.explain(net, x[:40], background=x[:100], feature_names=NAMES)
    return TorchModule(net), x, replace(found, output_names=("score",))


def by_measure(evidence):
    return {e.measure: e for e in evidence}


def randomised(found, model, x):
    check = randomisation.check({"s": found}, model, x, x[:50], TARGET, PLAYERS, np.random.default_rng(0))
    return by_measure(check)["randomisation_similarity"]


def test_explanation_of_a_trained_net_does_not_survive_shuffled_weights(trained):
    model, x, found = trained
    before = [p.clone() for p in model.module.parameters()]
    rng = np.random.default_rng(0)
    e = by_measure(randomisation.check({"s": found}, model, x, x[:50], TARGET, PLAYERS, rng))[
        "randomisation_similarity"
    ]
    assert e.high < 0.6
    assert all(torch.equal(p, q) for p, q in zip(before, model.module.parameters(), strict=True))


class Fixed(torch.nn.Module):
    """Answers by a rule that no weight enters, as an explanation does that shows the input and not the model."""

    def __init__(self):
        super().__init__()
        self.unused = torch.nn.Linear(6, 6)

    def forward(self, x):
        return torch.exp(x[:, 4:5]) + 2 * x[:, 1:2] * x[:, 5:6] - x[:, :1]


def test_explanation_that_does_not_depend_on_the_weights_is_caught():
    """Expected before the run: all 64 coalitions are enumerated, so the values are the same: a correlation of 1."""
    x = np.random.default_rng(41).normal(size=(60, 6)).astype("float32")
    found = replace(xk.explain(Fixed(), x[:25], background=x[:50], feature_names=NAMES), output_names=("score",))
    e = randomised(found, TorchModule(Fixed()), x)
    assert e.value == pytest.approx(1)
    assert e.low == pytest.approx(1)


def test_weights_are_put_back_even_when_the_engine_fails(trained):
    model, _, _ = trained
    before = [p.clone() for p in model.module.parameters()]

    def fails():
        with shuffled(model.module, np.random.default_rng(0)):
            assert not all(torch.equal(p, q) for p, q in zip(before, model.module.parameters(), strict=True))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert all(torch.equal(p, q) for p, q in zip(before, model.module.parameters(), strict=True))


def test_exact_explanation_is_the_same_with_another_seed_and_moves_as_the_input_moves(trained):
    model, x, found = trained
    rng = np.random.default_rng(0)
    e = by_measure(stability.check({"s": found}, model, x, x[:50], TARGET, PLAYERS, rng))
    assert e["seed_distance"].value < 1e-6
    assert e["seed_rank_correlation"].value == pytest.approx(1)
    assert 0 < e["noise_distance"].value < 0.1
    assert e["noise_distance"].detail["prediction_moved"] < 0.1


def test_sampled_explanation_moves_by_what_its_standard_errors_say():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(100, 14))
    names = [f"f{i}" for i in range(14)]

    def jagged(z):
        return np.sin(3 * z.sum(axis=1)) + z[:, 0]

    found = replace(xk.explain(jagged, x[:30], background=x[:30], feature_names=names), output_names=("score",))
    check = stability.check({"s": found}, FunctionModel(jagged), x, x[:30], TARGET, Players.of(names), rng)
    e = by_measure(check)["seed_distance"]
    assert e.value == pytest.approx(e.detail["predicted_by_standard_errors"], rel=0.3)


def test_table_of_words_alone_cannot_move_a_little():
    frame = pd.DataFrame({"a": ["x", "y"] * 20, "b": ["p", "p", "q", "q"] * 10})
    model = FunctionModel(lambda t: (t["a"] == "x") * 1.0 + (t["b"] == "q"))
    found = replace(xk.explain(model, frame.iloc[:10], background=frame), output_names=("score",))
    rng = np.random.default_rng(0)
    e = by_measure(stability.check({"s": found}, model, frame, frame, TARGET, Players.of(["a", "b"]), rng))
    assert e["noise_distance"].value is None
    assert "no column" in e["noise_distance"].because


def test_methods_agree_on_an_additive_model_and_a_second_one_is_found(trained):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 6))
    w = np.array([3, -2, 1, 0.5, 0.2, 0.1])
    found = replace(xk.explain(lambda z: z @ w, x[:40], background=x, feature_names=NAMES), output_names=("score",))
    e = by_measure(agreement.check({"s": found}, FunctionModel(lambda z: z @ w), x, x, TARGET, PLAYERS, rng))
    assert e["method_rank_correlation"].value > 0.999
    assert e["method_top_agreement"].value == 1
    assert e["method_rank_correlation"].detail["other"] == "occlusion"
    model, rows, own = trained
    second = by_measure(agreement.check({"s": own}, model, rows, rows[:50], TARGET, PLAYERS, rng))
    assert second["method_rank_correlation"].detail["other"] == "integrated_gradients"


def test_methods_disagree_about_features_that_stand_in_for_each_other():
    """Expected before the run, by hand: of max(a, b) + .4 c at (1, 1, 1) against 0, Shapley gives .5, .5, .4, and

    occlusion 0, 0, .4, for a is not missed where b is. Their ranks, 2.5 2.5 1 and 1.5 1.5 3, correlate by −1, and the
    most important feature is another.
    """
    x = np.concatenate([np.ones((10, 3)), np.zeros((10, 3))])

    def either(z):
        return np.maximum(z[:, 0], z[:, 1]) + 0.4 * z[:, 2]

    players = Players.of(["a", "b", "c"])
    found = xk.explain(either, x[:10], background=x[10:], feature_names=["a", "b", "c"])
    np.testing.assert_allclose(found.values[0, :, 0], [0.5, 0.5, 0.4], atol=1e-9)
    rng, found = np.random.default_rng(2), replace(found, output_names=("score",))
    check = agreement.check({"s": found}, FunctionModel(either), x, x[10:], TARGET, players, rng, top=1)
    e = by_measure(check)
    assert e["method_rank_correlation"].value == pytest.approx(-1)
    assert e["method_top_agreement"].value == 0


def linear_score(z):
    return np.asarray(z)[:, 0] + 0.5 * np.asarray(z)[:, 1]


def test_honest_backgrounds_pass_at_the_rate_that_p_values_promise():
    """Expected before the run: p ≤ .05 in 5 % of 200 draws, 1 to 22 of them (exact binomial bounds of 99.9 %)."""
    rng = np.random.default_rng(43)
    population = np.column_stack([rng.exponential(size=(900, 3)), rng.integers(0, 3, 900)])
    bounds = binom.ppf(0.0005, 200, 0.05), binom.isf(0.0005, 200, 0.05)
    small = {"background_p": 0, "background_score_p": 0}
    for seed in range(200):
        own = np.random.default_rng([44, seed])
        behind = population[own.permutation(900)[:50]]
        given = {"permutations": 99, "rows": 200}
        e = by_measure(background_sanity.check(FunctionModel(linear_score), behind, population, TARGET, own, **given))
        for measure in small:
            small[measure] += e[measure].value <= 0.05
    for count in small.values():
        assert bounds[0] <= count <= bounds[1]


def test_picked_background_is_caught_in_features_and_in_scores():
    """Expected before the run: the upper half of an exponential feature lies ln 2 above its mean, which is .62

    standard deviations of the score; the mean of 100 rows against 500 has an error of .11, so .26 to .98.
    """
    rng = np.random.default_rng(45)
    population = np.column_stack([rng.exponential(size=2000), rng.normal(size=(2000, 3))])
    upper = population[population[:, 0] > np.log(2)]
    picked = upper[rng.permutation(len(upper))[:100]]
    e = by_measure(background_sanity.check(FunctionModel(linear_score), picked, population, TARGET, rng))
    assert e["background_p"].value == pytest.approx(0.001)
    assert e["background_p"].detail["differs_most"] == "0"
    assert e["background_score_p"].value < 0.01
    assert 0.26 < e["background_base_shift"].value < 0.98
    single = by_measure(background_sanity.check(FunctionModel(linear_score), picked[:1], population, TARGET, rng))
    assert "a choice, not a sample" in single["background_p"].because


@pytest.mark.slow
def test_background_picked_by_one_feature_behind_equal_scores_is_caught():
    """Laberge et al. (2022): a sensitive attribution falls by 90 %, and the scores do not show it.

    Expected before the run: with the share of the other group cut from .4 to .06 in 200 rows the profile's bound,
    p < .002, is passed in all of 20 draws (a test of two shares has power 1 − 10⁻⁹); the scores, drawn alike, stay
    above .05 in 18 or more (exact binomial bound of 99.9 %: 15).
    """
    rng = np.random.default_rng(46)
    population = np.column_stack([rng.random(4000) < 0.4, rng.normal(size=(4000, 11))]).astype(float)

    def score(z):
        return 0.5 * z[:, 0] + z[:, 1] + 0.5 * z[:, 2]

    cells = np.digitize(score(population), np.quantile(score(population), np.linspace(0, 1, 11)[1:-1]))
    seen, shown = [], []
    for seed in range(20):
        own = np.random.default_rng([47, seed])
        picked = []
        for cell in range(10):
            rows = np.flatnonzero(cells == cell)
            weight = np.where(population[rows, 0] > 0, 0.1, 1.0)
            picked.append(own.choice(rows, 20, replace=False, p=weight / weight.sum()))
        behind = population[np.concatenate(picked)]
        assert behind[:, 0].mean() < 0.15
        e = by_measure(background_sanity.check(FunctionModel(score), behind, population, TARGET, own))
        seen.append(e["background_p"].value < 0.002)
        assert e["background_p"].detail["differs_most"] == "0"
        shown.append(e["background_score_p"].value <= 0.05)
    assert all(seen)
    assert sum(shown) <= 5


def test_tables_with_words_are_compared_too():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"job": rng.choice(["a", "b"], 400), "age": rng.normal(size=400)})
    model = FunctionModel(lambda t: t["age"])
    biased = frame[frame["job"] == "a"].iloc[:80]
    assert by_measure(background_sanity.check(model, biased, frame, TARGET, rng))["background_p"].value < 0.01


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


BY_HEART = pytest.mark.xfail(strict=True, reason="trees that know their own rows by heart: INCONCLUSIVE, not PASS")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param(kind, name, marks=BY_HEART if (kind, name) == ("deep forest", "synthetic") else ())
        for kind in HONEST
        for name in ("synthetic", "breast", "diabetes")
    ],
)
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


def test_constant_model_and_small_tables_have_no_twin():
    x, _, _ = tables("diabetes")
    flat = disagreement(lambda z: np.zeros(len(z)), x[:300])
    assert flat["twin_disagreement"].value is None
    few = disagreement(lambda z: z[:, 0], x[:50])
    assert "needs 100 rows" in few["mixed_row_auc"].because
