import numpy as np
import pytest

from xaikit.stats.gaps import gap_limits, largest_gap, smoothed_error


def test_undefined_rates_are_passed_over():
    values = np.array([[0.2, np.nan, 0.5], [np.nan, 0.4, np.nan]])
    assert largest_gap(values) == pytest.approx(0.3)
    assert np.isnan(largest_gap(np.array([[np.nan, 0.4], [0.1, np.nan]])))


@pytest.mark.slow
@pytest.mark.parametrize("rates", [(0.4, 0.4, 0.4, 0.4), (0.2, 0.5, 0.4, 0.4)])
def test_the_largest_gap_is_covered_where_percentiles_are_not(rates):
    rng = np.random.default_rng(0)
    n, rates = np.array([200, 150, 100, 60]), np.array(rates)
    truth = np.ptp(rates)
    ours = naive = 0
    for _ in range(600):
        x = rng.binomial(n, rates)
        again = rng.binomial(n, x / n, size=(500, 4)) / n
        low, high = gap_limits((x / n)[None], smoothed_error(x, n)[None], again[:, None], 0.95)
        ours += low <= truth <= high
        ends = np.quantile(largest_gap(again[:, None]), [0.025, 0.975])
        naive += ends[0] <= truth <= ends[1]
    assert ours / 600 >= 0.925
    assert naive < ours
