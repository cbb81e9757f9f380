"""Changes of means over people who were asked, each time or once: influence, half persons, size, coverage, power."""

import numpy as np
import pytest

from xaikit.stats.change import Estimate, change
from xaikit.stats.mean_differences import differences
from xaikit.stats.paired import Rate, contrast, gap_of, mean_of, paired_change


def costs(seed=0, n=60):
    rng = np.random.default_rng(seed)
    first = rng.random(n) < 0.5
    values = np.round(rng.gamma(2, 0.1, n), 2)
    values[rng.random(n) < 0.3] = np.nan  # not asked, or without an answer
    return first, values


def test_the_influence_is_that_of_leaving_each_row_out():
    first, values = costs()
    found = gap_of(values, first, ~first)
    asked = ~np.isnan(values)
    assert found.value == pytest.approx(values[first & asked].mean() - values[~first & asked].mean())
    assert not found.influence[~asked].any()
    for row in np.flatnonzero(asked):
        m = int((first if first[row] else ~first)[asked].sum())
        without = gap_of(np.where(np.arange(len(values)) == row, np.nan, values), first, ~first)
        assert found.influence[row] == pytest.approx((m - 1) / m * (found.value - without.value))


def test_a_share_of_yes_and_no_is_a_rate_with_its_half_persons():
    first = np.arange(50) < 30
    said = np.where(np.arange(50) % 3 == 0, 1.0, 0.0)
    mean, rate = mean_of(said, first, "f"), contrast([Rate("f", (said == 1) & first, first)])
    np.testing.assert_allclose(mean.influence, rate.influence)
    assert mean.value == rate.value
    assert mean.shares == rate.shares
    nobody = mean_of(np.zeros(50), first, "f")
    assert paired_change(nobody, nobody, 0.0, logs=False).high > 0, "of no flip among 30, some remain possible"


def test_who_was_never_asked_has_no_mean():
    first, values = costs()
    assert mean_of(np.full(60, np.nan), first, "f") is None
    assert gap_of(np.where(first, values, np.nan), first, ~first) is None


def test_people_asked_once_count_as_different_people_and_those_asked_twice_as_one():
    rng = np.random.default_rng(3)
    cost = rng.gamma(2, 0.1, 400)
    everybody, none = np.ones(400, bool), np.full(400, np.nan)
    same = [mean_of(cost + 0.01 * rng.normal(size=400), everybody, "f") for _ in range(2)]
    halves = [mean_of(np.where(h, cost, none), everybody, "f") for h in (np.arange(400) < 200, np.arange(400) >= 200)]
    twice = paired_change(*(replace_shares(s) for s in same), 0.0, logs=False)
    apart = paired_change(*(replace_shares(s) for s in halves), 0.0, logs=False)
    welch = differences({"a": cost[:200], "b": cost[200:]}, 0.95)[0]
    assert apart.high - apart.low == pytest.approx(welch.high - welch.low, rel=0.02)
    assert twice.high - twice.low < 0.1 * (apart.high - apart.low)


def replace_shares(side):
    """The side without half persons, which are for shares of yes and no."""
    return type(side)(side.value, side.influence)


def gaps(rng, n, stricter, asked=300, noise=0.05):
    """Recourse of two models of noise apart: the later asks more of the first group; some rejected are asked."""
    first = rng.random(n) < 0.5
    skill, order = rng.normal(size=n) - 0.2 * first, rng.permutation(n)
    sides, alone = [], []
    for more in (0.0, stricter):
        score = skill + noise * rng.normal(size=n) - more * first
        drawn = order[(score < 0)[order]][:asked]
        cost = np.full(n, np.nan)
        cost[drawn] = np.maximum(0.02, np.ceil(-score[drawn] * 20) / 20)
        sides.append(gap_of(cost, first, ~first))
        (d,) = differences({g: cost[m & ~np.isnan(cost)] for g, m in (("f", first), ("m", ~first))}, 0.95)
        sign = 1 if d.group == "f" else -1
        alone.append(Estimate(sign * d.value, *sorted((sign * d.low, sign * d.high))))
    return paired_change(*sides, 0.0, logs=False), change(*alone, 0.0, ratio=False)


# Stated before the run, 1,000 draws: .03 to .07 called a change without one, coverage .93 to .97, and with a change
# found more often than as two samples.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "stricter", "noise"),
    [(200, 0.0, 0.1), (3000, 0.0, 0.05), (600, 0.0, 0.3), (600, 0.1, 0.05), (3000, 0.1, 0.05)],
)
def test_a_gap_in_recourse(n, stricter, noise):
    rng = np.random.default_rng(12)
    truth = gaps(rng, 1_000_000, stricter, 10**7, noise)[0].difference if stricter else 0.0
    found = alone = covered = 0
    for _ in range(1000):
        paired, apart = gaps(rng, n, stricter, noise=noise)
        found += paired.p < 0.05
        alone += apart.p < 0.05
        covered += paired.low <= truth <= paired.high
    assert 930 <= covered <= 970
    if stricter:
        assert found > 2 * alone
        assert found > 300
    else:
        assert 30 <= found <= 70


@pytest.mark.slow
@pytest.mark.parametrize(("share", "later", "kept"), [(0.2, 0.2, 0.7), (0.1, 0.1, 0.5), (0.2, 0.15, 0.9)])
def test_a_share_of_flips(share, later, kept):
    # stated before the run: 1,000 draws of 500 people; `kept` of whom the first model flips, the second flips too
    rng, found, alone, covered = np.random.default_rng(5), 0, 0, 0
    both = min(share, later) * kept
    everybody = np.ones(500, bool)
    for _ in range(1000):
        cell = rng.choice(4, size=500, p=[1 - share - later + both, later - both, share - both, both])
        values = [(cell >= 2).astype(float), np.isin(cell, (1, 3)).astype(float)]
        paired = paired_change(*(mean_of(v, everybody, "f") for v in values), 0.0, logs=False)
        error = [1.96 * np.sqrt(v.mean() * (1 - v.mean()) / 500) for v in values]
        apart = change(
            *(Estimate(v.mean(), v.mean() - e, v.mean() + e) for v, e in zip(values, error, strict=True)),
            0.0,
            ratio=False,
        )
        found += paired.p < 0.05
        alone += apart.p < 0.05
        covered += paired.low <= later - share <= paired.high
    assert 930 <= covered <= 970
    if share != later:
        assert found > alone
    else:
        assert 30 <= found <= 70
