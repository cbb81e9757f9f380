import numpy as np
import pytest
from sklearn.metrics import log_loss, r2_score, roc_auc_score

from xaikit.stats.predictability import area, information, product, share_of_each, variance_explained

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(0, 3, 500)
CHANCES = RNG.dirichlet([1, 1, 1], 500) * 0.5 + np.eye(3)[TRUTH] * 0.2 + 0.1
CHANCES /= CHANCES.sum(axis=1, keepdims=True)


def test_the_values_are_those_of_scikit_learn():
    two = (TRUTH > 0).astype(int)
    pair = np.stack([CHANCES[:, 0], 1 - CHANCES[:, 0]], axis=1)
    assert area(two, pair, 0.95).value == pytest.approx(roc_auc_score(two, pair[:, 1]))
    ovr = roc_auc_score(TRUTH, CHANCES, multi_class="ovr")
    assert area(TRUTH, CHANCES, 0.95).value == pytest.approx(ovr)
    y = RNG.normal(size=500)
    guess = y + RNG.normal(size=500)
    assert variance_explained(y, y * 0.5, 0.95).value == pytest.approx(r2_score(y, y * 0.5))
    assert variance_explained(y, guess * 0.1, 0.95).value == pytest.approx(max(0, r2_score(y, guess * 0.1)))
    bits, entropy = information(TRUTH, CHANCES, 0.95)
    share = np.bincount(TRUTH) / 500
    assert entropy == pytest.approx(-(share * np.log2(share)).sum())
    assert bits.value == pytest.approx(entropy - log_loss(TRUTH, CHANCES) / np.log(2))


def test_ties_count_one_half():
    assert area(np.array([0, 1, 0, 1]), np.full((4, 2), 0.5), 0.95).value == 0.5


def test_rows_are_ranked_within_their_fold():
    truth = np.array([0, 0, 1, 1] * 20)
    score = np.tile([0.1, 0.2, 0.3, 0.4], 20) + np.repeat(np.arange(20), 4)
    chances = np.stack([-score, score], axis=1)
    assert area(truth, chances, 0.95).value < 0.7
    assert area(truth, chances, 0.95, np.repeat(np.arange(20), 4)).value == 1.0


def test_limits_stay_in_range_and_hold_the_value():
    for chances in (CHANCES, np.eye(3)[TRUTH], np.full((500, 3), 1 / 3), np.eye(3)[(TRUTH + 1) % 3]):
        for told in (area(TRUTH, chances, 0.95), information(TRUTH, chances, 0.95)[0]):
            assert 0 <= told.low <= told.high <= np.log2(3) + 1e-9
    assert 0.95 < area(TRUTH, np.eye(3)[TRUTH], 0.95).low < 1
    worst = area(TRUTH, np.eye(3)[(TRUTH + 1) % 3], 0.95)
    assert worst.high == 0.5  # the best predictor is never worse than chance


def test_shares_and_products():
    mass = np.abs(RNG.normal(size=(200, 3))) * [3, 1, 0]
    share, error = share_of_each(mass)
    assert share.sum() == pytest.approx(1)
    assert share[2] == error[2] == 0
    assert share_of_each(np.zeros((5, 2)))[0].tolist() == [0, 0]
    again = [share_of_each(mass[RNG.integers(0, 200, 200)])[0][0] for _ in range(1000)]
    assert error[0] == pytest.approx(np.std(again), rel=0.1)
    drawn = (0.6 + 0.05 * RNG.normal(size=20_000)) * (0.3 + 0.04 * RNG.normal(size=20_000))
    assert product(0.6, 0.05, 0.3, 0.04, 0.95).error == pytest.approx(drawn.std(), rel=0.03)


@pytest.mark.parametrize("miss", [1e-9, 1e-6, 1e-4, 1e-3])
def test_what_tells_all_but_nothing_wrong_has_limits_around_its_value(miss):
    truth = (np.random.default_rng(0).random(4000) < 0.3).astype(np.intp)
    sure = np.where(np.eye(2)[truth] > 0, 1 - miss, miss)
    told, entropy = information(truth, sure, 0.95)
    assert told.low <= told.value <= told.high <= entropy
    assert told.low > told.value - 2.5 * told.error  # the error of the entropy, some hundredths of a bit, and no more
    share = variance_explained(np.eye(2)[truth], sure, 0.95)
    assert 1 - 1e-4 < share.low <= share.value <= share.high <= 1
