"""A card gives the numbers that the CPU gives, within the precision of float32; skipped where there is no card."""

import numpy as np
import pytest
import torch

import xaikit as xk
from xaikit.compute.devices import available

CARD = available()[0]
TOLERANCE = 2e-4  # of the largest value: TF32 is off by default, sums are taken in another order

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(CARD == "cpu", reason="no CUDA or MPS device on this machine"),
]


def net():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(30, 64), torch.nn.ReLU(), torch.nn.Linear(64, 3))


@pytest.mark.parametrize("engine", ["shapley", "integrated_gradients", "smoothgrad", "gradient_shap", "deep_lift"])
def test_card_and_cpu_agree(engine):
    rng = np.random.default_rng(0)
    x, b = rng.normal(size=(20, 30)).astype("float32"), rng.normal(size=(10, 30)).astype("float32")
    fixed = {"budget": 400} if engine == "shapley" else {}
    here, there = (
        xk.explain(net(), x, background=b, engine=engine, device=device, **fixed) for device in ("cpu", CARD)
    )
    scale = np.abs(here.values).max()
    np.testing.assert_allclose(there.values, here.values, atol=TOLERANCE * scale)
    np.testing.assert_allclose(there.prediction, here.prediction, atol=1e-4)


def test_batches_back_off_on_the_card():
    x = torch.randn(64, 30)
    found = xk.explain(net(), x, background=x[:50], device=CARD, budget=4096, method="regression")
    assert np.isfinite(found.values).all()
