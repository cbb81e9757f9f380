import numpy as np
import pytest

from tests.benchmarks import fairness
from tests.benchmarks.harness import interleaved


def test_the_same_numbers_as_fairlearn():
    s = fairness.sample(20_000)
    np.testing.assert_allclose(fairness.from_codes(s), fairness.peer_values(s))
    np.testing.assert_allclose(fairness.from_strings(s), fairness.peer_values(s))


@pytest.mark.slow
def test_intervals_agree_with_fairlearn_and_are_far_cheaper():
    s = fairness.sample(3000, 2)
    low, high = fairness.with_intervals(s, 10_000)
    peer = fairness.fairlearn(s, n_boot=40, ci_quantiles=[0.025, 0.975], random_state=0)
    theirs = [f.sort_index()[[*fairness.NAMES, "count"]].to_numpy(float) for f in peer.by_group_ci]
    big = fairness.from_codes(s)[:, -1] > 150  # few rows make few distinct replicates
    width = (high - low)[big]
    assert np.median(np.abs(theirs[0][big] - low[big]) / width) < 0.12
    assert np.median(np.abs(theirs[1][big] - high[big]) / width) < 0.12


@pytest.mark.slow
def test_a_wide_margin_over_fairlearn():
    """Gates far below what is measured: the machine is shared."""
    s = fairness.sample(100_000)
    ours = interleaved({"codes": lambda: fairness.from_codes(s), "strings": lambda: fairness.from_strings(s)}, 5)
    peer = interleaved({"peer": lambda: fairness.fairlearn(s)}, 1, warm=False)["peer"]
    assert peer / ours["codes"] > 500
    assert peer / ours["strings"] > 60
