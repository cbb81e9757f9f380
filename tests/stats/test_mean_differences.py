import numpy as np
import pytest
from scipy.stats import ttest_ind, tukey_hsd

from xaikit.stats.mean_differences import differences, mean_interval


def test_two_groups_get_welchs_interval():
    rng = np.random.default_rng(0)
    a, b = rng.normal(1, 1, 30), rng.normal(0, 3, 12)
    (d,) = differences({"a": a, "b": b}, 0.9)
    high, low = (a, b) if a.mean() > b.mean() else (b, a)
    expected = ttest_ind(high, low, equal_var=False).confidence_interval(0.9)
    assert (d.low, d.high) == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert d.n == 42


def test_several_groups_get_an_interval_a_little_wider_than_tukeys():
    rng = np.random.default_rng(1)
    groups = {k: rng.normal(0, 1, 400) for k in "abcd"}
    tukey = tukey_hsd(*groups.values()).confidence_interval(0.95)
    for d in differences(groups, 0.95):
        i, j = "abcd".index(d.group), "abcd".index(d.reference)
        # Šidák's 2.631 over Tukey's 2.569, and each pair's own variance instead of the pooled one
        assert d.high - d.low == pytest.approx((tukey.high[i, j] - tukey.low[i, j]) * 2.631 / 2.569, rel=0.06)


def test_the_greater_mean_comes_first_and_single_values_are_left_out():
    found = differences({"a": np.array([1.0, 2.0]), "b": np.array([5.0, 5.5]), "c": np.array([9.0])}, 0.95)
    assert [(d.group, d.reference, d.value) for d in found] == [("b", "a", 3.75)]


def test_values_that_are_all_one_have_no_doubt():
    (d,) = differences({"a": np.ones(5), "b": np.zeros(5)}, 0.95)
    assert (d.low, d.value, d.high) == (1, 1, 1)


def test_one_value_says_nothing_of_the_mean():
    assert mean_interval(np.array([2.0]), 0.95) == (2.0, -np.inf, np.inf)


# Chosen by looking: the group with the least mean is compared with. Before the run: of 1,500 audits of four groups
# with equal means, at least .95 − 3 standard errors = .933 have every interval around 0; pairwise Welch intervals
# would have about .80.
@pytest.mark.slow
def test_intervals_hold_for_the_comparison_with_the_group_that_happens_to_be_best():
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(1500):
        groups = {k: rng.gamma(4, 1, n) for k, n in zip("abcd", (40, 60, 90, 200), strict=True)}
        best = min(groups, key=lambda g: groups[g].mean())
        held += all(d.low <= 0 for d in differences(groups, 0.95) if d.reference == best)
    assert held / 1500 >= 0.933
