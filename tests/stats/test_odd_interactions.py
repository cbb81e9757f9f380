"""The help of odd interactions: against textbook Gaussian-process regression, one observation left out at a time."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

from tests.oracles.shapley import by_enumeration
from xaikit.stats.coalitions import paired_design, stratum_sizes
from xaikit.stats.odd_interactions import Agreements, helped, krawtchouk, odd_process
from xaikit.stats.shapley_values import paired_regression

PLAYERS = 7
PRIOR = (0.3, 0.1, 0.05)


def signs_of(masks):
    return np.where(masks, 1.0, -1.0)


def features(signs, order):
    """All products of `order` signs, written out."""
    return np.array([[np.prod(row[list(c)]) for c in combinations(range(PLAYERS), order)] for row in signs])


def kernel(one, other):
    third, fifth, _ = PRIOR
    share = {1: 1.0, 3: third / comb(PLAYERS - 1, 2), 5: fifth / comb(PLAYERS - 1, 4)}
    return sum(v * features(one, k) @ features(other, k).T for k, v in share.items())


@pytest.fixture(scope="module")
def design():
    return paired_design(PLAYERS, 30, np.random.default_rng(0))


def test_krawtchouk_sums_all_products_of_signs():
    for plus in range(PLAYERS + 1):
        signs = np.where(np.arange(PLAYERS) < plus, 1.0, -1.0)[None]
        for order in (1, 3, 5):
            assert krawtchouk(PLAYERS, order)[plus] == features(signs, order).sum()


def prediction(at, known, half):
    """Textbook: K* K⁻¹ y, with the value 0 of everybody against nobody observed without noise."""
    ground = np.vstack([known, np.ones(PLAYERS)])
    noise = np.diag([PRIOR[2]] * len(known) + [1e-8])
    return kernel(at, ground) @ np.linalg.solve(kernel(ground, ground) + noise, np.append(half, 0.0))


def test_each_known_pair_is_predicted_from_the_others_and_the_rest_from_all(design):
    half, signs = np.random.default_rng(1).normal(size=30), signs_of(design.masks)
    process = odd_process(Agreements.of(design, 20), *PRIOR)
    expected = [prediction(signs[[i]], np.delete(signs[:20], i, 0), np.delete(half[:20], i))[0] for i in range(20)]
    expected += list(prediction(signs[20:], signs[:20], half[:20]))
    np.testing.assert_allclose(process.unexplained(half), half - expected, atol=1e-6)
    np.testing.assert_allclose(process.left_out(half, 7), (half - expected)[:7], atol=1e-6)


def test_the_operator_is_the_guess_and_the_plain_operator_of_what_it_misses(design):
    # what is missed is known of the coalitions that were drawn, and that of a pair left out for the others
    half, signs = np.random.default_rng(4).normal(size=30), signs_of(design.masks)
    known, plain = 20, paired_regression(design).operator
    process = odd_process(Agreements.of(design, known), *PRIOR)
    drawn = (design.counts() / np.array(stratum_sizes(PLAYERS)))[design.stratum - 1]
    everything = signs_of((np.arange(2**PLAYERS)[:, None] >> np.arange(PLAYERS)) & 1)
    guess = by_enumeration(prediction(everything, signs[:known], half[:known]))
    predicted = half - process.unexplained(half)
    fitted = prediction(signs, signs[:known], half[:known])
    expected = guess + plain @ (half - drawn * fitted - (1 - drawn) * predicted)
    np.testing.assert_allclose(process.operator(plain, drawn) @ half, expected, atol=1e-6)


def test_the_guess_is_the_shapley_value_of_the_predicted_game(design):
    half, signs = np.random.default_rng(2).normal(size=30), signs_of(design.masks)
    everything = signs_of((np.arange(2**PLAYERS)[:, None] >> np.arange(PLAYERS)) & 1)
    game = prediction(everything, signs, half)
    process = odd_process(Agreements.of(design, 30), *PRIOR)
    # with a plain operator that answers 0, nothing but the guess is left
    guess = process.operator(np.zeros((PLAYERS, 30)), np.zeros(30))
    np.testing.assert_allclose(guess @ half, by_enumeration(game), atol=1e-6)


def test_the_smallest_variance_is_that_of_what_fits():
    rng = np.random.default_rng(3)
    design = paired_design(12, 400, rng)
    weights = rng.normal(size=12)

    def cubic(signs):
        return signs @ weights + (signs @ weights) ** 3 / 20

    def centred(half, total):
        return half - (design.stratum / 12 - 0.5) * total

    smooth = centred(cubic(signs_of(design.masks)), 2 * cubic(np.ones(12)))
    linear = centred(signs_of(design.masks) @ weights, 2 * weights.sum())
    plain, *priors = helped(paired_regression(design), known=400)
    variances = [c.variance(np.stack([smooth, linear])).sum(axis=-1) for c in (plain, *priors)]
    best = np.argmin(variances, axis=0)
    assert best[0] in (1, 2)  # the smooth ones
    assert best[1] == 0
    np.testing.assert_allclose(plain.values(linear, 2 * weights.sum()), 2 * weights, atol=1e-9)
