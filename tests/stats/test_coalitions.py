"""The design: pairs, sizes by their shares, none twice; and balanced in every prefix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaikit.stats.coalitions import kernel_mass, paired_design, stratum_sizes, total_pairs, wanted_shares
from xaikit.stats.shapley_values import paired_regression


@given(players=st.integers(2, 14), pairs=st.integers(1, 400), seed=st.integers(0, 20))
def test_no_coalition_is_drawn_twice_and_none_is_empty(players, pairs, seed):
    design = paired_design(players, pairs, np.random.default_rng(seed))
    both = np.concatenate([design.masks, ~design.masks])
    assert len(np.unique(both, axis=0)) == len(both) == 2 * min(pairs, total_pairs(players))
    sizes = design.masks.sum(axis=1)
    assert np.array_equal(sizes, design.stratum)
    assert sizes.min() >= 1
    assert sizes.max() <= players // 2
    assert design.complete == (pairs >= total_pairs(players))


@given(players=st.integers(2, 12))
def test_strata_count_every_pair_once(players):
    assert sum(stratum_sizes(players)) == total_pairs(players)
    from_definition = [
        sum(1 for s in (size, players - size) if s != players / 2) * 1 / (size * (players - size)) / 2
        if 2 * size != players
        else 0.5 / (size * size)
        for size in range(1, players // 2 + 1)
    ]
    np.testing.assert_allclose(kernel_mass(players), from_definition)


def test_sizes_get_their_shares_in_every_prefix():
    design = paired_design(20, 2000, np.random.default_rng(0))
    sizes = np.array(stratum_sizes(20))
    shares = wanted_shares(20)
    for end in (30, 50, 200, 1000, 2000):
        counts = design.prefix(end).counts()
        assert counts.min() >= 3
        left = (counts < sizes) & (counts > 3)
        if left.any():
            turns = counts[left] / shares[left]
            assert (np.abs(counts[left] - shares[left] * turns.mean()) <= 2).all()
    assert (design.counts()[:2] == sizes[:2]).all()  # 210 pairs; the third size has 1140, and is due 400


def test_shares_are_the_best_where_residuals_vary_alike():
    # the variance of a stratified mean, Σ (mass · length)² / count at equal residuals, has its least at these shares
    players = 13
    s = np.arange(1, players // 2 + 1)
    effect = kernel_mass(players) * np.sqrt(s * (players - s))

    def variance(shares):
        return (effect**2 / (shares / shares.sum())).sum()

    best, rng = variance(wanted_shares(players)), np.random.default_rng(0)
    for _ in range(50):
        assert variance(wanted_shares(players) * rng.uniform(0.5, 2, len(s))) >= best
    assert variance(np.ones(len(s))) > best


@pytest.mark.parametrize("players", [2, 3, 4, 7])
def test_enumerated_design_has_no_variance(players):
    design = paired_design(players, 10**6, np.random.default_rng(0))
    regression = paired_regression(design)
    half = np.random.default_rng(1).normal(size=(3, len(design)))
    assert not regression.variance(half).any()


def test_values_sum_to_the_total_whatever_the_residuals():
    design = paired_design(15, 40, np.random.default_rng(0))
    regression = paired_regression(design)
    rng = np.random.default_rng(1)
    half, total = rng.normal(size=(4, 40)), rng.normal(size=4)
    np.testing.assert_allclose(regression.values(half, total).sum(axis=1), total, atol=1e-10)


@pytest.mark.parametrize("pairs", [40, 200])
def test_variance_is_the_sandwich_written_out(pairs):
    design = paired_design(9, pairs, np.random.default_rng(2))
    regression, half = paired_regression(design), np.random.default_rng(3).normal(size=(2, len(design)))
    weight = (kernel_mass(9) / design.counts())[design.stratum - 1]
    rows = design.masks - design.masks.mean(axis=1, keepdims=True)  # in the plane where coordinates sum to 0
    operator = np.linalg.pinv((rows * weight[:, None]).T @ rows, rcond=1e-10) @ (rows * weight[:, None]).T
    np.testing.assert_allclose(regression.operator, operator, atol=1e-10)
    leverage = np.einsum("kp,pk->k", rows, operator)
    expected = np.zeros((2, 9))
    for size, there_are in enumerate(stratum_sizes(9), start=1):
        here = np.flatnonzero(design.stratum == size)
        if len(here) == there_are:
            continue
        residual = (half - half @ operator.T @ rows.T)[:, here] / (1 - leverage[here])
        parts = residual[:, None] * operator[:, here]  # what each pair adds to each value
        expected += parts.var(axis=2, ddof=1) * len(here) * (1 - len(here) / there_are)
    np.testing.assert_allclose(regression.variance(half), expected, rtol=1e-8)


def test_more_coalitions_than_a_float_can_count_have_a_variance():
    design = paired_design(1100, 1700, np.random.default_rng(0))
    assert np.isfinite(design.drawn()).all()
    assert (paired_regression(design).variance(np.random.default_rng(1).normal(size=(1, 1700))) > 0).all()
