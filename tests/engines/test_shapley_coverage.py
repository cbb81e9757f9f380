"""Do the 95 % intervals hold the truth in 95 % of repetitions? On games whose truth is enumerated."""

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import xaikit as xk

PLAYERS, POPULATION = 10, 3000


def game(seed=0, players=PLAYERS):
    """A net of NumPy with interactions, rows to explain, and the population that backgrounds are drawn from."""
    rng = np.random.default_rng(seed)
    first, second, last = rng.normal(size=(players, 24)) * 0.8, rng.normal(size=(24, 24)) * 0.5, rng.normal(size=24)
    population = rng.normal(size=(POPULATION, players))
    population[:, ::3] = population[:, ::3] > 0.4

    def model(z):
        return np.maximum(np.maximum(z @ first, 0) @ second, 0) @ last

    return model, population[:3] + 0.5, population


def covered(truth, model, x, draw, budget, repetitions, **parameters):
    inside = []
    for seed in range(repetitions):
        rng = np.random.default_rng([seed, 99])
        found = xk.explain(model, x, background=draw(rng), budget=budget, seed=seed, **parameters)
        inside.append(np.abs(found.values - truth) <= 1.96 * found.stderr)
    return float(np.mean(inside))


@pytest.mark.slow
@pytest.mark.parametrize("budget", [100, 300])
def test_sampling_error_covers(budget):
    model, x, population = game()
    background = population[:40]
    truth = xk.explain(model, x, background=background, budget=2**PLAYERS, method="regression").values
    found = []
    for seed in range(150):
        e = xk.explain(model, x, background=background, budget=budget, seed=seed)
        found.append(np.abs(e.values - truth) <= 1.96 * e.detail["stderr_sampling"])
    assert 0.93 <= np.mean(found) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("budget", [100, 2**PLAYERS])
def test_total_error_covers_the_population_value(budget):
    model, x, population = game()
    truth = xk.explain(model, x, background=population, budget=2**PLAYERS, method="regression").values
    share = covered(truth, model, x, lambda rng: population[rng.integers(0, POPULATION, 80)], budget, 150)
    assert 0.93 <= share <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("budget", [20, 150])
def test_permutations_cover_the_population_value(budget):
    model, x, population = game(2)
    truth = xk.explain(model, x, background=population, budget=2**PLAYERS, method="regression").values
    share = covered(
        truth, model, x, lambda rng: population[rng.integers(0, POPULATION, 80)], budget, 150, method="permutation"
    )
    assert 0.93 <= share <= 0.97


@pytest.mark.slow
def test_looking_repeatedly_does_not_spoil_the_error():
    model, x, population = game(1)
    truth = xk.explain(model, x, background=population, budget=2**PLAYERS, method="regression").values
    share = covered(
        truth, model, x, lambda rng: population[rng.integers(0, POPULATION, 80)], "auto", 150, tolerance=0.06
    )
    assert 0.93 <= share <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["net", "jagged"])
@pytest.mark.parametrize("budget", [300, 800])
def test_high_accuracy_covers_and_is_no_worse(kind, budget):
    model, x, population = game(3, players=14)

    def jagged(z):
        return np.sin(3 * z.sum(axis=1)) + (model(z) > 0)

    box = model if kind == "net" else jagged
    truth = xk.explain(box, x, background=population[-1:], budget=2**14).values
    inside, errors = [], {"standard": [], "high": []}
    for seed in range(50):
        for accuracy, miss in errors.items():
            found = xk.explain(box, x, background=population[-1:], budget=budget, seed=seed, accuracy=accuracy)
            miss.append(((found.values - truth) ** 2).sum())
            if accuracy == "high":
                inside.append(np.abs(found.values - truth) <= 1.96 * found.stderr)
    assert 0.93 <= np.mean(inside) <= 0.97
    better = np.sqrt(np.mean(errors["standard"]) / np.mean(errors["high"]))
    assert better > (1.15 if kind == "net" else 0.9)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["net", "jagged"])
@pytest.mark.parametrize("coalitions_a_feature", [20, 40, 80])
def test_the_default_covers_from_twenty_coalitions_a_feature(kind, coalitions_a_feature):
    # expected before the run, from the issue: .93 to .97 at 20n, 40n and 80n evaluations
    model, x, population = game(4, players=16)

    def jagged(z):
        return np.sin(3 * z.sum(axis=1)) + (model(z) > 0)

    box = model if kind == "net" else jagged
    truth = xk.explain(box, x, background=population[-1:], budget=2**16).values
    inside = []
    for seed in range(60):
        found = xk.explain(box, x, background=population[-1:], budget=coalitions_a_feature * 16, seed=seed)
        inside.append(np.abs(found.values - truth) <= 1.96 * found.stderr)
    assert 0.93 <= np.mean(inside) <= 0.97


def wine_games():
    """Three models of the wine data, 13 features: games that no prior and no share of sizes was chosen by."""
    x, y = load_wine(return_X_y=True)
    x = StandardScaler().fit_transform(x)
    order = np.random.default_rng(77).permutation(len(x))
    waves = np.tanh(x[:, 0] * x[:, 3]) + x[:, 6] * (x[:, 9] > 0) + np.sin(2 * x[:, 12])
    forest = RandomForestClassifier(60, max_depth=6, random_state=5).fit(x, y)
    boxes = {
        "svm": SVC(C=2).fit(x, y == 1).decision_function,
        "mlp": MLPRegressor(hidden_layer_sizes=(48, 48), random_state=9, max_iter=600).fit(x, waves).predict,
        "forest": lambda z: forest.predict_proba(z)[:, 1],
    }
    return boxes, x[order[:4]], x[order[-1:]]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["svm", "mlp", "forest"])
@pytest.mark.parametrize("coalitions_a_feature", [20, 60])
def test_fresh_games_are_covered_and_no_less_exact(name, coalitions_a_feature):
    # stated before the first run on these games: .93 to .97, and an error of at most 1.05 times the standard's
    boxes, rows, behind = wine_games()
    box, n = boxes[name], rows.shape[1]
    truth = xk.explain(box, rows, background=behind, budget=2**n).values
    inside, miss = {"standard": [], "auto": []}, {"standard": [], "auto": []}
    for seed in range(9000, 9060):
        for accuracy in miss:
            budget = coalitions_a_feature * n
            found = xk.explain(box, rows, background=behind, budget=budget, seed=seed, accuracy=accuracy)
            inside[accuracy].append(np.abs(found.values - truth) <= found.margin())
            miss[accuracy].append(((found.values - truth) ** 2).sum())
    for accuracy, hits in inside.items():
        assert 0.93 <= np.mean(hits) <= 0.97, accuracy
    assert np.sqrt(np.mean(miss["auto"]) / np.mean(miss["standard"])) <= 1.05
