"""Targets of shaped outputs: equal on flat rows and shaped tensors, against plain indexing."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xaikit.core.errors import SpecError
from xaikit.core.structured import along, mask_contrast, region, time_step, token_logit, weighted
from xaikit.core.target import margin, one_output

RNG = np.random.default_rng(0)
MASKS = RNG.normal(size=(5, 3, 4, 6))
MASK = RNG.random((4, 6)) > 0.5


def both(target, outputs):
    """Return the target of flat rows, after checking that shaped rows and tensors give the same."""
    flat = target(outputs.reshape(len(outputs), -1))
    assert np.allclose(target(outputs), flat)
    tensor = torch.as_tensor(outputs, dtype=torch.float32, device="cpu").requires_grad_()
    scalar = target(tensor)
    assert np.allclose(scalar.detach().numpy(), flat, atol=1e-4)
    scalar.sum().backward()
    assert tensor.grad is not None
    assert flat.shape == (len(outputs), 1)
    return flat[:, 0]


def test_mask_contrasts_are_what_indexing_gives():
    expected = (MASKS[:, 2] - MASKS[:, 0])[:, MASK].sum(axis=1)
    assert np.allclose(both(mask_contrast((3, 4, 6), 2, 0, mask=MASK), MASKS), expected)
    others = (MASKS[:, 1] - MASKS[:, [0, 2]].mean(axis=1)).sum(axis=(1, 2))
    assert np.allclose(both(mask_contrast((3, 4, 6), 1), MASKS), others)
    named = mask_contrast((3, 4, 6), 2, 0, mask=MASK, names=["sky", "road", "person"])
    assert named.name == f"person − sky over {int(MASK.sum())} pixels"


@given(st.floats(-50, 50), st.integers(0, 2))
def test_what_all_classes_share_does_not_move_a_contrast(shared, index):
    target = mask_contrast((3, 4, 6), index)
    assert np.allclose(target(MASKS + shared), target(MASKS), atol=1e-6)


def test_regions_steps_tokens_and_directions():
    mask = np.zeros((3, 4, 6), dtype=bool)
    mask[1, 2:, :3] = True
    assert np.allclose(both(region((3, 4, 6), mask), MASKS), MASKS[:, 1, 2:, :3].mean(axis=(1, 2)))
    series = RNG.normal(size=(5, 7, 4))
    assert np.allclose(both(time_step((7, 4), -2, 3), series), series[:, 5, 3])
    assert np.allclose(both(token_logit((7, 4), 2, 1), series), series[:, -1, 2] - series[:, -1, 1])
    assert np.allclose(both(token_logit((7, 4), 2, position=0), series), series[:, 0, 2])
    code, direction = RNG.normal(size=(5, 4)), np.array([3.0, 0, 4.0, 0])
    assert np.allclose(both(along(direction), code), code @ direction / 5)


def test_targets_combine_and_their_names_say_how():
    y = RNG.normal(size=(5, 3))
    a, b = one_output(0, ["x", "y", "z"]), one_output(2, ["x", "y", "z"])
    assert np.allclose((a - b)(y), margin(0, 2, ["x", "y", "z"])(y))
    mean = 0.5 * (a + b)
    assert np.allclose(mean(y)[:, 0], y[:, [0, 2]].mean(axis=1))
    assert mean.name == "0.5 × output x + output z"
    assert (a - b).outputs == ("x − z",)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: mask_contrast((3, 4, 6), 3), "an index below 3"),
        (lambda: mask_contrast((3, 4, 6), 0, 5), "an index below 3"),
        (lambda: mask_contrast((3, 4, 6), 0, mask=np.zeros((4, 6))), "an empty mask"),
        (lambda: mask_contrast((3, 4, 6), 0, mask=np.ones((6, 4))), r"shape \(6, 4\)"),
        (lambda: time_step((7, 4), 7), "an index below 7"),
        (lambda: token_logit((7, 4), 4), "an index below 4"),
        (lambda: along(np.zeros(3)), "a vector of zeros"),
        (lambda: weighted(np.ones(3), "three")(np.ones((2, 4))), "4 outputs a row; expected 3"),
    ],
)
def test_what_does_not_fit_is_said(make, says):
    with pytest.raises(SpecError, match=says):
        make()
