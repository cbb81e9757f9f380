"""Agreement of attributions, and ranks with ties."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from xaikit.stats.agreement import (
    excess_movement,
    mean_interval,
    rank_correlation,
    relative_distance,
    tied_ranks,
    top_agreement,
)


def test_rank_correlation_is_spearmans():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, size=(20, 8)).astype(float), rng.normal(size=(20, 8))
    expected = [spearmanr(x, y).statistic for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(rank_correlation(a, b), expected)
    assert np.isnan(rank_correlation(np.ones((1, 3)), b[:1, :3])[0])


def test_top_agreement_wants_the_same_features_with_the_same_sign():
    one = np.array([[5.0, -4.0, 1.0, 0.0]])
    assert top_agreement(one, np.array([[3.0, -9.0, 0.5, 0.1]]), 2)[0] == 1
    assert top_agreement(one, np.array([[3.0, 9.0, 0.5, 0.1]]), 2)[0] == 0.5
    assert top_agreement(one, np.array([[0.0, 0.1, 5.0, 6.0]]), 2)[0] == 0


def test_values_that_tie_share_the_last_places():
    """By hand: of 3 1 1 1 the second place is shared by three; an explanation agrees with itself."""
    one = np.array([[3.0, 1.0, 1.0, 1.0]])
    assert top_agreement(one, one, 2)[0] == pytest.approx(1)
    assert top_agreement(one, np.array([[3.0, 0.0, 0.0, 2.0]]), 2)[0] == pytest.approx((1 + 1 / 3) / 2)
    order = np.array([[1, 0, 2, 3]])
    for other in (np.array([[3.0, 2.0, 0.0, 0.0]]), np.array([[3.0, 0.0, 2.0, 0.0]])):
        turned = np.take_along_axis(other, order, axis=1), np.take_along_axis(one, order, axis=1)
        assert top_agreement(one, other, 2)[0] == pytest.approx(top_agreement(*turned, 2)[0])  # no place is favoured


def test_values_that_add_up_move_at_least_as_much_as_their_score():
    rng = np.random.default_rng(3)
    one, other = rng.normal(size=(2, 200, 5))
    moved = (other - one).sum(axis=1, keepdims=True)
    found = excess_movement(one, other, moved)
    assert (found >= -1e-12).all()
    assert (found <= 2 + 1e-12).all()
    slow = [
        (sum(abs(b - a) for a, b in zip(x, y, strict=True)) - abs(sum(y) - sum(x)))
        / ((sum(map(abs, x)) + sum(map(abs, y))) / 2)
        for x, y in zip(one.tolist(), other.tolist(), strict=True)
    ]
    np.testing.assert_allclose(found, slow, atol=1e-12)
    up = one + np.abs(other)
    assert excess_movement(one, up, (up - one).sum(axis=1, keepdims=True)) == pytest.approx(np.zeros(200), abs=1e-12)
    assert excess_movement(np.zeros((1, 3)), np.zeros((1, 3)), np.zeros((1, 1)))[0] == 0


def test_distance_is_relative_and_zero_for_zero():
    assert relative_distance(np.zeros((1, 3)), np.zeros((1, 3)))[0] == 0
    apart = relative_distance(np.array([[3.0, 4.0]]), np.array([[3.0, 4.0]]) * 1.1)[0]
    assert apart == pytest.approx(0.5 / 5.25)


def test_interval_covers_and_counts_what_is_defined():
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(600):
        _, low, high, n = mean_interval(np.append(rng.normal(1, 2, 12), np.nan))
        inside.append(low <= 1 <= high)
        assert n == 12
    assert 0.92 <= np.mean(inside) <= 0.98
    assert mean_interval(np.array([np.nan])) == (None, None, None, 0)


def test_ranks_that_are_not_established_are_shared():
    rng = np.random.default_rng(2)
    truth, stderr = np.array([3.0, 2.0, 1.95, 0.2, 0.0]), np.full(5, 0.1)
    order = np.argsort(np.argsort(-truth)) + 1
    wrong = 0
    for _ in range(400):
        best, worst = tied_ranks(truth + stderr * rng.normal(size=5), stderr)
        wrong += not ((best <= order) & (order <= worst)).all()
    assert wrong / 400 <= 0.05
    best, worst = tied_ranks(truth, stderr)
    assert best.tolist() == [1, 2, 2, 4, 4]
    assert worst.tolist() == [1, 3, 3, 5, 5]
    assert tied_ranks(truth, stderr * 0)[0].tolist() == [1, 2, 3, 4, 5]
