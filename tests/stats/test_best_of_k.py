import numpy as np
import pandas as pd
import pytest

from tests.oracles.fairness import LL144_SIZES
from xaikit.auditing.judge import judge
from xaikit.checks import selection_rate
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.evidence import Verdict
from xaikit.io.profiles import load_profile
from xaikit.stats import rates, tests
from xaikit.stats.best_of_k import all_pairs, best_of_k
from xaikit.stats.power import minimum_detectable_ratio
from xaikit.stats.table import of_counts
from xaikit.stats.tally import Tally

N = np.array(LL144_SIZES)


def table(x, n=N):
    return of_counts({f"g{i:02d}": (int(a), int(b)) for i, (a, b) in enumerate(zip(x, n, strict=True))})


def fails(x, rng):
    """Return what the verdict FAIL rests on, group by group."""
    found = best_of_k(table(x), rng, 1000)
    best, rival = found.best, found.rival
    below = np.array([rates.below_ratio(x[g], N[g], x[best], N[best]) for g in range(len(N))])
    to_rival = np.array([rates.below_ratio(x[g], N[g], x[rival[g]], N[rival[g]]) for g in range(len(N))])
    return below & to_rival & (found.p < 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.1, 0.2, 0.475])
def test_fair_audits_of_fourteen_groups_rarely_fail(rate):
    """Family-wise at most .055; the naive flag goes up in nearly all of them."""
    rng = np.random.default_rng(144)
    drawn = rng.binomial(N, rate, size=(2000, len(N)))
    family = np.mean([fails(x, rng).any() for x in drawn])
    naive = np.mean([(x / N < 0.8 * (x / N).max()).any() for x in drawn])
    assert family <= 0.055
    assert naive > 0.9


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "n", "wanted"), [(2, 226, 0.78), (9, 164, 0.66), (6, 98, 0.45)])
def test_a_true_ratio_of_seven_tenths_is_found(cell, n, wanted):
    assert N[cell] == n
    rng = np.random.default_rng(n)
    rate = np.full(len(N), 0.475)
    rate[cell] *= 0.7
    found = [fails(x, rng)[cell] for x in rng.binomial(N, rate, size=(1000, len(N)))]
    assert np.mean(found) >= wanted


@pytest.mark.slow
def test_holm_against_the_observed_best_is_not_valid():
    """Why it is not used: the comparator was chosen by looking."""
    rng = np.random.default_rng(3)
    keep = N / N.sum() >= 0.02
    false = 0
    for x in rng.binomial(N[keep], 0.475, size=(2000, keep.sum())):
        best = int(np.argmax(x / N[keep]))
        z = tests.two_proportion_z(x, N[keep], x[best], N[keep][best])
        false += np.nanmin(tests.holm(np.delete(tests.two_sided(z), best))) < 0.05
    assert false / 2000 > 0.08


def test_two_groups_are_the_ordinary_two_sided_test():
    found = best_of_k(of_counts({"F": (157, 2435), "M": (205, 2435)}), np.random.default_rng(0), 50_000)
    p = float(tests.two_sided(tests.two_proportion_z(157, 2435, 205, 2435)))
    assert found.p[0] == pytest.approx(p, abs=0.003)
    assert np.isnan(found.p[1])
    assert found.critical == pytest.approx(1.96, abs=0.05)


def test_a_handful_with_the_highest_rate_does_not_hide_a_disparity():
    found = best_of_k(of_counts({"a": (300, 1000), "b": (600, 1000), "c": (2, 2)}), np.random.default_rng(0))
    assert found.best == 2
    assert found.rival[0] == 1
    assert found.p[0] < 0.001


def test_step_down_finds_more_than_one_step():
    """Once the worst is out, the next faces fewer rivals."""
    x, n = [400, 400, 400, 400, 330, 100], [1000] * 6
    found = best_of_k(table(x, n), np.random.default_rng(1), 20_000)
    assert found.p[5] < 0.001
    assert found.p[4] < 0.05
    assert (np.diff(found.p[[5, 4]]) >= 0).all()


def test_z_of_all_pairs_is_the_two_proportion_z():
    x = np.array([[0, 3, 5, 9], [4, 0, 5, 9], [0, 0, 0, 0], [4, 6, 5, 9]])
    n = np.array([4, 6, 5, 9])
    expected = tests.two_proportion_z(x[:, :, None], n[:, None], x[:, None, :], n)
    np.testing.assert_allclose(all_pairs(n)(x), expected, atol=1e-12)


def test_same_seed_same_p():
    t = table(np.array(LL144_SIZES) // 2)
    a, b = (best_of_k(t, np.random.default_rng(9)).p for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_the_minimum_detectable_ratio_is_what_simulation_finds():
    """At the ratio that is named, the chance of detection is .8."""
    rng = np.random.default_rng(4)
    n, n_ref, rate, critical = 226, 412, 0.475, 1.96
    ratio = minimum_detectable_ratio(rate, n, n_ref, critical)
    x, x_ref = rng.binomial(n, rate * ratio, 40_000), rng.binomial(n_ref, rate, 40_000)
    assert np.mean(-tests.two_proportion_z(x, n, x_ref, n_ref) > critical) == pytest.approx(0.8, abs=0.015)
    assert minimum_detectable_ratio(rate, 3, 412, critical) is None


@pytest.mark.slow
def test_the_whole_way_to_the_verdict_keeps_the_level():
    """Through check, profile and judge, not through the statistic alone."""

    rng = np.random.default_rng(11)
    ugesp = load_profile("us_ugesp")
    group = np.repeat([f"g{i:02d}" for i in range(len(N))], N)
    failed = 0
    for _ in range(60):
        frame = pd.DataFrame({"g": group, "hired": rng.random(len(group)) < 0.2})
        roles = Roles(decision="hired", favourable=True, sensitive=("g",))
        tally = Tally.of(Decisions.of(frame, roles))
        evidence = tuple(selection_rate.check(tally, rng, replicates=1000, simulations=1000))
        failed += any(f.verdict is Verdict.FAIL for f in judge([ugesp], evidence, ()))
    assert failed <= 8  # .055 of 60 is 3.3; 8 is more than two standard errors above
