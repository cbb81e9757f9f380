"""Trees in the order of their thresholds: the same comparisons, in numbers that no precision loses."""

from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xaikit.compute.tree_order import by_order

NUMBERS = st.floats(-1e12, 1e12, allow_subnormal=False)


def stumps(cuts, dtype=np.float64, kind=0):
    """Return an ensemble of one split for each cut, all on the first of two columns."""
    tree = np.array([[1, -1, -1]]).repeat(len(cuts), 0)
    thresholds = np.column_stack([cuts, np.full((len(cuts), 2), -2.0)])
    kinds = np.where(tree >= 0, kind, 0)
    return SimpleNamespace(
        children_left=tree, features=0 * tree, thresholds=thresholds, threshold_types=kinds, input_dtype=dtype
    )


@given(st.lists(NUMBERS, min_size=1, max_size=8), st.lists(NUMBERS, min_size=1, max_size=8))
def test_every_comparison_comes_out_as_before_even_in_single_precision(cuts, values):
    values = np.array([*values, *cuts])  # rows that lie on a threshold as well
    ensemble = stumps(np.array(cuts))
    (codes,) = by_order(ensemble, np.column_stack([values, values]))
    after = codes[:, :1].astype(np.float32) <= ensemble.thresholds[:, 0].astype(np.float32)
    assert (after == (values[:, None] <= np.array(cuts))).all()


def test_rows_are_read_in_the_precision_of_the_trees_and_not_altered():
    rows = np.array([[1 + 1e-9, 5.0], [np.nan, 5.0]])
    kept = rows.copy()
    (codes,) = by_order(stumps(np.array([1.0]), np.float32), rows)
    assert codes[0].tolist() == [0, 0]  # in single precision it is 1, and 1 is not above 1
    assert np.isnan(codes[1, 0])
    np.testing.assert_array_equal(rows, kept)


def test_splits_by_sets_of_categories_are_left_as_they_are():
    ensemble, rows = stumps(np.array([6.0]), kind=1), np.array([[2.0, 0.0]])
    assert by_order(ensemble, rows)[0] is rows
    assert ensemble.thresholds[0, 0] == 6
