"""Changes of a calibration error: influences by leaving rows out, the exchange by coins, size and coverage."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr

from xaikit.stats.paired_calibration import binned, binned_change


def error_by_loop(score, label, bins=10):
    """Naeini's sum, one bin and one person after the other."""
    total = 0.0
    for b in range(bins):
        mine = [i for i, s in enumerate(score) if (b < s * bins <= b + 1) or (b == 0 and s == 0)]
        if mine:
            rate, mean = sum(label[i] for i in mine) / len(mine), sum(score[i] for i in mine) / len(mine)
            total += len(mine) / len(score) * abs(rate - mean)
    return total


@pytest.fixture
def people():
    rng = np.random.default_rng(4)
    truth = rng.random(300)
    label = rng.random(300) < truth
    member = rng.random(300) < 0.7
    noise = rng.normal(size=(2, 300)) * 0.1
    return np.clip(truth**2 + noise, 0, 1), label, member


def test_the_value_is_that_of_a_loop_over_people(people):
    scores, label, member = people
    edges = np.array([0.0, 0.1, 0.1 + 1e-7, 0.3, 0.7, 1.0])  # a bin holds its upper edge, and the first 0 too
    scores[0, : len(edges)], member[: len(edges)] = edges, True
    for bins in (10, 4, 1):
        found = binned(scores[0], label, member, bins)
        assert found.value == pytest.approx(error_by_loop(scores[0][member], label[member], bins))
    assert binned(scores[0], label, np.zeros(300, bool), 10) is None


def test_the_influence_is_that_of_leaving_each_row_out(people):
    scores, label, member = people
    found = binned(scores[0], label, member, 5)
    assert np.abs(found.influence.sum(axis=0)).max() < 1e-12
    assert not found.influence[~member].any()
    n = int(member.sum())
    for row in np.flatnonzero(member)[:40]:
        kept = member.copy()
        kept[row] = False
        without = binned(scores[0], label, kept, 5)
        np.testing.assert_allclose(found.influence[row], (n - 1) / n * (found.means - without.means), atol=1e-12)


def test_the_error_of_no_change_is_that_of_exchanges_at_random():
    # 80 people whose two scores are exchanged by the toss of a coin: the spread of what 4,000 tosses give
    rng = np.random.default_rng(1)
    label = rng.random(80) < 0.5
    first = np.round(0.15 + 0.7 * rng.random(80), 2)
    second = first + np.tile([0.12, -0.12], 40)
    every = np.ones(80, bool)
    sides = [binned(s, label, every, 2) for s in (first, second)]
    gaps = []
    for _ in range(4000):
        swapped = rng.random(80) < 0.5
        a, b = np.where(swapped, second, first), np.where(swapped, first, second)
        gaps.append(error_by_loop(b, label, 2) - error_by_loop(a, label, 2))
    found = binned_change(*sides)
    moved = sides[1].influence - sides[0].influence
    squares = (moved**2).sum(axis=1)
    degrees = squares.sum() ** 2 / (squares**2).sum() - 1
    error = abs(found.difference) / stats.t.isf(found.p / 2, degrees)  # that the p was made with
    assert found.difference == pytest.approx(error_by_loop(second, label, 2) - error_by_loop(first, label, 2))
    assert error == pytest.approx(np.std(gaps), rel=0.1)


def test_nobody_moved_is_no_change_at_all(people):
    scores, label, member = people
    side = binned(scores[0], label, member, 10)
    found = binned_change(side, side)
    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)


@pytest.mark.parametrize(("count", "proof"), [(3, False), (4, False), (40, True)])
def test_a_few_who_moved_far_are_no_proof(people, count, proof):
    scores, label, member = people
    after = scores[0].copy()
    far = np.flatnonzero(member & label & (scores[0] < 0.5))[:count]
    after[far] = 0.0
    sides = [binned(s, label, member, 10) for s in (scores[0], after)]
    found = binned_change(*sides)
    assert found.difference > 0
    assert (found.p < 0.05) == proof


def test_an_exchange_of_before_and_after_turns_the_change_round(people):
    scores, label, member = people
    sides = [binned(s, label, member, 10) for s in scores]
    there, back = binned_change(*sides), binned_change(*sides[::-1])
    assert (there.difference, there.low, there.high) == pytest.approx(
        (-back.difference, -back.high, -back.low), rel=0.02
    )
    assert there.p == pytest.approx(back.p, rel=0.05)


def test_rows_of_one_cluster_count_once(people):
    scores, label, member = people
    one = binned_change(*(binned(s, label, member, 10) for s in scores))
    twice = [binned(np.tile(s, 2), np.tile(label, 2), np.tile(member, 2), 10) for s in scores]
    both = binned_change(*twice, cluster=np.tile(np.arange(300), 2))
    assert (both.p, both.low, both.high) == pytest.approx((one.p, one.low, one.high))
    assert binned_change(*twice).p < one.p


def drawn(rng, n, shared, own, slopes, shifts):
    """A label, and two scores of it: each knows a part of its own; slope 1 and shift 0 are calibrated."""
    base = rng.normal(size=n) * np.sqrt(shared)
    parts = rng.normal(size=(2, n)) * np.sqrt(own)
    label = base + parts.sum(axis=0) + rng.normal(size=n) > 0
    scores = [
        ndtr(slope * (base + part) / np.sqrt(1 + own) + shift)
        for part, slope, shift in zip(parts, slopes, shifts, strict=True)
    ]
    return label, scores


def simulated(n, shared, own, slopes, shifts, count=1000):
    rng = np.random.default_rng(2024)
    truth = 0.0  # of two scores alike, exactly
    if (slopes[0], shifts[0]) != (slopes[1], shifts[1]):
        label, scores = drawn(np.random.default_rng(9), 2_000_000, shared, own, slopes, shifts)
        before, after = (binned_value(s, label) for s in scores)
        truth = after - before
    found = covered = 0
    every = np.ones(n, bool)
    for _ in range(count):
        label, scores = drawn(rng, n, shared, own, slopes, shifts)
        change = binned_change(*(binned(s, label, every, 10) for s in scores))
        found += change.p < 0.05
        covered += change.low < truth < change.high  # an interval that ends at 0 does not hold 0
    return found / count, covered / count


def binned_value(score, label):
    place = np.clip(np.ceil(score * 10).astype(int) - 1, 0, 9)
    return np.abs(np.bincount(place, weights=label - score, minlength=10)).sum() / len(score)


# Stated before the run, 1,000 draws (one standard error of .05 is .007): without a change at most .07 are called one,
# and at least .03 where the errors are well beyond chance; where both scores are calibrated it may be rarer, for the
# kink at 0. Intervals hold the true change in .93 or more, and in .97 or less where nothing changed and errors are
# beyond chance; near the kink they may hold it more often.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "case", "least"),
    [
        (300, (1.0, 0.1, (1, 1), (0, 0)), 0.0),
        (1000, (0.5, 0.5, (1, 1), (0, 0)), 0.0),
        (1000, (1.0, 0.1, (1.2, 1.2), (0, 0)), 0.0),
        (1000, (1.0, 0.1, (1.6, 1.6), (0.2, 0.2)), 0.03),
        (1000, (1.0, 0.1, (1, 1), (0.4, 0.4)), 0.03),
    ],
)
def test_size_and_coverage_without_a_change(n, case, least):
    size, covered = simulated(n, *case)
    assert least <= size <= 0.07
    assert covered >= 0.93
    if least:
        assert covered <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "case", "power"),
    [
        (1000, (1.0, 0.1, (1, 1.6), (0, 0.2)), 0.5),
        (1000, (1.0, 0.1, (1.6, 1), (0.2, 0)), 0.5),
        (1000, (1.0, 0.1, (1, 1), (0.2, 0.3)), 0.5),
        (1000, (1.0, 0.1, (1, 1.2), (0, 0.05)), 0.0),
    ],
)
def test_power_and_coverage_with_a_change(n, case, power):
    found, covered = simulated(n, *case)
    assert found > power
    assert covered >= 0.93


@pytest.mark.slow
def test_over_confident_before_and_under_confident_now_is_no_change_of_the_error():
    # stated before the run: the same error of opposite sign, which no exchange of scores knows; at most .1 of 1,000
    size, covered = simulated(1000, 1.0, 0.1, (1, 1), (0.25, -0.25))
    assert size <= 0.1
    assert covered >= 0.93
