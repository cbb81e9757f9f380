"""Many rows at once are what each would be alone, however few of them are looked at together."""

import numpy as np
import pytest

from xaikit.stats import shapley_sampling, shapley_values
from xaikit.stats.shapley_sampling import Looks, estimate
from xaikit.stats.shapley_values import regular_design

PLAYERS, ROWS, OUTPUTS = 12, 5, 2


def game(background):
    """Values (rows, masks, background, outputs) of a game with interactions, other in every row."""
    weights = np.random.default_rng(1).normal(size=(ROWS, PLAYERS, background, OUTPUTS))

    def values(rows, masks):
        return np.tanh(np.einsum("rpbo,mp->rmbo", weights[rows], masks.astype(float)))

    ends = values(np.arange(ROWS), np.array([[False] * PLAYERS, [True] * PLAYERS]))
    return values, ends[:, 1].mean(axis=1), ends[0, 0]


@pytest.mark.parametrize("background", [1, 3])
@pytest.mark.parametrize("known", [0, 60])
@pytest.mark.parametrize("at_once", [1, 400, 2**18])
def test_parts_of_rows_do_not_matter(monkeypatch, background, known, at_once):
    values, whole, nobody = game(background)
    looks = Looks.at(regular_design(PLAYERS, (64, 120), np.random.default_rng(0)), (64, 120), known)
    assert len(looks.regressions[1]) == (4 if known else 1)
    one = estimate(values, looks, whole, nobody, 1e-6)
    monkeypatch.setattr(shapley_sampling, "LOOKED_AT", at_once)
    monkeypatch.setattr(shapley_values, "GAMES", 2)
    two = estimate(values, looks, whole, nobody, 1e-6)
    for name in ("values", "sampling", "background"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name), atol=1e-12)
    alone = estimate(lambda rows, masks: values(rows + 3, masks), looks, whole[3:4], nobody, 1e-6)
    np.testing.assert_allclose(one.values[3:4], alone.values, atol=1e-12)
    np.testing.assert_allclose(one.sampling[3:4], alone.sampling, atol=1e-12)
