"""A digest follows the values, and nothing else."""

import hashlib

import numpy as np
import pandas as pd
import torch

from xaikit.compute.digests import digest


def test_it_is_a_sha256_of_the_values():
    a = np.array([[1.0, -2.5]])
    assert digest(a) == hashlib.sha256(b"array (1, 2)" + a.tobytes()).hexdigest()


def test_container_precision_and_memory_order_do_not_matter():
    a = np.arange(6.0).reshape(2, 3)
    assert len({digest(a), digest(torch.tensor(a)), digest(np.asfortranarray(a)), digest(a.astype("float32"))}) == 1


def test_any_change_of_values_shape_or_names_matters():
    a = np.arange(6.0).reshape(2, 3)
    frame = pd.DataFrame(a, columns=["a", "b", "c"])
    others = [a, a.reshape(3, 2), a + 1e-12, frame, frame.rename(columns={"a": "z"})]
    assert len({digest(o) for o in others}) == len(others)
    assert digest(frame) == digest(frame.set_index(np.array([5, 9])))
    assert digest(pd.DataFrame({"t": ["ab", "c"]})) != digest(pd.DataFrame({"t": ["a", "bc"]}))
