"""Streams by name."""

import numpy as np
import pytest

from xaikit.compute.seeds import generator
from xaikit.core.errors import SpecError


def test_same_name_same_stream_and_other_names_are_independent():
    draws = {n: generator(7, *n).normal(size=4000) for n in [("a",), ("b",), ("a", "b"), ("ab",), ("a", 1)]}
    assert np.array_equal(draws["a",], generator(7, "a").normal(size=4000))
    names = list(draws)
    for i, one in enumerate(names):
        for other in names[:i]:
            assert abs(np.corrcoef(draws[one], draws[other])[0, 1]) < 0.08
    assert not np.array_equal(draws["a",], generator(8, "a").normal(size=4000))


@pytest.mark.parametrize("seed", [-1, 1.5, "0", None, True])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(SpecError, match="a whole number, 0 or more"):
        generator(seed, "a")
