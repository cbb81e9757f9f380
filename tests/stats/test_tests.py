import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from tests.oracles.fairness import fisher_by_enumeration
from xaikit.stats import rates, tests

counts = st.integers(1, 25).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts)
@settings(max_examples=150, deadline=None)
def test_exact_and_mid_p_equal_enumeration(a, b):
    exact, middle = fisher_by_enumeration(*a, *b)
    assert tests.fisher(*a, *b) == pytest.approx(exact, abs=1e-9)
    assert tests.mid_p(*a, *b) == pytest.approx(middle, abs=1e-9)


def test_local_law_144_example_by_sex_and_race():
    assert pytest.approx(0.979, abs=5e-4) == 555 / 1181 / (667 / 1390)
    assert float(tests.two_proportion_z(555, 1181, 667, 1390)) == pytest.approx(-0.502, abs=5e-4)
    assert float(tests.two_proportion_z(170, 390, 412, 797)) == pytest.approx(-2.623, abs=5e-4)
    assert tests.fisher(170, 390, 412, 797) == pytest.approx(0.00943, abs=5e-6)


def test_berkeley_z():
    assert float(tests.two_proportion_z(557, 1835, 1198, 2691)) == pytest.approx(-9.60, abs=5e-3)


def test_call_backs_chi_square():
    assert tests.chi2(np.array([157, 235]), np.array([2435, 2435]))[1] == pytest.approx(4.0e-5, rel=0.01)


def test_one_person():
    assert tests.fisher(1, 10, 3, 20) == 1.0
    assert rates.swap_reverses(1, 10, 3, 20) == (True, True)


def test_z_agrees_with_statsmodels_and_is_zero_where_all_are_alike():
    assert float(tests.two_proportion_z(13, 40, 25, 50)) == pytest.approx(proportions_ztest([13, 25], [40, 50])[0])
    assert float(tests.two_proportion_z(0, 5, 0, 9)) == 0.0
    assert float(tests.two_proportion_z(5, 5, 9, 9)) == 0.0
    assert np.isnan(tests.two_proportion_z(0, 0, 3, 9))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(deadline=None)
def test_holm_agrees_with_statsmodels(p):
    np.testing.assert_allclose(tests.holm(p), multipletests(p, method="holm")[1])


def test_holm_passes_over_undefined_p():
    np.testing.assert_allclose(tests.holm([0.01, np.nan, 0.04]), [0.02, np.nan, 0.04])


def test_chi_square_of_all_or_none_selected_says_nothing():
    assert tests.chi2(np.array([0, 0]), np.array([5, 7])) == (0.0, 1.0, 1)
    assert tests.chi2(np.array([5, 7]), np.array([5, 7]))[1] == 1.0
