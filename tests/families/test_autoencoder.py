"""Autoencoder: one feature of a normal row is corrupted; repair must name it, the raw residual may be misled."""

import numpy as np
import torch

import xaikit
from tests.families.training import trained
from xaikit.adapters.torch_module import TorchModule
from xaikit.compute.composed import DifferentiableReconstructionError, reconstruction_error
from xaikit.core.model import Differentiable

FEATURES = 10


def rows_and_net():
    rng = np.random.default_rng(11)
    mixing = rng.normal(size=(3, FEATURES))  # three causes behind ten correlated features
    rows = (rng.normal(size=(1500, 3)) @ mixing + 0.05 * rng.normal(size=(1500, FEATURES))).astype(np.float32)
    net = trained(
        lambda: torch.nn.Sequential(
            torch.nn.Linear(FEATURES, 16),
            torch.nn.Tanh(),
            torch.nn.Linear(16, 3),
            torch.nn.Linear(3, 16),
            torch.nn.Tanh(),
            torch.nn.Linear(16, FEATURES),
        ),
        rows,
        rows,
        torch.nn.functional.mse_loss,
        epochs=25,
    )
    return rows, net, rng


def test_repair_finds_the_corrupted_feature_where_the_residual_is_misled(capsys):
    rows, net, rng = rows_and_net()
    broken = rows[:60].copy()
    planted = rng.integers(FEATURES, size=60)
    spread = rows.std(axis=0)
    broken[np.arange(60), planted] += rng.choice([-4, 4], size=60) * spread[planted]
    model = reconstruction_error(TorchModule(net))
    found = xaikit.explain(model, broken, background=rows[60:1060], engine="repair")
    hits = (found.values[:, :, 0].argmax(axis=1) == planted).mean()
    rebuilt = TorchModule(net).predict(broken)
    residual = ((np.abs(rebuilt - broken) / spread).argmax(axis=1) == planted).mean()
    with capsys.disabled():
        print(f"\n  autoencoder: repair {hits:.0%}, raw residual {residual:.0%}, chance {1 / FEATURES:.0%}")
    assert hits >= 0.95
    assert hits >= residual
    assert (found.values >= 0).all()
    assert (found.values[:, :, 0] <= found.prediction + 1e-9).all(), "no repair takes more than the whole error"


def test_the_error_is_what_a_person_would_compute_and_has_a_gradient():
    rows, net, _ = rows_and_net()
    model = reconstruction_error(TorchModule(net))
    assert isinstance(model, DifferentiableReconstructionError)
    assert isinstance(model, Differentiable)
    with torch.no_grad():
        expected = [float(((net(torch.as_tensor(r[None])) - torch.as_tensor(r)) ** 2).mean()) for r in rows[:20]]
    assert np.allclose(model.predict(rows[:20])[:, 0], expected, rtol=1e-5)
    found = xaikit.explain(model, rows[:5], background=rows[5:25], engine="integrated_gradients")
    assert np.abs(found.residual).max() <= 0.02 * np.abs(found.prediction - found.base).max() + 1e-4
