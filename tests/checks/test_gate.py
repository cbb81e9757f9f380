"""The gate: randomisation, stability, agreement, background, manipulation; each must catch, and must let pass."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

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
        return x[:, :1] * 3 + x[:, 1:2] * x[:, 2:3]


def test_explanation_that_does_not_depend_on_the_weights_is_caught(trained):
    _, x, _ = trained
    found = replace(xk.explain(Fixed(), x[:20], background=x[:50], feature_names=NAMES), output_names=("score",))
    e = randomised(found, TorchModule(Fixed()), x)
    assert e.value > 0.9  # features that are worth nothing have no order of their own


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
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 6))

    def either(z):
        return np.maximum.reduce([z[:, 0], z[:, 1], z[:, 2]]) * 3 + z[:, 3] * 0.5

    found = replace(xk.explain(either, x[:40], background=x, feature_names=NAMES), output_names=("score",))
    e = by_measure(agreement.check({"s": found}, FunctionModel(either), x, x, TARGET, PLAYERS, rng))
    assert e["method_top_agreement"].value < 0.9


def linear_score(z):
    return np.asarray(z)[:, 0] + 0.5 * np.asarray(z)[:, 1]


def test_honest_backgrounds_pass_at_the_rate_that_p_values_promise():
    rng = np.random.default_rng(3)
    population = rng.normal(size=(800, 3))
    small = []
    for seed in range(40):
        own = np.random.default_rng(seed)
        behind = population[own.permutation(800)[:60]]
        check = background_sanity.check(FunctionModel(linear_score), behind, population, TARGET, own, permutations=99)
        small.append(by_measure(check)["background_p"].value < 0.05)
    assert np.mean(small) <= 0.15


def test_picked_background_is_caught_in_features_and_in_scores():
    rng = np.random.default_rng(4)
    population = rng.normal(size=(800, 3))
    picked = population[np.argsort(population[:, 0])[-400:]][:100]
    e = by_measure(background_sanity.check(FunctionModel(linear_score), picked, population, TARGET, rng))
    assert e["background_p"].value < 0.01
    assert e["background_score_p"].value < 0.01
    assert e["background_base_shift"].value > 0.1
    single = by_measure(background_sanity.check(FunctionModel(linear_score), picked[:1], population, TARGET, rng))
    assert "a choice, not a sample" in single["background_p"].because


def test_tables_with_words_are_compared_too():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"job": rng.choice(["a", "b"], 400), "age": rng.normal(size=400)})
    model = FunctionModel(lambda t: t["age"])
    biased = frame[frame["job"] == "a"].iloc[:80]
    assert by_measure(background_sanity.check(model, biased, frame, TARGET, rng))["background_p"].value < 0.01


@pytest.fixture(scope="module")
def people():
    """Correlated real rows; `a` is sensitive and `g` has nothing to do with anything."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(3000, 3))
    noise = rng.normal(size=(3000, 2))
    columns = [z[:, 0], 0.9 * z[:, 0] + 0.3 * noise[:, 0], z[:, 1], 0.8 * z[:, 1] + 0.4 * noise[:, 1], z[:, 2]]
    return np.column_stack([rng.integers(0, 2, 3000), *columns, rng.integers(0, 2, 3000)]).astype(float)


def disagreement(model, people):
    check = manipulation.check(
        FunctionModel(model), people, TARGET, Players.of(list("abcdefg")), np.random.default_rng(1)
    )
    return by_measure(check)


@pytest.mark.slow
def test_scaffold_is_caught(people):
    rng = np.random.default_rng(0)
    masks = rng.random(people.shape) < rng.random((len(people), 1))
    mixed = np.where(masks, people, people[rng.permutation(len(people))])
    seen = RandomForestClassifier(50, random_state=0).fit(
        np.concatenate([people, mixed]), np.repeat([0, 1], len(people))
    )

    def scaffold(z):
        return np.where(seen.predict(z) == 0, z[:, 0], z[:, 6])

    e = disagreement(scaffold, people)
    assert e["twin_disagreement"].value > 0.2
    assert e["twin_disagreement"].detail["shown_more_than_used"] == "g"
    assert e["twin_disagreement"].detail["used_more_than_shown"] == "a"
    assert e["mixed_row_auc"].value > 0.6


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["linear, with features that stand in for each other", "product", "forest"])
def test_honest_models_are_not_caught(kind, people):
    y = people[:, 0] * 0.5 + people[:, 1] - people[:, 3] * people[:, 4] + (people[:, 5] > 0)
    model = {
        "l": lambda z: z @ np.array([0.5, 1, -1, 0.3, 0.2, 0.7, 0]),
        "p": lambda z: z[:, 1] * z[:, 3] + z[:, 0],
        "f": RandomForestRegressor(20, random_state=0).fit(people, y).predict,
    }[kind[0]]
    e = disagreement(model, people)
    assert e["twin_fidelity"].value > 0.85
    assert e["twin_disagreement"].value < 0.08


def test_constant_model_and_small_tables_have_no_twin(people):
    flat = disagreement(lambda z: np.zeros(len(z)), people[:300])
    assert flat["twin_disagreement"].value is None
    few = disagreement(lambda z: z[:, 0], people[:50])
    assert "needs 100 rows" in few["mixed_row_auc"].because
