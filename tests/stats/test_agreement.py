"""Agreement of attributions, and ranks with ties."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from xaikit.stats.agreement import mean_interval, rank_correlation, relative_distance, tied_ranks, top_agreement


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
