"""Models of models: the same as calling one after the other, with gradients through both."""

import numpy as np
import pytest
import torch

from xaikit.adapters.function import FunctionModel
from xaikit.adapters.torch_module import TorchModule
from xaikit.compute.composed import composed, reconstruction_error
from xaikit.core.errors import ModelError
from xaikit.core.model import Differentiable, Model

ROWS = np.random.default_rng(1).normal(size=(9, 3)).astype(np.float32)


def net(a, b, seed):
    generator = torch.Generator().manual_seed(seed)
    module = torch.nn.Linear(a, b)
    for p in module.parameters():
        p.data = torch.randn(p.shape, generator=generator)
    return TorchModule(module, name=f"net {seed}")


def test_two_nets_in_a_row():
    first, second = net(3, 4, 1), net(4, 2, 2)
    model = composed(first, second)
    assert isinstance(model, Model)
    assert isinstance(model, Differentiable)
    assert np.allclose(model.predict(ROWS), second.predict(first.predict(ROWS)), atol=1e-6)
    batch = torch.as_tensor(ROWS).requires_grad_()
    model.forward(batch)[:, 0].sum().backward()
    expected = (second.module.weight[0] @ first.module.weight).detach()
    assert torch.allclose(batch.grad, expected.expand(9, 3), atol=1e-5)
    assert model.card.name == "net 2 of net 1"
    assert first.card.sha256 in model.card.detail["sha256"]


def test_a_net_and_a_callable_have_no_gradient_together():
    model = composed(net(3, 4, 1), FunctionModel(lambda y: y.sum(axis=1), outputs=["sum"]))
    assert not isinstance(model, Differentiable)
    assert model.predict(ROWS)[:, 0] == pytest.approx(net(3, 4, 1).predict(ROWS).sum(axis=1))
    assert model.card.output_names == ("sum",)


def test_shapes_between_two_nets_are_kept():
    first = TorchModule(torch.nn.Unflatten(1, (1, 3)))
    second = TorchModule(torch.nn.Conv1d(1, 2, 3))
    assert composed(first, second).predict(ROWS).shape == (9, 2)


def test_the_error_of_rebuilding():
    model = reconstruction_error(FunctionModel(lambda rows: rows + 2))
    assert model.predict(ROWS)[:, 0] == pytest.approx(np.full(9, 4.0))
    assert not isinstance(model, Differentiable)
    with pytest.raises(ModelError, match="an autoencoder"):
        reconstruction_error(FunctionModel(lambda rows: rows[:, :2])).predict(ROWS)
