"""Shapley values against the definition, closed forms, axioms, and themselves under changes that must not matter."""

import hashlib
from itertools import permutations
from itertools import product as product_of

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import xaikit as xk
from tests.oracles.shapley import brute_force, linear, marginal_game, product


def net(features, outputs=1, hidden=16, seed=0):
    torch.manual_seed(seed)
    made = torch.nn.Sequential(
        torch.nn.Linear(features, hidden),
        torch.nn.ReLU(),
        torch.nn.Linear(hidden, hidden),
        torch.nn.ReLU(),
        torch.nn.Linear(hidden, outputs),
    )
    return made.eval()


def global_randomness():
    """What anybody else's next random numbers depend on."""
    return hashlib.sha256(np.random.get_state()[1].tobytes() + torch.get_rng_state().numpy().tobytes()).digest()  # noqa: NPY002


def rough(x):
    """A black box with interactions of every order that nothing linear explains."""
    x = np.asarray(x)
    return np.sin(x.sum(axis=1)) + x[:, 0] * x[:, 1] - (x[:, 2] > 0) * x[:, 3]


@settings(max_examples=12, deadline=None)
@given(players=st.integers(1, 7), rows=st.integers(1, 3), behind=st.integers(1, 4), seed=st.integers(0, 99))
def test_exact_values_are_the_definition(players, rows, behind, seed):
    rng = np.random.default_rng(seed)
    x, b = rng.normal(size=(rows, players)), rng.normal(size=(behind, players))
    weights = rng.normal(size=(players, 3))

    def model(z):
        return np.tanh(z @ weights) + (z**2) @ weights[:, ::-1]

    found = xk.explain(model, x, background=b, budget=2**players + 2)
    expected = np.stack([brute_force(marginal_game(model, row, b), players) for row in x])
    assert found.values.shape == (rows, players, 3)
    np.testing.assert_allclose(found.values, expected, atol=1e-9)
    assert found.converged.all()
    assert not found.detail["stderr_sampling"].any()
    np.testing.assert_allclose(found.residual, 0, atol=1e-9)


def test_twelve_players_by_torch_and_by_numpy_are_the_definition():
    rng = np.random.default_rng(1)
    model = net(12)
    x, b = rng.normal(size=(1, 12)).astype("float32"), rng.normal(size=(2, 12)).astype("float32")
    found = xk.explain(model, x, background=b, budget=4096)
    expected = brute_force(marginal_game(lambda z: model(torch.tensor(z)).detach(), x[0], b), 12)
    np.testing.assert_allclose(found.values[0], expected, atol=2e-6)


def test_linear_model_has_the_closed_form_even_when_sampled():
    rng = np.random.default_rng(2)
    w, x, b = rng.normal(size=40), rng.normal(size=(5, 40)), rng.normal(size=(10, 40))
    found = xk.explain(lambda z: z @ w, x, background=b, budget=200)
    np.testing.assert_allclose(found.values[..., 0], [linear(w, row, b) for row in x], atol=1e-8)
    np.testing.assert_allclose(found.detail["stderr_sampling"], 0, atol=1e-8)
    background = (np.abs(w) * b.std(axis=0, ddof=1) / np.sqrt(10))[None, :, None]
    np.testing.assert_allclose(found.stderr, np.broadcast_to(background, found.stderr.shape), atol=1e-8)


def test_product_game_is_shared_equally_among_its_members():
    found = xk.explain(lambda z: z[:, [1, 3, 4]].prod(axis=1), np.ones((1, 6)), background=np.zeros((1, 6)))
    np.testing.assert_allclose(found.values[0, :, 0], product([1, 3, 4], 6), atol=1e-12)


def test_degree_two_game_is_exact_when_sampled_in_pairs():
    # the half difference of a pair is linear in the masks when no interaction has more than two players
    rng = np.random.default_rng(3)
    q, x = rng.normal(size=(15, 15)), rng.normal(size=(2, 15))
    found = xk.explain(lambda z: ((z @ q) * z).sum(axis=1), x, background=np.zeros((1, 15)), budget=64)
    sym = (q + q.T) / 2
    expected = x * (x @ sym)
    np.testing.assert_allclose(found.values[..., 0], expected, atol=1e-8)


def test_feature_that_moved_no_probe_is_given_zero_and_the_limit_of_what_probes_can_tell():
    rng = np.random.default_rng(4)
    x, b = rng.normal(size=(20, 16)), rng.normal(size=(10, 16))
    found = xk.explain(lambda z: rough(z[:, :13]), x, background=b, budget=100)
    assert not found.values[:, 13:].any()
    assert any("in none of 100 probes" in n and "x14" in n for n in found.notes)
    # a move of share s is missed by 100 probes with chance (1 − s)^100; none is further than the answers are apart
    apart = found.margin()[:, 13:] / (1 - 0.05**0.01)
    np.testing.assert_allclose(apart, apart[0, 0, 0])
    assert np.ptp(rough(x[:, :13])) <= apart[0, 0, 0]
    np.testing.assert_allclose(found.residual, 0, atol=1e-9)


@pytest.mark.parametrize("offset", [1e6, 1e9])
def test_a_large_constant_hides_no_feature(offset):
    rng = np.random.default_rng(0)
    # the truth is weight × difference from the mean; what a float64 answer resolves at `offset` is eps × offset
    rows, behind = rng.normal(size=(5, 20)), rng.normal(size=(30, 20))
    weights = np.arange(20.0)
    found = xk.explain(lambda z: z @ weights + offset, rows, background=behind)
    truth = weights * (rows - behind.mean(axis=0))
    np.testing.assert_allclose(found.values[..., 0], truth, atol=64 * np.finfo(float).eps * offset)
    assert (found.values[:, 0] == 0).all()


def test_an_output_of_large_numbers_hides_no_feature_of_a_small_one():
    rng = np.random.default_rng(0)
    rows, behind = rng.normal(size=(5, 20)), rng.normal(size=(30, 20))

    def both(z):  # the last ten features move the second output alone
        return np.column_stack([1e9 * z[:, :10].sum(axis=1), z[:, 10:].sum(axis=1) / 20])

    found = xk.explain(both, rows, background=behind)
    np.testing.assert_allclose(found.values[:, 10:, 1], (rows - behind.mean(axis=0))[:, 10:] / 20, atol=1e-9)
    assert (found.values[:, :10, 1] == 0).all() or np.abs(found.values[:, :10, 1]).max() < 1e-9


def test_an_output_of_large_numbers_makes_a_small_one_no_more_precise():
    rng = np.random.default_rng(0)
    rows, behind = rng.normal(size=(3, 14)), rng.normal(size=(1, 14))

    def both(z):  # parity-like: 20 coalitions a feature cannot tell it
        return np.column_stack([1e12 + z[:, 0], np.sin(9 * z.sum(axis=1))])

    found = xk.explain(both, rows, background=behind, budget=60, tolerance=0.01)
    assert not found.converged[:, 1].any()


def test_feature_that_is_read_only_inside_an_interaction_is_found():
    x = np.ones((1, 14))
    found = xk.explain(lambda z: z[:, 0] * z[:, 5] * z[:, 9] + z.sum(axis=1) * 0.01, x, background=np.zeros((1, 14)))
    assert found.values[0, 9, 0] > 0.2
    assert not any("in none of" in n for n in found.notes)


def test_model_that_reads_nothing_explains_nothing():
    found = xk.explain(lambda z: np.full(len(z), 0.25), np.ones((3, 4)), background=np.zeros((2, 4)))
    assert not found.values.any()
    assert found.base == pytest.approx(np.full((3, 1), 0.25))
    assert found.converged.all()


def test_symmetric_players_are_worth_the_same():
    found = xk.explain(lambda z: np.tanh(z.sum(axis=1)), np.ones((1, 9)), background=np.zeros((1, 9)), budget=512)
    np.testing.assert_allclose(found.values, found.values.mean(), atol=1e-12)
    sampled = xk.explain(lambda z: np.tanh(z.sum(axis=1)), np.ones((1, 30)), background=np.zeros((1, 30)), budget=400)
    np.testing.assert_allclose(sampled.values, np.tanh(30) / 30, atol=5 * sampled.stderr.max() + 1e-9)


def test_one_hot_columns_are_one_player():
    rng = np.random.default_rng(5)
    jobs = np.eye(3)[rng.integers(0, 3, 30)]
    table = np.column_stack([rng.normal(size=30), jobs])

    def model(z):
        return z[:, 0] * z[:, 1] + 2 * z[:, 2] - z[:, 3]

    found = xk.explain(
        model, table[:4], background=table, groups={"job": ["b", "c", "d"]}, feature_names=["age", "b", "c", "d"]
    )
    members = [[0], [1, 2, 3]]
    expected = [brute_force(marginal_game(model, row, table, members), 2) for row in table[:4]]
    assert found.feature_names == ("age", "job")
    np.testing.assert_allclose(found.values, expected, atol=1e-12)
    assert found.data[0, 1] in {"b", "c", "d"}


def test_order_of_features_does_not_matter_when_exact():
    rng = np.random.default_rng(6)
    x, b, order = rng.normal(size=(3, 8)), rng.normal(size=(4, 8)), rng.permutation(8)
    back = np.argsort(order)
    plain = xk.explain(rough, x, background=b, budget=256)
    turned = xk.explain(lambda z: rough(z[:, back]), x[:, order], background=b[:, order], budget=256)
    np.testing.assert_allclose(turned.values[:, back], plain.values, atol=1e-10)


def test_order_and_company_of_rows_do_not_matter():
    rng = np.random.default_rng(7)
    x, b = rng.normal(size=(30, 14)), rng.normal(size=(5, 14))
    whole = xk.explain(rough, x, background=b, budget=300)
    part = xk.explain(rough, x[::-1][:7], background=b, budget=300)
    np.testing.assert_allclose(part.values, whole.values[::-1][:7], atol=1e-9)
    np.testing.assert_allclose(part.stderr, whole.stderr[::-1][:7], atol=1e-9)


def test_blocks_of_rows_do_not_matter(monkeypatch):
    rng = np.random.default_rng(8)
    x, b = rng.normal(size=(9, 12)), rng.normal(size=(5, 12))
    whole = xk.explain(rough, x, background=b, budget=200)
    monkeypatch.setattr("xaikit.engines.shapley.BLOCK", 1)
    monkeypatch.setattr("xaikit.compute.masking.BLACK_BOX_ROWS", 37)
    cut = xk.explain(rough, x, background=b, budget=200)
    np.testing.assert_allclose(cut.values, whole.values, atol=1e-10)
    np.testing.assert_allclose(cut.stderr, whole.stderr, atol=1e-10)


def test_float32_float64_tensor_and_tables_agree():
    rng = np.random.default_rng(9)
    model = net(6, outputs=2)
    x, b = rng.normal(size=(4, 6)).astype("float32"), rng.normal(size=(3, 6)).astype("float32")
    one = xk.explain(model, x, background=b).values
    for container in (torch.tensor, lambda a: a.astype("float64"), pd.DataFrame):
        np.testing.assert_allclose(xk.explain(model, container(x), background=container(b)).values, one, atol=1e-6)


def test_same_seed_same_numbers_and_global_state_untouched():
    rng = np.random.default_rng(10)
    x, b = rng.normal(size=(2, 20)), rng.normal(size=(2, 20))
    before = global_randomness()
    one = xk.explain(rough, x, background=b, budget=100, seed=1)
    two = xk.explain(rough, x, background=b, budget=100, seed=1)
    other = xk.explain(rough, x, background=b, budget=100, seed=2)
    assert global_randomness() == before
    assert np.array_equal(one.values, two.values)
    assert not np.array_equal(one.values, other.values)


def test_too_few_evaluations_are_said_to_be_too_few():
    rng = np.random.default_rng(11)
    x, b = rng.normal(size=(6, 25)), np.zeros((1, 25))

    def jagged(z):
        return np.sign(np.sin(7 * z.sum(axis=1)))

    poor = xk.explain(jagged, x, background=b, budget=80, tolerance=0.01)
    assert not poor.converged.any()
    assert any(n.startswith("NOT CONVERGED: 6 of 6 rows") for n in poor.notes)
    with pytest.raises(xk.SpecError, match="at least 78 for 25 features"):
        xk.explain(jagged, x, background=b, budget=50)


def test_automatic_budget_spends_more_where_more_is_needed():
    rng = np.random.default_rng(12)
    x, b = rng.normal(size=(4, 25)), np.zeros((1, 25))
    w = rng.normal(size=25)
    easy = xk.explain(lambda z: z @ w, x, background=b)
    hard = xk.explain(lambda z: np.sin(4 * (z @ w)) + z @ w, x, background=b, tolerance=0.02)
    assert easy.converged.all()
    assert easy.budget["coalitions"] < hard.budget["coalitions"] <= 4096


def test_background_error_is_that_of_the_mean_over_background_rows():
    rng = np.random.default_rng(13)
    x, b = rng.normal(size=(2, 5)), rng.normal(size=(40, 5))
    found = xk.explain(rough, x, background=b)
    each = np.stack([xk.explain(rough, x, background=row[None]).values for row in b])
    np.testing.assert_allclose(found.values, each.mean(axis=0), atol=1e-10)
    np.testing.assert_allclose(found.detail["stderr_background"], each.std(axis=0, ddof=1) / np.sqrt(40), atol=1e-10)


def test_mixed_table_keeps_its_types():
    frame = pd.DataFrame(
        {"age": [30, 41, 52], "job": ["a", "b", "a"], "level": pd.Categorical(["lo", "hi", "lo"]), "pay": [1.5, 2, 3]}
    )
    seen = []

    def model(table):
        seen.append(table.dtypes.astype(str).to_dict())
        return (table["job"] == "a") * table["pay"] + (table["level"] == "hi") * table["age"]

    found = xk.explain(model, frame.iloc[:2], background=frame)
    assert all(s == frame.dtypes.astype(str).to_dict() for s in seen)

    def on_codes(z):
        rows = z.astype(int)
        cell = {c: frame[c].iloc[rows[:, i]].reset_index(drop=True) for i, c in enumerate(frame.columns)}
        return model(pd.DataFrame(cell))

    codes = np.repeat(np.arange(3)[:, None], 4, axis=1)
    expected = [brute_force(marginal_game(on_codes, row, codes), 4) for row in codes[:2]]
    np.testing.assert_allclose(found.values, expected, atol=1e-10)


def test_method_is_chosen_by_players_budget_and_background_and_said():
    rng = np.random.default_rng(14)
    x, b = rng.normal(size=(2, 14)), rng.normal(size=(50, 14))
    few = xk.explain(rough, x, background=b[:5])
    many = xk.explain(rough, x, background=b)
    small = xk.explain(lambda z: rough(z[:, :6]), x, background=b)
    assert "paired leverage sampling" in few.budget["because"]
    assert "50 background rows: antithetic permutations" in many.budget["because"]
    assert "2^6 coalitions are within the budget: enumerated, exact" in small.budget["because"]


def test_permutations_and_regression_agree_within_their_errors():
    rng = np.random.default_rng(15)
    x, b = rng.normal(size=(3, 11)), rng.normal(size=(25, 11))
    exact = xk.explain(rough, x, background=b, budget=2**11)
    for method in ("permutation", "regression"):
        found = xk.explain(rough, x, background=b, budget=400, method=method)
        error = np.abs(found.values - exact.values)
        assert (error <= 5 * found.detail["stderr_sampling"] + 1e-9).all()
        np.testing.assert_allclose(found.residual, 0, atol=1e-9)
    errors = [
        xk.explain(rough, x, background=b, budget=m, method="permutation").detail["stderr_sampling"].mean()
        for m in (100, 1600)
    ]
    assert 2.5 < errors[0] / errors[1] < 6  # 16 times the budget, a quarter of the error


def test_one_antithetic_walk_is_exact_for_a_game_of_pairs():
    rng = np.random.default_rng(16)
    q, x = rng.normal(size=(9, 9)), rng.normal(size=(2, 9))
    found = xk.explain(
        lambda z: ((z @ q) * z).sum(axis=1), x, background=np.zeros((1, 9)), method="permutation", budget=64
    )
    np.testing.assert_allclose(found.values[..., 0], x * (x @ (q + q.T) / 2), atol=1e-9)
    np.testing.assert_allclose(found.stderr, 0, atol=1e-7)


def owen(value, blocks):
    """Owen values from the definition: the mean over all orders in which the members of a union stay together."""
    players = sum(map(len, blocks))
    total, count = np.zeros(players), 0
    for outer in permutations(blocks):
        for inner in product_of(*(permutations(b) for b in outer)):
            seen = []
            for player in (p for block in inner for p in block):
                before = value(frozenset(seen))
                seen.append(player)
                total[player] += value(frozenset(seen)) - before
            count += 1
    return total / count


def test_partition_gives_owen_values():
    x, b = np.array([[1.0, -0.5, 2.0, 0.3, 1.5]]), np.zeros((1, 5))
    partition = {"place": ["x0", "x3"], "work": ["x1", "x4"]}
    game = marginal_game(rough, x[0], b)
    expected = owen(lambda s: float(game(s)[0]), [[0, 3], [1, 4], [2]])
    found = xk.explain(rough, x, background=b, partition=partition, budget=20_000)
    shapley = brute_force(game, 5)[:, 0]
    assert np.abs(shapley - expected).max() > 0.02
    np.testing.assert_allclose(found.values[0, :, 0], expected, atol=5 * found.stderr.max())
    assert found.stderr.max() < 0.01
    with pytest.raises(xk.SpecError, match="unknown column 'x9'"):
        xk.explain(rough, x, background=b, partition={"u": ["x9"]})


def test_the_budget_holds_also_where_most_features_seem_unread():
    asked = []

    def corner(x):
        asked.append(len(x))
        return x[:, 0] * x[:, 1]

    xk.explain(corner, np.ones((1, 40)), background=np.zeros((1, 40)), budget=400)
    assert sum(asked) <= 400 + 2 * 40 + 8, "the budget, each feature alone and each left out, and a few single rows"
