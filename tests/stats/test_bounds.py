import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.fairness import bounds_by_enumeration
from xaikit.stats.bounds import ratio_bounds

group = st.integers(1, 7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
unknown = st.integers(0, 5).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.lists(group, min_size=2, max_size=3), unknown, st.booleans())
@settings(max_examples=150, deadline=None)
def test_bounds_equal_enumeration_of_every_assignment(groups, rest, declared):
    x, n = [g[0] for g in groups], [g[1] for g in groups]
    reference = 0 if declared else None
    oracle_top = sum(x) if not declared else x[0]
    if oracle_top == 0:  # a ratio to a rate of 0: what the enumeration skips is infinite or undefined
        return
    expected = bounds_by_enumeration(x, n, *rest, reference)
    low, high = ratio_bounds(np.array(x), np.array(n), *rest, reference)
    np.testing.assert_allclose(low, [e[0] for e in expected])
    np.testing.assert_allclose(high, [e[1] for e in expected])


@given(st.lists(group, min_size=2, max_size=5), unknown)
@settings(max_examples=100, deadline=None)
def test_bounds_contain_the_point(groups, rest):
    x, n = np.array([g[0] for g in groups]), np.array([g[1] for g in groups])
    if x.sum() == 0:
        return
    low, high = ratio_bounds(x, n, *rest)
    point = x / n / (x / n).max()
    assert (low <= point + 1e-12).all()
    assert (point <= high + 1e-12).all()


def test_nobody_unknown_leaves_the_point():
    low, high = ratio_bounds(np.array([45, 60]), np.array([100, 100]), 0, 0)
    assert low == pytest.approx([0.75, 1])
    assert high == pytest.approx([0.75, 1])
