"""Rows of every container; memory that runs out."""

import numpy as np
import pandas as pd
import pytest
import torch

from xaikit.compute.batches import as_array, concatenate, in_batches, is_out_of_memory, length, take
from xaikit.core.errors import DataError

CONTAINERS = {
    "array": np.arange(12.0).reshape(6, 2),
    "tensor": torch.arange(12.0).reshape(6, 2),
    "frame": pd.DataFrame(np.arange(12.0).reshape(6, 2), columns=["a", "b"]),
    "list": ["a", "b", "c", "d", "e", "f"],
}


@pytest.mark.parametrize("kind", CONTAINERS)
@pytest.mark.parametrize("index", [np.array([4, 0]), slice(1, 3), np.array([True, False] * 3)])
def test_rows_are_taken_and_joined_in_their_own_container(kind, index):
    batch = CONTAINERS[kind]
    part = take(batch, index)
    assert type(part) is type(batch)
    expected = np.arange(6)[index]
    assert np.array_equal(np.asarray(as_array(part)), np.asarray(as_array(batch))[expected])
    whole = concatenate([part, take(batch, slice(0, 1))])
    assert type(whole) is type(batch)
    assert length(whole) == len(expected) + 1


def test_batches_are_of_the_size_asked_and_in_order():
    seen = []

    def double(part):
        seen.append(len(part))
        return 2 * part

    out = in_batches(double, CONTAINERS["tensor"], size=4)
    assert seen == [4, 2]
    assert np.array_equal(out, 2 * CONTAINERS["array"])


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")])
def test_size_is_halved_when_memory_runs_out_and_no_row_is_lost(error):
    seen = []

    def greedy(part):
        seen.append(len(part))
        if len(part) > 2:
            raise error
        return part

    out = in_batches(greedy, CONTAINERS["array"], size=6)
    assert seen == [6, 3, 1, 1, 1, 1, 1, 1]
    assert np.array_equal(out, CONTAINERS["array"])


def test_one_row_that_does_not_fit_and_other_errors_are_raised():
    def full(part):
        raise MemoryError

    def broken(part):
        raise ValueError("shapes differ")

    with pytest.raises(MemoryError):
        in_batches(full, CONTAINERS["array"], size=4)
    with pytest.raises(ValueError, match="shapes differ"):
        in_batches(broken, CONTAINERS["array"], size=4)
    assert not is_out_of_memory(ValueError("out of memory"))


def test_no_rows_are_an_error():
    with pytest.raises(DataError, match="at least one"):
        in_batches(lambda b: b, np.zeros((0, 2)))
    with pytest.raises(DataError, match="with rows"):
        length(3.5)


def test_bfloat16_becomes_an_array():
    assert as_array(torch.ones(2, dtype=torch.bfloat16)).tolist() == [1.0, 1.0]
