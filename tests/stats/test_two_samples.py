"""The energy test holds its level and finds shifts."""

import numpy as np

from xaikit.stats.two_samples import _energies_of_one, energy_test, energy_tests


def test_statistic_is_the_definition():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(7, 2)), rng.normal(size=(5, 2))

    def mean(a, b):
        return np.mean([[np.linalg.norm(p - q) for q in b] for p in a])

    expected = 2 * mean(x, y) - mean(x, x) - mean(y, y)
    np.testing.assert_allclose(energy_test(x, y, rng, 9)[0], expected)


def test_level_and_power():
    rng = np.random.default_rng(1)
    null = [energy_test(rng.normal(size=(30, 3)), rng.normal(size=(40, 3)), rng, 99)[1] for _ in range(200)]
    shifted = [energy_test(rng.normal(size=(30, 3)), rng.normal(0.8, 1, (40, 3)), rng, 99)[1] for _ in range(30)]
    assert 0.01 <= np.mean(np.array(null) <= 0.05) <= 0.1
    assert np.mean(np.array(shifted) <= 0.05) > 0.9


def test_tests_by_feature_hold_their_level():
    """Expected before the run: p ≤ .05 in 5 % of 300 pairs of samples, 4 to 29 (exact binomial bounds of 99.9 %)."""
    owner, small = np.array([0, 0, 1, 2, 3]), np.zeros(2)
    for seed in range(300):
        rng = np.random.default_rng([71, seed])
        one, other = rng.exponential(size=(40, 5)), rng.exponential(size=(60, 5))
        found = energy_tests(one, other, owner, rng, 99)
        small += [found.p <= 0.05, found.by_feature.min() <= 0.05]
    assert (small >= 4).all()
    assert (small <= 29).all()


def test_one_odd_feature_among_many_is_found_where_the_distance_of_all_loses_it():
    """Expected before the run: a shift of .5 in 1 of 20 features, 100 rows against 400, is 4.5 standard errors.

    Alone, adjusted for 20 features at p ≤ .05 (3.0 standard errors), it is found in 93 %: in 30 of 40 or more.
    """
    by_all, by_one, named = [], [], []
    for seed in range(40):
        rng = np.random.default_rng([72, seed])
        one, other = rng.normal(size=(100, 20)), rng.normal(size=(400, 20))
        one[:, 7] += 0.5
        found = energy_tests(one, other, np.arange(20), rng, 199)
        by_all.append(energy_test(one, other, rng, 199)[1] <= 0.05)
        by_one.append(found.p <= 0.05)
        named.append(found.by_feature.argmin() == 7)
    assert sum(by_one) >= 30
    assert sum(named) >= 30
    assert sum(by_all) < sum(by_one)


def test_one_dimension_by_sorting_is_the_energy_distance():
    rng = np.random.default_rng(73)
    one, other = rng.normal(size=(9, 1)), rng.integers(0, 3, (7, 1)).astype(float)
    single = energy_tests(one, other, np.array([0]), rng, 9)
    assert single.statistic == energy_test(one, other, rng, 9)[0]
    weights = np.repeat([[1 / 9, -1 / 7]], [9, 7], axis=1)
    np.testing.assert_allclose(_energies_of_one(np.concatenate([one, other])[:, 0], weights), single.statistic)
