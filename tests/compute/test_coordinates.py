import numpy as np
import pandas as pd

from xaikit.compute.coordinates import codes_like, coordinates


def test_columns_are_on_one_scale_over_all_batches():
    a, b = coordinates(np.array([[1.0, 500.0], [2.0, 100.0]]), np.array([[3.0, 300.0]]))
    both = np.concatenate([a, b])
    assert np.allclose(both.mean(axis=0), 0)
    assert np.allclose(both.std(axis=0), 1)


def test_a_gap_stands_at_the_median_and_is_told_apart():
    a, b = coordinates(np.array([[1.0, 4.0], [np.nan, 5.0], [9.0, 6.0]]), np.array([[3.0, 5.0]]))
    full, _ = coordinates(np.array([[1.0, 4.0], [3.0, 5.0], [9.0, 6.0]]), np.array([[3.0, 5.0]]))
    assert np.allclose(a[:, :2], full)  # the median of 1, 9 and 3
    assert a.shape[1] == b.shape[1] == 3
    assert a[1, 2] > 0 > a[0, 2] == b[0, 2]
    assert coordinates(np.array([[np.nan], [np.nan]]))[0].tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_codes_keep_numbers_and_tell_gaps_after_them():
    frame = pd.DataFrame({"age": [30.0, np.nan, 50.0, 20.0], "job": ["b", "a", None, "a"], "pay": [1.0, 2, 3, 4]})
    codes = codes_like(frame)
    assert codes(frame)[:, [0, 2]].tolist() == [[30, 1], [30, 2], [50, 3], [20, 4]]
    assert codes(frame)[:, 3].tolist() == [0, 1, 0, 0]
    assert len(set(codes(frame)[:, 1])) == 3  # no job is a job of its own
    late = codes(pd.DataFrame({"age": [40.0], "job": ["c"], "pay": [np.nan]}))
    assert late.tolist() == [[40.0, -1.0, 2.5, 0.0]]  # pay has no gap in the reference: filled, not told


def test_nothing_changes_where_nothing_is_missing():
    rows = np.random.default_rng(0).normal(size=(20, 3))
    assert (codes_like(rows)(rows) == rows).all()
    assert coordinates(rows)[0].shape == (20, 3)


def test_bytes_that_are_no_text_have_codes():
    frame = pd.DataFrame({"c": [b"\xff", b"a", None]})
    assert codes_like(frame)(frame)[:2, 0].tolist() == [1.0, 2.0]
