"""Occlusion and Grad-CAM: against one row at a time, and on images whose answer is known."""

import numpy as np
import pytest
import torch

import xaikit as xk


def test_table_is_occluded_one_feature_at_a_time():
    rng = np.random.default_rng(0)
    x, b = rng.normal(size=(3, 4)), rng.normal(size=(5, 4))

    def model(z):
        return z[:, 0] * z[:, 1] + np.tanh(z[:, 2])

    found = xk.explain(model, x, background=b, engine="occlusion")
    for i in range(3):
        for j in range(4):
            without = np.repeat(x[i : i + 1], 5, axis=0)
            without[:, j] = b[:, j]
            lost = model(x[i : i + 1])[0] - model(without)
            assert found.values[i, j, 0] == pytest.approx(lost.mean())
            assert found.stderr[i, j, 0] == pytest.approx(lost.std(ddof=1) / np.sqrt(5))


class Spot(torch.nn.Module):
    """Sees one corner of the image, and no more."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 2, 3, padding=1, bias=False)
        torch.nn.init.constant_(self.conv.weight, 1 / 9)

    def forward(self, x):
        return torch.relu(self.conv(x))[:, :, :6, :6].mean(dim=(2, 3))


@pytest.mark.parametrize("engine", ["occlusion", "grad_cam"])
def test_image_shows_the_corner_that_the_net_sees(engine):
    x = torch.ones(2, 1, 16, 16)
    if engine == "grad_cam":  # it shows where the layer is active, wherever the rest of the net looks
        x[:, :, 6:], x[:, :, :, 6:] = 0, 0
    found = xk.explain(Spot(), x, background=torch.zeros(1, 1, 16, 16), engine=engine)
    values = found.values[..., 0].reshape(2, 16, 16)
    assert found.values.shape == ((2, 1, 16, 16, 2) if engine == "occlusion" else (2, 16, 16, 2))
    assert values[:, :5, :5].min() > 0
    assert np.abs(values[:, 12:, 12:]).max() < 0.05 * values.max()


def test_grad_cam_names_its_layer_and_refuses_what_is_no_convolution():
    x = torch.ones(1, 1, 16, 16)
    found = xk.explain(Spot(), x, background=x * 0, engine="grad_cam", target=0)
    assert found.budget["layer"] == "conv"
    with pytest.raises(xk.SpecError, match="Did you mean 'conv'"):
        xk.explain(Spot(), x, background=x * 0, engine="grad_cam", layer="cnov")
    with pytest.raises(xk.ModelError, match="no convolution"):
        xk.explain(
            torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(256, 1)), x, background=x * 0, engine="grad_cam"
        )


def test_image_without_a_net_is_refused():
    with pytest.raises(xk.DataError, match="images and a torch model"):
        xk.explain(
            lambda z: z.sum(axis=(1, 2)), np.ones((2, 3, 3)), background=np.zeros((1, 3, 3)), engine="occlusion"
        )
