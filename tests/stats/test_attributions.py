import numpy as np
import pytest
from scipy import stats

from xaikit.stats.attributions import importance


def test_interval_is_that_of_a_mean_and_of_its_errors():
    values = np.random.default_rng(0).normal([2.0, -5.0], 1.0, size=(30, 2))
    stderr = np.full((30, 2), 0.3)
    first, second = importance(values, stderr)
    assert (first.feature, second.feature) == (1, 0)
    size = np.abs(values[:, 1])
    error = np.hypot(size.std(ddof=1) / np.sqrt(30), 0.3)
    assert first.high - first.value == pytest.approx(stats.t.ppf(0.975, 29) * error)
    assert (first.first, first.last, second.first, second.last) == (1, 1, 2, 2)


def test_order_within_the_errors_stays_open():
    values = np.random.default_rng(1).normal([1.0, 1.01, 9.0], 0.5, size=(20, 3))
    found = {i.feature: (i.first, i.last) for i in importance(values)}
    assert found == {2: (1, 1), 0: (2, 3), 1: (2, 3)}


def test_one_row_has_no_spread_but_keeps_the_errors_of_its_values():
    (alone,) = importance(np.array([[3.0]]))
    assert (alone.low, alone.high) == (3.0, 3.0)
    (doubted,) = importance(np.array([[3.0]]), np.array([[0.1]]))
    assert doubted.low < 3.0 < doubted.high
