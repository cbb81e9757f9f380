"""Paired changes: against re-computation without each row, against McNemar and DeLong, and by simulation."""

import math

import numpy as np
import pytest

from xaikit.stats.change import Estimate, change
from xaikit.stats.paired import Rate, above_the_median, area, contrast, paired_change, pooled_odds
from xaikit.stats.stratified import mantel_haenszel
from xaikit.stats.tests import holm


def ratio_side(selected, first, weight=None):
    return contrast([Rate("f", selected & first, first), Rate("m", selected & ~first, ~first, -1)], weight, logs=True)


def without_each(statistic, n):
    """The jackknife's influence: (n - 1) / n × (mean of all leave-one-out values - value without the row)."""
    left_out = np.array([statistic(np.arange(n) != i) for i in range(n)])
    return (n - 1) / n * (left_out.mean() - left_out)


@pytest.fixture
def people():
    rng = np.random.default_rng(5)
    n = 400
    first = rng.random(n) < 0.5
    score = rng.normal(size=n) + 0.3 * first
    return first, score, rng.random(n) < 1 / (1 + np.exp(-score)), rng.integers(0, 3, n), rng.uniform(0.5, 2, n)


def _ratio(first, score, label, stratum, weight, keep):
    return ratio_side(score[keep] > 0, first[keep], weight[keep])


def _area(first, score, label, stratum, weight, keep):
    return area(score[keep], label[keep], first[keep])


def _odds(first, score, label, stratum, weight, keep):
    return pooled_odds(score[keep] > 0, first[keep], ~first[keep], stratum[keep])


@pytest.mark.parametrize("side", [_ratio, _area, _odds])
def test_the_influence_is_that_of_leaving_each_row_out(people, side):
    everybody = np.ones(len(people[0]), dtype=bool)
    found = side(*people, everybody)
    slow = without_each(lambda keep: side(*people, keep).value, len(everybody))
    assert found.influence.sum() == pytest.approx(0, abs=1e-12)
    # both are first-order: they differ by the order of 1/n of themselves, n being that of a stratum (a third)
    np.testing.assert_allclose(found.influence, slow, atol=12 / len(everybody) * np.abs(slow).max())
    assert np.corrcoef(found.influence, slow)[0, 1] > 0.999


def test_one_rate_is_mcnemar_with_half_a_person_in_each_cell():
    before = np.repeat([True, True, False, False], [30, 12, 25, 33])
    after = np.repeat([True, False, True, False], [30, 12, 25, 33])
    everybody = np.ones(100, dtype=bool)
    sides = [contrast([Rate("all", s, everybody)]) for s in (before, after)]
    found = paired_change(*sides, 1.0, logs=False)
    b, c, n = 12, 25, 100
    spread = (b + c - (c - b) ** 2 / n) / n**2 * n / (n - 1)
    rates = before.mean(), after.mean()
    extra = sum(0.5 * ((j - rates[1]) - (i - rates[0])) ** 2 for i in (0, 1) for j in (0, 1)) / n**2
    z = (c - b) / n / math.sqrt(spread + extra)
    assert found.difference == pytest.approx(0.13)
    assert found.p == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), rel=0.12)  # t with 99 degrees, and not normal
    assert (found.low, found.high) == pytest.approx((0.13 - 1.984 * 0.13 / z, 0.13 + 1.984 * 0.13 / z), abs=1e-4)


def test_the_odds_ratio_is_mantel_and_haenszels(people):
    first, score, _, stratum, _ = people
    counts = [
        np.bincount(stratum[m], minlength=3) for m in (first & (score > 0), first, ~first & (score > 0), ~first)
    ]
    assert math.exp(_odds(*people, np.ones(400, bool)).value) == pytest.approx(mantel_haenszel(*counts).odds_ratio)


def test_the_area_is_that_of_all_pairs(people):
    first, score, label, *_ = people
    pairs = [(a > b) + (a == b) / 2 for a in score[first & label] for b in score[first & ~label]]
    assert area(score, label, first).value == pytest.approx(np.mean(pairs))


def test_nothing_changed_is_no_change_and_not_surely_none():
    first = np.arange(200) < 100
    side = ratio_side(np.arange(200) % 3 == 0, first)
    found = paired_change(side, side, 1.0, logs=True)
    assert (found.difference, found.p) == (1, 1)
    assert found.low < 1 < found.high


@pytest.mark.parametrize(("turned", "count"), [("few", 3), ("more", 8)])
def test_a_handful_of_changed_decisions_is_no_proof_and_eight_all_one_way_are(turned, count):
    first = np.arange(400) < 200
    before = np.arange(400) % 4 == 0
    after = before.copy()
    after[np.flatnonzero(first & before)[:count]] = False
    found = paired_change(ratio_side(before, first), ratio_side(after, first), 1.0, logs=True)
    assert (found.p < 0.05) == (turned == "more")  # McNemar's exact p: .25 and .008


def test_a_rate_of_nobody_has_no_ratio():
    first = np.arange(40) < 20
    assert ratio_side(first.copy(), ~first) is None
    assert area(np.arange(4.0), np.ones(4, bool), np.ones(4, bool)) is None
    assert pooled_odds(np.zeros(40, bool), first, ~first, np.zeros(40, int)) is None
    assert above_the_median(np.r_[np.zeros(20), np.ones(20)], first, ~first) is None


def test_rows_of_one_cluster_count_once():
    rng = np.random.default_rng(0)
    first = rng.random(300) < 0.5
    before, after = rng.random(300) < 0.4, rng.random(300) < 0.6
    twice = [np.tile(v, 2) for v in (before, after, first)]
    one = paired_change(ratio_side(before, first), ratio_side(after, first), 1.0, logs=True)
    sides = ratio_side(twice[0], twice[2]), ratio_side(twice[1], twice[2])
    both = paired_change(*sides, 1.0, logs=True, cluster=np.tile(np.arange(300), 2))
    assert math.log(both.high / both.low) == pytest.approx(math.log(one.high / one.low), rel=0.02)
    apart = paired_change(*sides, 1.0, logs=True)
    assert math.log(apart.high / apart.low) < 0.75 * math.log(one.high / one.low)


def drawn(rng, n, rates, rates_after, turned):
    """Decisions before and after in two groups; `turned` of the rejected are accepted beyond what the rates ask."""
    sides = []
    for p, q in zip(rates, rates_after, strict=True):
        up = turned * (1 - p) + max(0.0, q - p)  # joint law: P(0, 1) - P(1, 0) = q - p
        down = up - (q - p)
        cell = rng.choice(4, size=n, p=[1 - p - up, up, down, p - down])
        sides.append((cell >= 2, (cell == 1) | (cell == 3)))
    first = np.repeat([True, False], n)
    return first, np.concatenate([s[0] for s in sides]), np.concatenate([s[1] for s in sides])


def independent(before, after, first):
    """The test for two audits of different people, from the limits of their log ratios (Katz)."""
    out = []
    for selected in (before, after):
        (x, n), (y, m) = ((selected[g].sum(), g.sum()) for g in (first, ~first))
        ratio, half = (x / n) / (y / m), 1.959964 * math.sqrt(1 / x - 1 / n + 1 / y - 1 / m)
        out.append(Estimate(ratio, ratio * math.exp(-half), ratio * math.exp(half)))
    return change(*out, 1.0, ratio=True)


def simulated(n, rates, rates_after, turned, count=2000):
    rng = np.random.default_rng(11)
    truth = (rates_after[0] / rates_after[1]) / (rates[0] / rates[1])
    paired = alone = covered = 0
    for _ in range(count):
        first, before, after = drawn(rng, n, rates, rates_after, turned)
        found = paired_change(ratio_side(before, first), ratio_side(after, first), 1.0, logs=True)
        paired += found.p < 0.05
        covered += found.low <= truth <= found.high
        alone += independent(before, after, first).p < 0.05
    return paired / count, alone / count, covered / count


# Stated before the first run. 2,000 draws: one standard error of .05 is .005, of .95 as well.
# Without change: at most .05 + 2 standard errors = .06 called a change. Coverage .93 to .97 where at least 20
# decisions of each group are expected to change; the half persons may make it higher, never lower, where fewer do.
# With change: more often found than by the test for different people.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "rates", "turned"),
    [(300, (0.2, 0.4), 0.05), (300, (0.4, 0.4), 0.2), (1000, (0.1, 0.3), 0.03), (1000, (0.3, 0.5), 0.3)],
)
def test_size_and_coverage_without_a_change(n, rates, turned):
    size, alone, covered = simulated(n, rates, rates, turned)
    assert size <= 0.06
    assert 0.93 <= covered <= 0.97
    if turned < 0.1:
        assert alone < 0.01  # the test for different people hardly ever speaks up: that is its cost


@pytest.mark.slow
@pytest.mark.parametrize(("n", "rates", "turned"), [(60, (0.2, 0.4), 0.03), (150, (0.1, 0.3), 0.02)])
def test_size_where_a_handful_of_decisions_change(n, rates, turned):
    size, _, covered = simulated(n, rates, rates, turned)
    assert size <= 0.06
    assert covered >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "rates", "after", "turned"),
    [
        (300, (0.3, 0.4), (0.24, 0.4), 0.03),
        (1000, (0.2, 0.4), (0.17, 0.4), 0.03),
        (1000, (0.2, 0.4), (0.24, 0.4), 0.1),
    ],
)
def test_power_and_coverage_with_a_change(n, rates, after, turned):
    power, alone, covered = simulated(n, rates, after, turned, 1000)
    assert power > (2 * alone if turned < 0.1 else alone)
    assert power > 0.5
    assert 0.93 <= covered <= 0.97


@pytest.mark.slow
def test_the_share_above_the_median_of_all_moves_with_the_median():
    # stated before the run: 1,000 draws, size at most .05 + 2 × .007 = .064, and not below .02
    rng, false = np.random.default_rng(3), 0
    for _ in range(1000):
        first = rng.random(600) < 0.4
        base = rng.normal(size=600) + 0.5 * first
        sides = [above_the_median(base + rng.normal(size=600) * 0.4, first, ~first) for _ in range(2)]
        false += paired_change(*sides, 1.0, logs=True).p < 0.05
    assert 0.02 <= false / 1000 <= 0.064


@pytest.mark.slow
@pytest.mark.parametrize("turned", [0.05, 0.3])
def test_the_best_of_four_equal_groups_may_be_another_after(turned):
    # Stated before the run: nothing changed, the best group is chosen by looking, before and after, Holm over the
    # three others: at most .05 + 3 × .007 = .071 of 1,000 draws call any of them changed.
    rng, false, n = np.random.default_rng(12), 0, 250
    groups = [np.repeat(np.arange(4) == g, n) for g in range(4)]
    for _ in range(1000):
        cell = rng.choice(4, size=4 * n, p=[0.7 - 0.7 * turned, 0.7 * turned, 0.7 * turned, 0.3 - 0.7 * turned])
        before, after = cell >= 2, (cell == 1) | (cell == 3)
        first, last = (int(np.argmax([s[g].mean() for g in groups])) for s in (before, after))
        p = []
        for g in (g for g in range(4) if g != last):
            was = last if g == first else first  # the pair that the later ratio is of, turned round
            sides = [
                contrast([Rate("a", s & groups[g], groups[g]), Rate(str(r), s & groups[r], groups[r], -1)], logs=True)
                for s, r in ((before, was), (after, last))
            ]
            # the pair that moved apart was chosen by looking, of three: as `compare` does, its p is thrice as large
            p.append(min(1.0, paired_change(*sides, 1.0, logs=True).p * (3 if g == first else 1)))
        false += bool((holm(p) < 0.05).any())
    assert false / 1000 <= 0.071
