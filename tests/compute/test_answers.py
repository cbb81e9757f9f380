"""What models answer: every container is taken, every wrong answer is named."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from hypothesis import given
from hypothesis import strategies as st

from xaikit.compute.answers import answers, checked
from xaikit.core.errors import DataError, ModelError

GOOD = [
    np.array([0.25, 0.5]),
    np.array([[0.25], [0.5]], dtype=np.float32),
    torch.tensor([0.25, 0.5], requires_grad=True),
    torch.tensor([0.25, 0.5], dtype=torch.bfloat16),
    [0.25, 0.5],
    [torch.tensor(0.25), torch.tensor(0.5)],
    (np.float64(0.25), np.float64(0.5)),
    pd.Series([0.25, 0.5], index=[7, 9]),
    pd.DataFrame({"p": [0.25, 0.5]}),
    scipy.sparse.csr_matrix([[0.25], [0.5]]),
    np.array([0.25, 0.5], dtype=object),
]


@pytest.mark.parametrize("raw", GOOD, ids=lambda r: type(r).__name__)
def test_every_container_of_the_same_numbers_is_the_same_answer(raw):
    out = checked(raw, 2, "model")
    assert out.dtype == np.float64
    assert out.tolist() == [[0.25], [0.5]]


def test_integers_and_booleans_are_scores_too():
    assert checked(np.array([True, False]), 2, "model").tolist() == [[1.0], [0.0]]
    assert checked([3, 4], 2, "model").tolist() == [[3.0], [4.0]]


def test_outputs_with_more_axes_are_flattened_row_by_row():
    raw = np.arange(24.0).reshape(2, 3, 4)
    out = checked(raw, 2, "model")
    assert out.shape == (2, 12)
    assert np.array_equal(out[1], raw[1].ravel())


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (np.zeros(3), "shape (3,) to 2 rows"),
        (np.zeros((1, 2)), "shape (1, 2) to 2 rows"),
        (0.5, "one number for the whole batch"),
        (torch.tensor(0.5), "one number for the whole batch"),
        (np.zeros((2, 0)), "without any output"),
        (["yes", "no"], "words as answers, such as 'yes'"),
        (np.array(["yes", None], dtype=object), "'yes'"),
        (np.array([1j, 2j]), "complex"),
        (torch.tensor([1j, 2j]), "complex"),
        ([[1.0], [1.0, 2.0]], "different lengths"),
        ({"score": [1, 2]}, "a dict as answer"),
        (None, "nothing as answer"),
        ("ab", "a str as answer"),
    ],
)
def test_a_wrong_answer_says_what_it_is(raw, says):
    with pytest.raises(ModelError) as error:
        checked(raw, 2, "model 'm'")
    assert says in str(error.value)
    assert str(error.value).startswith("model 'm'")


def test_nan_names_the_rows_counted_from_one_and_from_the_first_row_of_the_table():
    raw = np.zeros(10)
    raw[[3, 8]] = np.nan
    with pytest.raises(ModelError, match=r"NaN answers to 2 of 10 rows: row 104, 109"):
        checked(raw, 10, "model", first=100)
    with pytest.raises(ModelError, match="infinite answers to 1 of 1 rows"):
        checked([np.inf], 1, "model")


@given(rows=st.integers(1, 60), size=st.integers(1, 20), exact=st.one_of(st.none(), st.integers(1, 17)))
def test_batches_do_not_show_in_the_answers(rows, size, exact):
    batch = np.arange(rows * 2.0).reshape(rows, 2)
    seen = []

    def function(part):
        seen.append(len(part))
        return part.sum(axis=1)

    out = answers(function, batch, "model", size=size, exact=exact)
    assert np.array_equal(out[:, 0], batch.sum(axis=1))
    assert set(seen) == {exact} if exact else max(seen) <= size


def test_the_row_that_raises_is_found():
    def function(part):
        if (part[:, 0] == 77).any():
            raise ValueError("I cannot take 77")
        return part[:, 0]

    with pytest.raises(ModelError, match=r"model, row 78: got ValueError: 'I cannot take 77'"):
        answers(function, np.arange(100.0)[:, None], "model", size=16)


def test_rows_that_only_raise_together_are_named_as_a_range():
    def function(part):
        if len(part) > 1 and 0 in part[:, 0]:
            raise RuntimeError("row 1 in company")
        return part[:, 0]

    with pytest.raises(ModelError, match="rows 1 to 2"):
        answers(function, np.arange(8.0)[:, None], "model")


def test_nan_in_a_later_batch_names_the_row_of_the_table():
    def function(part):
        return np.where(part[:, 0] == 33, np.nan, 1.0)

    with pytest.raises(ModelError, match=r"row 34"):
        answers(function, np.arange(40.0)[:, None], "model", size=8)


def test_memory_that_runs_out_halves_the_batch_and_goes_on():
    seen = []

    def function(part):
        seen.append(len(part))
        if len(part) > 5:
            raise MemoryError
        return part[:, 0]

    batch = np.arange(23.0)[:, None]
    assert np.array_equal(answers(function, batch, "model", size=23)[:, 0], batch[:, 0])
    assert max(seen[2:]) <= 11


def test_an_empty_batch_is_refused():
    with pytest.raises(DataError, match="no rows"):
        answers(lambda rows: rows, np.zeros((0, 2)), "model")


def test_a_model_that_changes_its_mind_on_its_number_of_outputs_is_named():
    def function(part):
        return np.zeros((len(part), 1 if part[0, 0] < 4 else 2))

    with pytest.raises(ModelError, match="outputs"):
        answers(function, np.arange(8.0)[:, None], "model", size=4)


@pytest.mark.parametrize("wrap", [np.array, torch.tensor])
def test_a_model_that_alters_its_rows_alters_a_copy(wrap):
    def doubles(rows):
        rows *= 2
        return rows.sum(1)

    rows = wrap([[1.0, 2.0], [3.0, 4.0]])
    assert answers(doubles, rows, "model").ravel().tolist() == [6, 14]
    assert rows.tolist() == [[1, 2], [3, 4]]
