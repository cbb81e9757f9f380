"""Shapley–Taylor interactions against the definition."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

import xaikit as xk
from tests.oracles.shapley import marginal_game


def taylor(value, players):
    """Order 2, from the paper: 2/n Σ_T Δ_ij(T) / C(n − 1, |T|) over coalitions T without i and j."""
    alone = [value({i}) - value(set()) for i in range(players)]
    pairs = []
    for i, j in combinations(range(players), 2):
        others, total = [k for k in range(players) if k not in (i, j)], 0.0
        for size in range(players - 1):
            for t in map(set, combinations(others, size)):
                delta = value(t | {i, j}) - value(t | {i}) - value(t | {j}) + value(t)
                total = total + 2 / players * delta / comb(players - 1, size)
        pairs.append(total)
    return np.array([*alone, *pairs])


def rough(z):
    return np.sin(z.sum(axis=1)) + z[:, 0] * z[:, 1] * z[:, 2] - (z[:, 3] > 0) * z[:, 1]


def test_values_are_the_definition_within_their_errors_and_add_up():
    rng = np.random.default_rng(0)
    x, b = rng.normal(size=(2, 5)), rng.normal(size=(4, 5))
    found = xk.explain(rough, x, background=b, engine="interactions", samples=6000)
    expected = np.array([taylor(lambda s, row=row: marginal_game(rough, row, b)(s)[0], 5) for row in x])
    error = np.abs(found.values[..., 0] - expected)
    assert (error <= 4.5 * found.detail["stderr_sampling"][..., 0] + 1e-9).all()
    assert found.detail["stderr_sampling"].max() < 0.03
    np.testing.assert_allclose(found.residual, 0, atol=1e-9)
    assert found.feature_names[5:8] == ("x0 × x1", "x0 × x2", "x0 × x3")


def test_pairs_of_a_quadratic_model_are_its_coefficients():
    x = np.array([[1.0, 2.0, 3.0]])
    found = xk.explain(
        lambda z: 4 * z[:, 0] * z[:, 1] + z[:, 2], x, background=np.zeros((1, 3)), engine="interactions", samples=4
    )
    np.testing.assert_allclose(found.values[0, :, 0], [0, 0, 3, 8, 0, 0], atol=1e-12)
    assert found.converged.all()


def test_too_many_features_are_refused():
    with pytest.raises(xk.DataError, match="2 to 60"):
        xk.explain(lambda z: z.sum(axis=1), np.ones((2, 61)), background=np.zeros((1, 61)), engine="interactions")
