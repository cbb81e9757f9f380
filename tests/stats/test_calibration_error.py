import numpy as np
import pytest

from xaikit.stats.calibration_error import calibration_error_limits

SHARE = np.array([0.03, 0.06, 0.1, 0.13, 0.18, 0.18, 0.13, 0.1, 0.06, 0.03])
SCORE = (np.arange(10) + 0.5) / 10
SHAPES = {
    "calibrated": np.zeros(10),
    "slope": np.linspace(0.15, -0.12, 10),
    "waves": 0.06 * (-1.0) ** np.arange(10),
    "a little": np.full(10, 0.02),
    "one bin": np.where(np.arange(10) == 4, 0.12, 0),
    "two small bins": np.where(np.arange(10) > 7, 0.15, 0),
}


def limits(rng, n, rate, replicates=400):
    people = rng.multinomial(n, SHARE)
    right = rng.binomial(people, rate)
    counts = np.stack([people - right, right], axis=1).astype(float)
    low, high, by_chance = calibration_error_limits(counts, people * SCORE, rng, replicates)
    used = people > 0
    value = np.abs(right[used] - people[used] * SCORE[used]).sum() / n
    return low, max(high, value), value, by_chance


@pytest.mark.slow
@pytest.mark.parametrize("n", [500, 3000])
@pytest.mark.parametrize("shape", SHAPES)
def test_limits_cover_at_least_as_often_as_they_say(shape, n):
    rng = np.random.default_rng(3)
    rate = np.clip(SCORE + SHAPES[shape], 0.001, 0.999)
    truth = (SHARE * np.abs(rate - SCORE)).sum()
    found = np.array([limits(rng, n, rate)[:2] for _ in range(400)])
    inside = ((found[:, 0] <= truth) & (truth <= found[:, 1])).mean()
    assert inside >= 0.93
    assert inside < 1 or shape == "calibrated"


def test_they_are_no_wider_than_a_naive_interval_where_chance_is_small():
    rng = np.random.default_rng(0)
    low, high, value, _ = limits(rng, 200_000, np.clip(SCORE + 0.05, 0, 1), 2000)
    assert value == pytest.approx(0.05, abs=0.004)
    assert high - low < 3 * 2 * 1.96 * 0.5 / np.sqrt(200_000)


def test_a_calibrated_score_is_not_said_to_be_off():
    rng = np.random.default_rng(1)
    low, _, value, by_chance = limits(rng, 1000, SCORE, 4000)
    assert low == 0.0
    assert value > 0.01
    oracle = [limits(rng, 1000, SCORE, 2)[2] for _ in range(2000)]
    assert by_chance == pytest.approx(np.mean(oracle), rel=0.05)


def test_a_bin_of_one_label_and_empty_bins_are_taken():
    counts = np.zeros((10, 2))
    counts[3] = 5, 0
    low, high, _ = calibration_error_limits(counts, counts.sum(axis=1) * 0.35, np.random.default_rng(0), 500)
    assert 0 <= low <= 0.35 <= high <= 1.0


def test_no_limit_is_above_one():
    for score in (0.01, 0.5, 0.99):
        counts, sums = np.array([[0.0, 1.0], [2.0, 0.0]]), np.array([score, 2 * score])
        low, high, _ = calibration_error_limits(counts, sums, np.random.default_rng(0), 200)
        assert 0 <= low <= high <= 1
