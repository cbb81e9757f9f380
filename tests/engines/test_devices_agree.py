"""A card gives the numbers that the CPU gives, within the precision of float32; skipped where there is no card.

The same cases run on a make-believe card everywhere: `test_make_believe_devices.py`.
"""

import numpy as np
import pytest
import torch

import xaikit as xk
from tests.engines.device_cases import CASES, doubled
from xaikit.compute.devices import available

CARD = available()[0]

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(CARD == "cpu", reason="no CUDA or MPS device on this machine"),
]


@pytest.fixture(autouse=True)
def _full_float32(monkeypatch):
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)  # on by default, for convolutions


@pytest.mark.parametrize("case", CASES, ids=str)
def test_card_and_cpu_agree(case):
    if CARD == "mps" and case.make is doubled:
        pytest.skip("MPS has no float64")
    here, there = (case.explained(device) for device in ("cpu", CARD))
    scale = np.abs(here.values).max()
    np.testing.assert_allclose(there.values, here.values, atol=case.tolerance * scale)
    np.testing.assert_allclose(there.prediction, here.prediction, atol=1e-4)
    np.testing.assert_allclose(there.base, here.base, atol=1e-4)


def test_batches_back_off_on_the_card():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(30, 64), torch.nn.ReLU(), torch.nn.Linear(64, 3))
    x = torch.randn(64, 30)
    found = xk.explain(net, x, background=x[:50], device=CARD, budget=4096, method="regression")
    assert np.isfinite(found.values).all()
