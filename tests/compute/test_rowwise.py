"""The names of functions and what their arguments must be; most of it is tested through `test_tapes`."""

import pytest
import torch
from torch.nn import functional

from xaikit.compute.rowwise import FORMS, UNARY, form, plain, without_writing

X = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_number_are_just_that(name):
    """One by one or all together: the same answers."""
    function = getattr(torch, name, None) or getattr(functional, name, None) or functional.logsigmoid
    together = function(X)
    alone = torch.stack([torch.stack([function(v[None])[0] for v in row]) for row in X])
    torch.testing.assert_close(together, alone)
    assert form(name, [X], (X,), {}) == "unary"


@pytest.mark.parametrize("name", [n for n, bends in UNARY.items() if bends is None])
def test_functions_that_need_no_derivative_round_nothing(name):
    """Differences of answers over differences of inputs are exact on one side of 0, however small."""
    points = X.flatten()
    points = torch.cat([points, points * (1 + 2**-22)])
    away = points[len(points) // 2 :] - points[: len(points) // 2]
    found = getattr(torch, name)(points)
    slopes = (found[len(points) // 2 :] - found[: len(points) // 2]) / away
    assert set(slopes.tolist()) == {0.0, 1.0}


@pytest.mark.parametrize("name", [n for n, bends in UNARY.items() if bends is not None])
def test_other_functions_have_no_kink_but_where_they_say(name):
    """The slope changes by less than 1e-3 over 1e-3 everywhere, at the named bends too (only its change jumps)."""
    function = getattr(torch, name, None) or getattr(functional, name, None) or functional.logsigmoid
    at = torch.linspace(-6, 6, 12001, dtype=torch.float64).requires_grad_()
    slopes = torch.autograd.grad(function(at).sum(), at)[0]
    jumps = slopes.diff().abs()
    away = torch.ones(len(jumps), dtype=torch.bool)
    for bend in UNARY[name]:
        away &= (at[:-1] - bend).abs().detach() > 2e-3
    assert jumps[away].max() < 2e-3


def test_forms_and_names():
    assert form("linear", [X], (X, torch.ones(2, 6)), {}) in FORMS
    assert form("linear", [X], (X,), {"weight": torch.ones(2, 6)}) is None
    assert form("nothing like it", [X], (X,), {}) is None
    assert form("permute", [X], (X, 1, 0), {}) is None
    assert form("permute", [X], (X, (0, 1)), {}) == "affine"
    assert plain("__imul__") == "imul"
    assert without_writing("sigmoid_", torch.sigmoid_) is None
    assert without_writing("add_", None) is torch.add
    assert without_writing("__add__", torch.Tensor.__add__) is torch.Tensor.__add__
