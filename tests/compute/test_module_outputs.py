"""The tensor among what a module returns, and weights that have no shape yet."""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest
import torch

import xaikit as xk
from xaikit.compute.module_outputs import chosen, seen

Pair = namedtuple("Pair", ["logits", "state"])
ONE, OTHER = torch.ones(2, 1), torch.zeros(2, 3)


@dataclass
class Answer:
    logits: torch.Tensor
    loss: torch.Tensor | None = None


@pytest.mark.parametrize(
    ("output", "part"),
    [
        (ONE, None),
        ((ONE,), None),
        ({"logits": ONE}, None),
        ((ONE, OTHER), 0),
        ({"logits": ONE, "state": OTHER}, "logits"),
        (Pair(ONE, OTHER), "logits"),
        (Pair(ONE, OTHER), 0),
        (Answer(ONE), "logits"),
    ],
)
def test_the_part_is_found_by_position_or_name(output, part):
    assert chosen(output, part, "model") is ONE


@pytest.mark.parametrize(
    ("output", "part", "said"),
    [
        ((ONE, OTHER), None, r"a tuple of '0', '1'; expected a tensor. Choose one with `part:`"),
        (Pair(ONE, OTHER), None, r"a Pair of '0', '1'"),
        (Answer(ONE), None, r"a Answer of 'logits', 'loss'"),
        (Answer(ONE), "loss", r"part loss: got a NoneType"),
        ((ONE, OTHER), 2, r"a tuple of '0', '1'"),
        ("words", None, r"got a str; expected a tensor"),
    ],
)
def test_anything_else_is_refused(output, part, said):
    with pytest.raises(xk.ModelError, match=said):
        chosen(output, part, "model")


def test_a_net_that_has_met_no_batch_is_refused():
    net = torch.nn.Sequential(torch.nn.LazyLinear(2))
    with pytest.raises(xk.ModelError, match=r"weight '0.weight' has no shape yet.*Call it once"):
        xk.explain(net, np.ones((2, 3)), background=np.zeros((2, 3)))
    net(torch.ones(1, 3))
    seen(net)
    assert xk.explain(net, np.ones((2, 3)), background=np.zeros((2, 3))).values.shape == (2, 3, 2)
