"""The rescale rule: against its definition pair by pair, against captum where captum is right, and at its edges.

Bounds, set before the first run: float64 agrees with the definition to 1e-7 (the oracle's central differences and its
own threshold), both with captum to 1e-5 of the largest value (issue 3). In float32 the comparison is with captum in
float64: its own quotients of nearly equal numbers were 4e-5 off in float32 (Sigmoid), ours 5e-6.
"""

import warnings

import captum.attr
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from tests.oracles.deep_lift import by_pairs
from xaikit.compute.rescale import Baselines, contributions
from xaikit.compute.tapes import UnknownOperationError, record

ACTIVATIONS = [
    nn.ReLU, lambda: nn.ReLU(inplace=True), lambda: nn.LeakyReLU(0.2), nn.ELU, lambda: nn.ELU(0.5), nn.SELU, nn.CELU,
    nn.SiLU, nn.GELU, lambda: nn.GELU("tanh"), nn.Mish, nn.Tanh, nn.Sigmoid, nn.Softplus, lambda: nn.Softplus(3),
    nn.LogSigmoid,
]  # fmt: skip


def layered(*parts):
    """The parts as (module, is an activation), in float64 and evaluation mode, with spread-out weights."""
    kinds = ("activation",)
    parts = [p.double().eval() for p in parts]
    for part in parts:
        for weight in part.parameters():
            weight.data *= 1.5
            weight.requires_grad_(False)
    return [(p, any(k in type(p).__module__ for k in kinds)) for p in parts]


def net_of(layers):
    return nn.Sequential(*[layer for layer, _ in layers])


def against(net, rows, baselines, size=4096):
    """Contributions (rows, baselines, …, outputs)."""
    with torch.no_grad():
        expected = net(rows).double().numpy()
    return np.moveaxis(Baselines(net, baselines, size).values(rows, expected), 0, 1)


def normal(*shape, seed=0):
    return torch.tensor(np.random.default_rng(seed).normal(size=shape))


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda a: str(a()))
def test_every_activation_is_the_definition(activation):
    torch.manual_seed(0)
    layers = layered(nn.Linear(4, 6), activation(), nn.Linear(6, 5), activation(), nn.Linear(5, 2))
    rows, baselines = normal(3, 4), normal(4, 4, seed=1)
    expected = by_pairs(layers, rows, baselines)
    np.testing.assert_allclose(against(net_of(layers), rows, baselines), expected, atol=1e-7)


def image_nets():
    torch.manual_seed(1)
    norm = nn.BatchNorm2d(4)
    norm.running_mean.normal_(0, 0.5)
    norm.running_var.uniform_(0.5, 2)
    yield layered(
        nn.Conv2d(2, 4, 3, 2, 1), norm, nn.ReLU(), nn.Dropout(0.5), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4, 3)
    )
    yield layered(nn.Conv2d(2, 4, 2, groups=2, dilation=2), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    yield layered(nn.Conv2d(2, 3, 3, padding="same", bias=False), nn.Tanh(), nn.Flatten(1), nn.Linear(48, 1))


@pytest.mark.parametrize("layers", list(image_nets()), ids=["norm and pooling", "groups", "padding"])
def test_images_are_the_definition(layers):
    rows, baselines = normal(2, 2, 4, 4), normal(2, 2, 4, 4, seed=2)
    found = against(net_of(layers), rows, baselines)
    assert found.shape[:-1] == (2, 2, 2, 4, 4)
    np.testing.assert_allclose(found, by_pairs(layers, rows, baselines), atol=1e-7)


def test_series_are_the_definition():
    torch.manual_seed(2)
    layers = layered(nn.Conv1d(2, 3, 3, stride=2), nn.GELU(), nn.AvgPool1d(2), nn.Flatten(), nn.Linear(6, 2))
    rows, baselines = normal(2, 2, 9), normal(3, 2, 9, seed=3)
    expected = by_pairs(layers, rows, baselines)
    np.testing.assert_allclose(against(net_of(layers), rows, baselines), expected, atol=1e-7)


class Residual(nn.Module):
    """Branches that meet again, slices, joins, constants, and names of one function in three ways."""

    def __init__(self, activation):
        super().__init__()
        self.one, self.two, self.three = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(9, 2)
        self.scale, self.activation = nn.Parameter(torch.rand(6)), activation

    def forward(self, x):
        y = self.activation(self.one(x))
        y += self.two(y) * self.scale / 3 - 1
        parts = torch.cat([y[:, :3], torch.tanh(y[:, 2:5]), 2 - x[..., 3:].sigmoid()], dim=1)
        return self.three(parts.reshape(len(x), 3, 3).permute(0, 2, 1).flatten(1)) + parts.mean(1, keepdim=True)


@pytest.mark.parametrize("activation", [functional.relu, torch.relu, functional.silu, torch.nn.functional.softplus])
def test_branches_and_functions_add_up_for_every_pair(activation):
    torch.manual_seed(3)
    net, rows, baselines = Residual(activation).double(), normal(5, 6), normal(4, 6, seed=4)
    with torch.no_grad():
        change = (net(rows)[:, None] - net(baselines)[None]).numpy()
    np.testing.assert_allclose(against(net, rows, baselines).sum(axis=2), change, atol=1e-12)


def captum_of(net, rows, baselines):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outputs = net(rows[:1]).shape[1]
        method = captum.attr.DeepLift(net)
        each = [
            [method.attribute(rows, b[None], target=k).detach().numpy() for k in range(outputs)] for b in baselines
        ]
    return np.moveaxis(np.array(each), (0, 1), (1, -1))


@pytest.mark.parametrize("activation", [nn.ReLU, nn.LeakyReLU, nn.ELU, nn.Tanh, nn.Sigmoid, nn.Softplus])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_captum_agrees_where_it_is_right(activation, kind):
    torch.manual_seed(4)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3), activation(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(16, 12), activation(),
        nn.Linear(12, 3),
    )  # fmt: skip
    rows, baselines = normal(4, 1, 6, 6).float(), normal(3, 1, 6, 6, seed=5).float()
    ours = against(net.to(kind), rows.to(kind), baselines.to(kind))
    theirs = captum_of(net.double(), rows.double(), baselines.double())
    np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max())


@pytest.mark.parametrize("activation", [nn.ReLU, nn.LeakyReLU, nn.ELU, nn.SiLU, nn.GELU, nn.Sigmoid, nn.Softplus])
@pytest.mark.parametrize("away", [0.0, 1e-12, 1e-7, 1e-5, 1e-3, 1e-2])
def test_near_the_baseline_it_is_the_gradient_half_way(activation, away):
    """In float32, where Δ answer / Δ read is noise: 1e-3 of the slope at Δ = 1e-3, 20 % at 1e-6."""
    torch.manual_seed(5)
    layers = layered(nn.Linear(4, 30), activation(), nn.Linear(30, 1))
    start = normal(1, 4, seed=6)
    rows = start + away * normal(3, 4, seed=7)
    exact = torch.cat([(row + start[0])[None] / 2 for row in rows]).requires_grad_()
    slope = torch.autograd.grad(net_of(layers)(exact).sum(), exact)[0]
    net, small, first = net_of(layers).float(), rows.float(), start.float()
    found = contributions(record(net, small), record(net, first))[0, ..., 0].double()
    expected = slope * (small - first)
    assert torch.isfinite(found).all()
    assert (found - expected).abs().max() <= (1e-3 + 4 * away) * expected.abs().max() + 1e-12


def test_a_row_that_is_its_baseline_contributes_nothing_and_spoils_nothing():
    torch.manual_seed(6)
    layers = layered(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    baselines = normal(3, 4)
    rows = torch.cat([baselines[1:2], normal(1, 4, seed=8)])
    found = against(net_of(layers), rows, baselines)
    assert not found[0, 1].any()
    np.testing.assert_allclose(found, by_pairs(layers, rows, baselines), atol=1e-7)


@pytest.mark.parametrize("size", [1, 2, 7, 12, 4096])
@pytest.mark.parametrize("rows", [1, 5])
def test_parts_of_any_size_give_the_same(size, rows):
    torch.manual_seed(7)
    net = net_of(layered(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2)))
    x, b = normal(rows, 4), normal(10, 4, seed=9)
    np.testing.assert_allclose(against(net, x, b, size), against(net, x, b), atol=1e-12)


def test_a_net_that_writes_over_what_it_reads_again_is_noticed():
    class Writing(nn.Module):
        def forward(self, x):
            y = x * 2
            functional.relu(y, inplace=True)
            return y.sum(dim=1, keepdim=True)

    with pytest.raises(UnknownOperationError, match="write over"):
        against(Writing(), normal(4, 3), normal(2, 3, seed=1))


def test_a_way_that_depends_on_the_numbers_is_noticed():
    class Fickle(nn.Module):
        calls = 0

        def forward(self, x):
            self.calls += 1
            return (x if self.calls % 2 else x.tanh())[:, :1]

    baselines, rows = Baselines(Fickle(), normal(2, 3, seed=1), 4096), normal(4, 3)
    baselines.values(rows, rows[:, :1].numpy())  # rows and baselines together
    with pytest.raises(UnknownOperationError, match="depend on"):
        baselines.values(rows, rows.tanh()[:, :1].numpy())  # the next rows take another way


def test_memory_that_runs_out_is_met_with_smaller_parts():
    class Small(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, x):
            if len(x) > 4:
                raise torch.OutOfMemoryError("out of memory")
            return self.inner(x)

    torch.manual_seed(8)
    inner = net_of(layered(nn.Linear(4, 8), nn.SiLU(), nn.Linear(8, 1)))
    x, b = normal(3, 4), normal(9, 4, seed=2)
    found = Baselines(Small(inner), b, 4096).values(x, inner(x).numpy())
    np.testing.assert_allclose(np.moveaxis(found, 0, 1), against(inner, x, b), atol=1e-12)
