import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from tests.oracles.fairness import auc_by_pairs, calibration_error_by_loop, scoring_rates_by_rows
from xaikit.stats import calibration, score_bins


def sample(seed, n=80, levels=11):
    rng = np.random.default_rng(seed)
    score = rng.integers(0, levels, n) / (levels - 1)
    label = np.r_[True, False, rng.random(n - 2) < 0.2 + 0.5 * score[2:]]
    return score, label


def binned(score, label):
    bins = score_bins.of_rows([], [], score, label)
    return bins.edges, bins.counts[0], bins.sums[0]


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=50)
def test_auc_equals_all_pairs_and_scikit_learn(seed):
    score, label = sample(seed)
    _, counts, _ = binned(score, label)
    assert float(calibration.auc(counts)) == pytest.approx(auc_by_pairs(score, label))
    assert float(calibration.auc(counts)) == pytest.approx(roc_auc_score(label, score))


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=50)
def test_calibration_error_equals_the_loop(seed):
    score, label = sample(seed)
    edges, counts, sums = binned(score, label)
    place = calibration.reliability_bins(edges, counts.sum(axis=1), 10)
    ours = calibration.expected_calibration_error(
        calibration.pooled(counts.astype(float), place, 10, 0), calibration.pooled(sums.sum(axis=1), place, 10, 0)
    )
    assert float(ours) == pytest.approx(calibration_error_by_loop(score, label))


def test_calibration_error_of_many_valued_scores_is_exact():
    rng = np.random.default_rng(0)
    score = rng.random(20_000)
    label = rng.random(20_000) < score**2
    edges, counts, sums = binned(score, label)
    place = calibration.reliability_bins(edges, counts.sum(axis=1), 10)
    ours = calibration.expected_calibration_error(
        calibration.pooled(counts.astype(float), place, 10, 0), calibration.pooled(sums.sum(axis=1), place, 10, 0)
    )
    assert float(ours) == pytest.approx(calibration_error_by_loop(score, label), abs=1e-12)


def test_delong_is_the_spread_over_samples():
    areas, errors = [], []
    for seed in range(300):
        _, counts, _ = binned(*sample(seed, 200))
        areas.append(float(calibration.auc(counts)))
        errors.append(float(calibration.auc_error(counts)))
    assert np.mean(errors) == pytest.approx(np.std(areas), rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("n", [40, 300])
def test_auc_limits_cover(n):
    truth = float(calibration.auc(binned(*sample(1, 400_000))[1]))
    hit = []
    for seed in range(1000):
        _, counts, _ = binned(*sample(10_000 + seed, n))
        area, error = float(calibration.auc(counts)), float(calibration.auc_error(counts))
        positive = int(counts[:, 1].sum())
        low, high = calibration.logit_limits(area, error, positive, n - positive, 0.95)
        hit.append(low <= truth <= high)
    assert 0.93 <= np.mean(hit) <= 0.975


def test_an_auc_of_one_is_not_certain():
    low, high = calibration.logit_limits(1.0, 0.0, 5, 5, 0.95)
    assert low < 0.95
    assert high == 1.0
    assert np.isnan(calibration.auc(np.array([[3, 0], [4, 0]])))


def test_recalibration_agrees_with_scikit_learn_and_knows_the_truth():
    rng = np.random.default_rng(0)
    score = np.clip(rng.beta(2, 2, 40_000), 0.01, 0.99).round(2)
    logit = np.log(score / (1 - score))
    label = rng.random(len(score)) < 1 / (1 + np.exp(-(0.3 + 0.7 * logit)))
    edges, counts, _ = binned(score, label)
    fit = calibration.recalibration(edges, counts)
    model = LogisticRegression(C=1e9).fit(logit[:, None], label)
    assert fit.slope == pytest.approx(model.coef_[0, 0], abs=1e-3)
    assert fit.intercept == pytest.approx(model.intercept_[0], abs=1e-3)
    assert abs(fit.slope - 0.7) < 3 * fit.slope_error
    assert calibration.recalibration(edges, counts * np.array([1, 0])) is None


@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
@settings(deadline=None, max_examples=80)
def test_scoring_rate_is_the_share_strictly_above_the_median(seed, n):
    rng = np.random.default_rng(seed)
    score, group = rng.integers(0, 6, n) / 5, rng.choice(["a", "b", "c"], n)
    expected = scoring_rates_by_rows(group, score)
    names = sorted(expected)
    bins = score_bins.of_rows([np.array([names.index(g) for g in group])], [len(names)], score, None)
    assert calibration.above_median(bins.counts[:, :, 0]) == pytest.approx([expected[g] for g in names])


def test_local_law_144_scoring_example():
    """Male 50 of 92 and female 34 of 76 above the median: .54, .45, ratio .82."""
    group = np.repeat([0, 0, 1, 1], [50, 42, 34, 42])
    score = np.repeat([0.9, 0.1, 0.9, 0.1], [50, 42, 34, 42])
    counts = score_bins.of_rows([group], [2], score, None).counts[:, :, 0]
    rate = calibration.above_median(counts)
    assert rate == pytest.approx([50 / 92, 34 / 76])
    assert rate[1] / rate[0] == pytest.approx(0.82, abs=5e-3)
