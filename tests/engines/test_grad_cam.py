"""Grad-CAM against its closed form: channels of a convolution, averaged over places, weighed by a linear layer."""

import numpy as np
import pytest
import torch

import xaikit as xk

SIZES = {1: (7,), 2: (5, 6), 3: (3, 4, 5)}
KINDS = {1: torch.nn.Conv1d, 2: torch.nn.Conv2d, 3: torch.nn.Conv3d}
POOLS = {1: torch.nn.AdaptiveAvgPool1d, 2: torch.nn.AdaptiveAvgPool2d, 3: torch.nn.AdaptiveAvgPool3d}


def net(axes):
    torch.manual_seed(axes)
    convolution = KINDS[axes](2, 4, 1)
    return torch.nn.Sequential(convolution, POOLS[axes](1), torch.nn.Flatten(), torch.nn.Linear(4, 2)).double()


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_series_pictures_and_volumes_have_the_closed_form(axes):
    model, rows = net(axes), torch.randn(3, 2, *SIZES[axes], dtype=torch.float64)
    found = xk.explain(model, rows, background=torch.zeros_like(rows[:1]), engine="grad_cam")
    places = int(np.prod(SIZES[axes]))
    channels = model[0](rows).detach().numpy()
    for output, weights in enumerate(model[3].weight.detach().numpy()):
        expected = np.maximum(np.einsum("nc...,c->n...", channels, weights / places), 0)
        np.testing.assert_allclose(found.values[..., output], expected, atol=1e-12)
    assert not any(m._forward_hooks or m._backward_hooks for m in model.modules())
    assert all(p.grad is None for p in model.parameters())


def test_a_layer_that_gives_no_channels_over_places_is_refused_in_our_words():
    class Last(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.out = torch.nn.LSTM(4, 5, batch_first=True), torch.nn.Linear(5, 1)

        def forward(self, x):
            return self.out(self.inner(x)[0][:, -1])

    rows = torch.randn(2, 6, 4)
    with pytest.raises(xk.ModelError, match=r"engine grad_cam: .*Choose one with `layer:`"):
        xk.explain(Last(), rows, background=rows, engine="grad_cam", layer="inner")
    with pytest.raises(xk.DataError, match="expected images"):
        xk.explain(torch.nn.Linear(4, 1), np.zeros((2, 4)), background=np.zeros((2, 4)), engine="grad_cam")
