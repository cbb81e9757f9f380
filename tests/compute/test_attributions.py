"""When values add up: to what they must, and to the rounding of the row's own numbers."""

import numpy as np
import pytest

from xaikit.compute.attributions import complete


def add_up(whole, base, miss):
    values = np.zeros((len(whole), 2, whole.shape[1]))
    values[:, 0] = whole - base - miss
    return complete(values, whole, base, 0.01)


def test_values_that_add_up_do():
    whole, base = np.array([[3.0, 0.1]]), np.array([[1.0, 0.2]])
    assert add_up(whole, base, 0.0).all()
    assert not add_up(whole, base, np.array([[0.1, 0.0]]))[0, 0]


@pytest.mark.parametrize("place", [(1, 0), (0, 1)])
def test_large_numbers_elsewhere_excuse_no_row_and_no_output(place):
    # nothing but the row's own output may decide: a tenth of its change is missing, ten times the tolerance
    whole, base = np.full((2, 2), 2.0), np.ones((2, 2))
    whole[place] = 1e9
    assert not add_up(whole, base, 0.1)[0, 0]


def test_a_large_constant_excuses_what_double_precision_resolves():
    whole, base = np.array([[1e6 + 1.1]]), np.array([[1e6 + 0.1]])
    assert not add_up(whole, base, 0.5).any()
    assert add_up(whole, whole, 1e-9).all()  # nothing to add up but rounding


def test_single_precision_is_excused_its_rounding():
    whole = np.array([[1000.5]])
    assert add_up(whole, whole, 1e-4).all()
    assert not add_up(whole, whole, 0.1).any()
