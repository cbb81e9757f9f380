"""LSTM and 1-D CNN over time: one marked step among twelve decides; the explanation must point at it."""

import numpy as np
import pytest
import torch

import xaikit
from tests.families.training import accuracy, trained
from xaikit.adapters.torch_module import TorchModule
from xaikit.core.structured import time_step
from xaikit.core.target import margin

STEPS, CHANNELS = 12, 3


class LastState(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(CHANNELS, 24, batch_first=True)
        self.out = torch.nn.Linear(24, 2)

    def forward(self, x):
        return self.out(self.lstm(x)[0].mean(dim=1))


class Convolved(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Conv1d(CHANNELS, 16, 3, padding=1)
        self.out = torch.nn.Linear(16, 2)

    def forward(self, x):
        return self.out(torch.relu(self.inner(x.transpose(1, 2))).amax(dim=2))


def series(n, seed):
    """Channel 1 marks one step; the sign of channel 0 at that step is the class; the rest is noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, STEPS, CHANNELS)).astype(np.float32)
    x[:, :, 1] = 0
    step = rng.integers(STEPS, size=n)
    x[np.arange(n), step, 1] = 3.0
    x[np.arange(n), step, 0] = 2.0 * np.sign(x[np.arange(n), step, 0])
    return x, (x[np.arange(n), step, 0] > 0).astype(np.int64), step


@pytest.mark.parametrize("make", [LastState, Convolved])
def test_the_marked_step_is_found(make, capsys):
    x, y, _ = series(2000, 0)
    net = trained(make, x, y, torch.nn.functional.cross_entropy, epochs=15)
    test, truth, step = series(200, 1)
    assert accuracy(net, test, truth) > 0.9, "the net must have learnt what was planted"
    found = xaikit.explain(
        TorchModule(net, outputs=["down", "up"]),
        test,
        background=np.zeros((1, STEPS, CHANNELS), np.float32),
        engine="integrated_gradients",
        target=margin(1, 0, ["down", "up"]),
    )
    assert found.values.shape == (200, STEPS, CHANNELS, 1)
    assert np.abs(found.residual).max() < 0.05 * np.abs(found.prediction - found.base).max()
    hits = (np.abs(found.values[..., 0]).sum(axis=2).argmax(axis=1) == step).mean()
    with capsys.disabled():
        print(f"\n  {make.__name__}: marked step {hits:.0%}, chance {1 / STEPS:.0%}")
    assert hits >= 0.75


def test_an_output_at_one_time_step_depends_on_no_later_step():
    class Every(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = torch.nn.LSTM(CHANNELS, 6, batch_first=True)

        def forward(self, x):
            return self.lstm(x)[0]

    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(2)
        net = Every()
    test, _, _ = series(4, 3)
    found = xaikit.explain(
        TorchModule(net),
        test,
        background=np.zeros((1, STEPS, CHANNELS), np.float32),
        engine="integrated_gradients",
        target=time_step((STEPS, 6), 5, 2, name="state"),
    )
    assert found.target == "state 2 at step 5"
    assert np.all(found.values[:, 6:] == 0)
    assert np.all(np.abs(found.values[:, :6]).sum(axis=(1, 2, 3)) > 0)
