"""Changes between two estimates: by hand, and by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaikit.stats.change import Estimate, change
from xaikit.stats.intervals import wilson


def test_a_difference_by_hand():
    found = change(Estimate(0.5, 0.4, 0.6), Estimate(0.7, 0.6, 0.8), 1.0, ratio=False)
    error = math.hypot(0.1, 0.1)
    assert found.difference == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.2 - error, 0.2 + error))
    assert found.p == pytest.approx(math.erfc(0.2 / (error / 1.959963984540054) / math.sqrt(2)))


def test_a_ratio_is_compared_on_the_log_scale():
    found = change(Estimate(0.5, 0.25, 1.0), Estimate(1.0, 0.5, 2.0), 1.0, ratio=True)
    assert found.difference == pytest.approx(2.0)
    assert found.low == pytest.approx(2.0 / 2 ** math.sqrt(2))
    assert found.nearer


def test_exact_counts_differ_or_do_not():
    assert change(Estimate(0.1), Estimate(0.1), 0.0, ratio=False).p == 1
    assert change(Estimate(0.1), Estimate(0.2), 0.0, ratio=False).p == 0


def test_a_ratio_of_zero_has_no_logarithm_and_still_compares():
    found = change(Estimate(0.0, 0.0, 0.1), Estimate(0.5, 0.4, 0.6), 1.0, ratio=True)
    assert found.difference == pytest.approx(0.5)
    assert found.p < 0.001


@given(st.floats(0.05, 5), st.floats(0.05, 5), st.floats(0.01, 0.5))
def test_exchange_turns_a_ratio_round(a, b, spread):
    def estimate(v):
        return Estimate(v, v * math.exp(-spread), v * math.exp(spread))

    one, back = (change(estimate(x), estimate(y), 1.0, ratio=True) for x, y in ((a, b), (b, a)))
    assert one.difference * back.difference == pytest.approx(1)
    assert one.p == pytest.approx(back.p)
    assert not (one.nearer and back.nearer)


@pytest.mark.slow
def test_no_change_is_called_a_change_about_one_time_in_twenty():
    rng = np.random.default_rng(0)
    n, false = 400, 0
    for a, b in rng.binomial(n, 0.3, size=(2000, 2)):
        estimates = []
        for k in (a, b):
            low, high = wilson(np.array(k), np.array(n), 0.95)
            estimates.append(Estimate(k / n, float(low), float(high)))
        false += change(*estimates, 1.0, ratio=False).p < 0.05
    assert 0.035 < false / 2000 < 0.065
