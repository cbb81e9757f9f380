"""Gradients: zeros only where an output does not change; anything else without a gradient is refused."""

import numpy as np
import pytest
import torch

import xaikit as xk

X = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
ENGINES = ("integrated_gradients", "smoothgrad", "gradient_shap", "deep_lift")


class Net(torch.nn.Module):
    def __init__(self, way):
        super().__init__()
        torch.manual_seed(0)
        self.layer, self.other = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
        self.table, self.way = torch.nn.Embedding(20, 2), way

    def forward(self, x):
        if self.way == "detached":
            return self.layer(x.detach())
        if self.way == "looked up":
            return self.table((x + 9).long().clamp(0, 19)).sum(dim=1)
        if self.way == "overwritten":
            y = torch.tanh(self.layer(x))
            z = y * y
            y.add_(1)
            return z
        return torch.cat([self.layer(x)[:, :1], self.layer.bias[:1].expand(len(x), 1)], dim=1)  # half constant


@pytest.mark.parametrize("way", ["detached", "looked up"])
@pytest.mark.parametrize("engine", ENGINES[:3])
def test_outputs_that_change_without_a_gradient_are_refused_and_not_explained_by_zeros(engine, way):
    with pytest.raises(xk.ModelError, match=r"without a gradient.*The engine 'shapley' needs none"):
        xk.explain(Net(way), X, background=X, engine=engine)


@pytest.mark.parametrize("way", ["detached", "looked up"])
def test_deep_lift_says_so_in_our_words(way):
    with pytest.raises(xk.ModelError, match="engine deep_lift: got outputs without a gradient"):
        xk.explain(Net(way), X, background=X, engine="deep_lift")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_net_that_overwrites_what_its_gradient_needs_is_refused_in_our_words(engine):
    with pytest.raises(xk.ModelError, match="inplace operation"):
        xk.explain(Net("overwritten"), X, background=X, engine=engine)


@pytest.mark.parametrize("engine", ENGINES[:3])
def test_an_output_that_never_changes_is_explained_by_zeros(engine):
    found = xk.explain(Net("half constant"), X, background=X, engine=engine)
    assert not found.values[..., 1].any()
    assert found.values[..., 0].any()
