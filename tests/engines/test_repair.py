"""Repair against a loop that tries every value of every feature."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xaikit
from xaikit.core.errors import DataError


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000))
def test_it_is_the_best_single_repair(seed):
    rng = np.random.default_rng(seed)
    background, rows = rng.normal(size=(9, 3)), 3 * rng.normal(size=(4, 3))
    weights = rng.normal(size=3)

    def error(x):
        return (np.asarray(x) @ weights - 1) ** 2

    found = xaikit.explain(error, rows, background=background, engine="repair", candidates=9)
    for i in range(4):
        for f in range(3):
            least = error(rows[i])
            for value in background[:, f]:  # nine quantiles of nine values are these values
                changed = rows[i].copy()
                changed[f] = value
                least = min(least, error(changed))
            assert found.values[i, f, 0] == pytest.approx(error(rows[i]) - least, abs=1e-9)
    assert found.prediction[:, 0] == pytest.approx(error(rows))


def test_columns_of_a_group_are_repaired_together_with_values_that_occur():
    background = np.array([[0.0, 1, 0], [0, 0, 1]])
    seen = []

    def error(x):
        seen.append(np.asarray(x))
        return x[:, 1] * 5.0 + x[:, 0]

    rows = np.array([[2.0, 1, 0]])
    found = xaikit.explain(error, rows, background=background, engine="repair", groups={"job": ["x1", "x2"]})
    assert found.feature_names == ("x0", "job")
    assert found.values[0, :, 0].tolist() == [2.0, 5.0]
    assert all(set(map(tuple, s[:, 1:])) <= {(1, 0), (0, 1)} for s in seen), "nobody has two jobs, or none"


def test_tables_with_words():
    background = pd.DataFrame({"pay": [1.0, 2.0], "city": ["Bern", "Genf"]})

    def error(t):
        return (t["pay"] - 1).abs().to_numpy() + (t["city"] == "Mars")

    rows = pd.DataFrame({"pay": [9.0], "city": ["Mars"]})
    found = xaikit.explain(error, rows, background=background, engine="repair")
    assert found.values[0, :, 0].tolist() == [8.0, 1.0]
    assert rows.to_dict("list") == {"pay": [9.0], "city": ["Mars"]}


def test_a_row_that_is_best_as_it_is_needs_no_repair():
    found = xaikit.explain(lambda x: x[:, 0] ** 2, np.zeros((1, 1)), background=np.ones((3, 1)), engine="repair")
    assert found.values.tolist() == [[[0.0]]]
    assert found.detail["repaired"].tolist() == [[-1.0]]


def test_columns_must_be_the_same():
    with pytest.raises(DataError):
        xaikit.explain(lambda x: x[:, 0], np.zeros((1, 2)), background=np.ones((3, 1)), engine="repair")
