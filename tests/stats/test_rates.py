from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaikit.stats import rates

people = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_rounding_trap_of_four_fifths():
    # 60, 45, 48 and 51 of 100: .75, .80 and .85 of the best; exactly .80 is not below four fifths
    assert [rates.below_ratio(x, 100, 60, 100) for x in (45, 48, 51)] == [True, False, False]
    trapped = [(x, n) for n in range(5, 200, 5) for x in range(4, n, 4) if 5 * x % 4 == 0 and 5 * x // 4 <= n]
    flagged = [(x / n) / ((5 * x // 4) / n) < 0.8 for x, n in trapped]
    assert any(flagged)  # floating point falls into the trap, integers do not
    assert not any(rates.below_ratio(x, n, 5 * x // 4, n) for x, n in trapped)


@given(people, people)
def test_the_flag_is_rational_arithmetic(a, b):
    expected = b[0] > 0 and Fraction(*a) < Fraction(4, 5) * Fraction(*b)
    assert rates.below_ratio(*a, *b) == expected


@given(people, people)
def test_a_swap_reverses_what_the_recount_says(a, b):
    direction, flag = rates.swap_reverses(*a, *b)
    if a[0] == a[1] or b[0] == 0:
        assert (direction, flag) == (False, False)
        return
    before = a[0] / a[1] < b[0] / b[1]
    after = (a[0] + 1) * b[1] < (b[0] - 1) * a[1]
    assert direction == (a[0] * b[1] < b[0] * a[1] and not after)
    assert flag == (rates.below_ratio(*a, *b) and not rates.below_ratio(a[0] + 1, a[1], b[0] - 1, b[1]))
    assert before or not direction


def test_nothing_to_divide_by_is_not_a_number_never_zero():
    mass = np.array([[[3, 2], [0, 0]], [[0, 0], [4, 1]]])
    found = rates.error_rates(mass)
    assert np.isnan(found["true_positive_rate"][0])
    assert found["false_positive_rate"][0] == pytest.approx(0.4)
    assert np.isnan(found["false_positive_rate"][1])
    assert found["true_positive_rate"][1] == pytest.approx(0.2)


def test_effect_sizes():
    assert float(rates.cohen_h(0.5, 0.5)) == 0
    assert float(rates.cohen_h(1.0, 0.0)) == pytest.approx(np.pi)
    assert rates.phi(0, 10, 10, 10) == pytest.approx(-1)
    assert np.isnan(rates.phi(0, 10, 0, 10))
    assert float(rates.odds_ratio(1, 2, 1, 3)) == pytest.approx(2)
    assert np.isnan(rates.odds_ratio(0, 5, 0, 5))
    assert rates.shortfall(48, 100, 0.6) == pytest.approx(12)
    assert rates.shortfall(48, 100, 0.6, 0.8) == 0
