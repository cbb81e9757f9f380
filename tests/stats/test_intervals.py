import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from xaikit.stats import intervals, rates
from xaikit.stats.intervals import simultaneous_ratios
from xaikit.stats.table import of_counts

counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def table(x, n):
    return of_counts({f"g{i}": (int(a), int(b)) for i, (a, b) in enumerate(zip(x, n, strict=True))})


@given(counts)
@settings(deadline=None)
def test_wilson_and_clopper_pearson_agree_with_statsmodels(pair):
    assert intervals.wilson(*pair) == pytest.approx(proportion_confint(*pair, method="wilson"), abs=1e-9)
    assert intervals.clopper_pearson(*pair) == pytest.approx(proportion_confint(*pair, method="beta"), abs=1e-9)


@given(counts, counts)
@settings(deadline=None, max_examples=50)
def test_newcombe_agrees_with_statsmodels(a, b):
    theirs = confint_proportions_2indep(*a, *b, method="newcomb", compare="diff")
    assert intervals.newcombe(*a, *b) == pytest.approx(theirs, abs=1e-9)


def test_nobody_says_nothing():
    assert intervals.wilson(0, 0) == (0, 1)
    assert intervals.clopper_pearson(0, 0) == (0, 1)


@pytest.mark.parametrize(("n", "rate"), [(20, 0.1), (200, 0.1), (200, 0.5)])
def test_wilson_covers(n, rate):
    x = np.random.default_rng(0).binomial(n, rate, 20_000)
    low, high = intervals.wilson(x, n)
    assert 0.93 <= np.mean((low <= rate) & (rate <= high)) <= 0.975


@given(st.lists(counts, min_size=2, max_size=6), st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_simultaneous_limits_contain_the_point_and_stay_in_range(groups, seed):
    x, n = np.array(groups).T
    if x.sum() == 0:
        return
    found = simultaneous_ratios(table(x, n), np.random.default_rng(seed), 1000)
    low, high = found.to_best()
    point = x / n / (x / n).max()
    assert (low <= point + 1e-12).all()
    assert (point <= high + 1e-12).all()
    assert (low >= 0).all()
    assert (high <= 1 + 1e-12).all()
    assert (low[x == 0] == 0).all()


def test_a_rate_above_a_rate_of_zero_is_the_best_however_few_the_others_are():
    found = simultaneous_ratios(table(np.array([0, 1]), np.array([1, 28])), np.random.default_rng(0), 1000)
    low, high = found.to_best()
    assert high[1] == 1.0
    assert low[0] == 0.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "rate"),
    [((300, 300), (0.3, 0.3)), ((400, 150, 60), (0.5, 0.4, 0.45)), ((200, 100, 60, 30), (0.2, 0.2, 0.2, 0.1))],
)
def test_ratios_to_the_best_are_covered_together(n, rate):
    """All groups' true ratios inside their limits in at least 95 % of the samples, however the best was found."""
    rng = np.random.default_rng(5)
    n, rate = np.array(n), np.array(rate)
    truth = rate / rate.max()
    hit = []
    for x in rng.binomial(n, rate, size=(800, len(n))):
        low, high = simultaneous_ratios(table(x, n), rng, 1000).to_best()
        hit.append(((low <= truth) & (truth <= high)).all())
    assert np.mean(hit) >= 0.94


@pytest.mark.slow
def test_ratios_to_a_declared_reference_cover_at_the_confidence():
    rng = np.random.default_rng(6)
    n, rate = np.array([300, 150, 80]), np.array([0.4, 0.3, 0.4])
    hit = []
    for x in rng.binomial(n, rate, size=(1000, 3)):
        found = simultaneous_ratios(table(x, n), rng, 1000, reference=0)
        truth = rate / rate[0]
        hit.append(((found.low[:, 0] <= truth) & (truth <= found.high[:, 0])).all())
    assert 0.93 <= np.mean(hit) <= 0.975


def test_a_group_of_whom_nobody_is_selected_still_has_a_limit():
    low, high = simultaneous_ratios(table([0, 30], [5, 60]), np.random.default_rng(0)).to_best()
    assert low[0] == 0
    assert 0 < high[0] <= 1


def test_percentile_passes_over_undefined_replicates():
    values = np.array([[0.1, np.nan], [0.2, np.nan], [np.nan, np.nan], [0.3, np.nan]])
    low, high = intervals.percentile(values)
    assert low[0] == pytest.approx(0.105)
    assert high[0] == pytest.approx(0.295)
    assert np.isnan(low[1])
    assert np.isnan(high[1])


def test_bootstrap_of_a_rate_is_the_binomial_spread():
    t = table([120, 300], [400, 600])
    low, high = intervals.bootstrap(t, rates.selection_rate, np.random.default_rng(0))
    spread = np.sqrt(np.array([0.3 * 0.7 / 400, 0.5 * 0.5 / 600]))
    assert low == pytest.approx([0.3, 0.5] - 1.96 * spread, abs=0.003)
    assert high == pytest.approx([0.3, 0.5] + 1.96 * spread, abs=0.003)


def test_percentile_of_no_groups_is_empty():
    low, high = intervals.percentile(np.zeros((5, 0)))
    assert low.shape == high.shape == (0,)
    assert np.isnan(intervals.percentile(np.zeros((0, 2)))).all()
    assert np.isnan(intervals.percentile(np.zeros(0))).all()


def test_many_groups_have_limits_of_fewer_replicates():
    counts = {f"g{i}": (i % 7 + 1, 12) for i in range(90)}
    found = intervals.simultaneous_ratios(of_counts(counts), np.random.default_rng(0), 1_200)
    fewer = intervals.simultaneous_ratios(of_counts(counts), np.random.default_rng(0), 10_000)
    assert fewer.critical == pytest.approx(found.critical, rel=0.1)
    assert ((fewer.low <= fewer.high) & (fewer.low > 0)).all()
