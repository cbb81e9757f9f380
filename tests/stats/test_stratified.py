import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from tests.oracles.fairness import BERKELEY
from xaikit.stats.stratified import mantel_haenszel, standardised, stratified_best_of_k

XM, NM, XF, NF = np.array(list(BERKELEY.values())).T


def test_berkeley_reverses_within_departments():
    found = mantel_haenszel(XF, NF, XM, NM)
    assert found.odds_ratio == pytest.approx(1.105, abs=5e-4)
    assert found.cmh == pytest.approx(1.427, abs=5e-4)
    assert found.cmh_p == pytest.approx(0.232, abs=5e-4)
    assert found.breslow_day == pytest.approx(18.8, abs=0.05)
    assert found.breslow_day_p == pytest.approx(0.002, abs=1e-4)
    assert found.strata == 6


@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
@settings(max_examples=60, deadline=None)
def test_agrees_with_statsmodels(seed, strata):
    rng = np.random.default_rng(seed)
    n, n_ref = rng.integers(8, 60, strata), rng.integers(8, 60, strata)
    x, x_ref = (np.clip(rng.binomial(m, rng.uniform(0.2, 0.8, strata)), 2, m - 2) for m in (n, n_ref))
    ours = mantel_haenszel(x, n, x_ref, n_ref)
    theirs = StratifiedTable(np.array([[x, n - x], [x_ref, n_ref - x_ref]]).astype(float))
    assert ours.odds_ratio == pytest.approx(theirs.oddsratio_pooled)
    assert (ours.low, ours.high) == pytest.approx(theirs.oddsratio_pooled_confint())
    plain = mantel_haenszel(x, n, x_ref, n_ref, correction=False)
    assert plain.cmh == pytest.approx(theirs.test_null_odds(correction=False).statistic)
    # statsmodels takes one half from a gap of less than one half, and so finds a difference where there is none
    gap = abs((x - n * (x + x_ref) / (n + n_ref)).sum())
    if gap >= 0.5:
        assert ours.cmh == pytest.approx(theirs.test_null_odds(correction=True).statistic)
    else:
        assert ours.cmh == 0
    day = theirs.test_equal_odds(adjust=True)
    assert ours.breslow_day == pytest.approx(day.statistic, rel=1e-6)
    assert ours.breslow_day_p == pytest.approx(day.pvalue, rel=1e-6)


def test_strata_that_say_nothing_are_left_out():
    found = mantel_haenszel([*XF, 0, 3, 5], [*NF, 5, 3, 5], [*XM, 0, 4, 0], [*NM, 5, 4, 0])
    assert found.strata == 6
    assert found.odds_ratio == pytest.approx(mantel_haenszel(XF, NF, XM, NM).odds_ratio)
    nothing = mantel_haenszel([0], [5], [0], [5])
    assert nothing.strata == 0
    assert np.isnan(nothing.odds_ratio)


def test_standardised_rates_weigh_strata_alike():
    x, n = np.stack([XF, XM], axis=1), np.stack([NF, NM], axis=1)
    weight = n.sum(axis=1) / n.sum()
    expected = [(weight * XF / NF).sum(), (weight * XM / NM).sum()]
    assert standardised(x, n) == pytest.approx(expected)


def test_best_of_k_within_strata_finds_no_difference_at_berkeley_and_one_that_is_there():
    rng = np.random.default_rng(0)
    found = stratified_best_of_k(np.stack([XF, XM], axis=1), np.stack([NF, NM], axis=1), rng)
    assert found.best == 0  # women, once departments are alike
    assert 0.1 < found.p[1] < 0.35
    shifted = np.stack([XF, (XM * 0.7).astype(int)], axis=1)
    assert stratified_best_of_k(shifted, np.stack([NF, NM], axis=1), rng).p[1] < 0.001


@pytest.mark.slow
def test_best_of_k_within_strata_keeps_its_level():
    rng = np.random.default_rng(1)
    n = np.array([[40, 90, 20], [60, 30, 80], [25, 25, 10]])
    rate = np.array([0.6, 0.3, 0.1])[:, None]
    false = [np.nanmin(stratified_best_of_k(rng.binomial(n, rate), n, rng, 1000).p) < 0.05 for _ in range(1500)]
    assert np.mean(false) <= 0.065
