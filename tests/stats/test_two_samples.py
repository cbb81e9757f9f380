"""The energy test holds its level and finds shifts."""

import numpy as np

from xaikit.stats.two_samples import energy_test


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
