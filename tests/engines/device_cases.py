"""Every engine that computes with torch, once or more: what a card must answer as the CPU does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

import xaikit as xk

# Of the largest value. Both compute in float32 without TF32; sums are taken in another order.
TOLERANCE = 2e-4
HALF = 0.05  # bfloat16 has 8 bits: .4 % a product, and other sums round elsewhere


def mlp() -> torch.nn.Module:
    """Ten outputs of eight numbers."""
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))


def cnn() -> torch.nn.Module:
    """Three outputs of a picture; with batch norm, whose running means are buffers."""
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(2, 6, 3, padding=1), torch.nn.BatchNorm2d(6), torch.nn.ReLU(),
        torch.nn.Conv2d(6, 6, 3, padding=1), torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(2), torch.nn.Flatten(), torch.nn.Linear(24, 3),
    )  # fmt: skip


class Recurrent(torch.nn.Module):
    """Two outputs of a sequence."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net, self.head = torch.nn.LSTM(3, 8, batch_first=True), torch.nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the scores after the last step."""
        return self.head(self.net(x)[0][:, -1])


def doubled() -> torch.nn.Module:
    """The first net in float64; no MPS device takes it."""
    return mlp().double()


SHAPES = {mlp: (8,), doubled: (8,), cnn: (2, 10, 10), Recurrent: (5, 3)}


@dataclass(frozen=True)
class Case:
    """An engine with a net.

    Parameters
    ----------
    engine, make : str, callable
        Which engine, and what makes the net.
    rows, behind : int
        Rows explained, and of the background.
    fits : int
        Rows of a matrix product or convolution that fit a small card; fewer than the engine puts to it at first.
    tolerance : float
        Of the largest value.
    parameters : dict
        Of the engine.
    """

    engine: str
    make: Callable[[], torch.nn.Module] = mlp
    rows: int = 12
    behind: int = 6
    fits: int = 1000
    tolerance: float = TOLERANCE
    parameters: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        told = ",".join(f"{k}={v if isinstance(v, (int, float, str)) else '…'}" for k, v in self.parameters.items())
        return f"{self.engine}-{self.make.__name__}-{self.behind}{told and '-'}{told}"

    def explained(self, device: str, kind: str = "float32") -> xk.Explanation:
        """Return the explanation computed on a device; of rows in float64, as tables have them, or float32."""
        rng = np.random.default_rng(0)
        x, b = (rng.normal(size=(n, *SHAPES[self.make])).astype(kind) for n in (self.rows, self.behind))
        net = self.make()
        found = xk.explain(net, x, background=b, engine=self.engine, device=device, **self.parameters)
        assert {t.device.type for t in net.state_dict().values()} == {"cpu"}  # the caller's net is back
        return found


def _of(engine: str, **given: Any) -> Case:
    known = {k: given.pop(k) for k in ("make", "rows", "behind", "fits", "tolerance") if k in given}
    return Case(engine, **known, parameters=given)


CASES = [
    _of("shapley", fits=5000),  # exact: 2^8 coalitions
    _of("shapley", budget=120, method="regression", accuracy="standard"),
    _of("shapley", budget=200, method="regression", accuracy="auto", make=doubled),
    _of("shapley", budget=200, method="regression", accuracy="high", target=1),
    _of("shapley", budget=64, method="permutation", behind=1, target="predicted", fits=100),
    _of("shapley", budget=64, partition={"one": ["x0", "x1", "x2"], "other": ["x5", "x6"]}, fits=200),
    _of("interactions", samples=8, groups={"few": ["x0", "x1", "x2"], "more": ["x3", "x4", "x5"]}, fits=50),
    _of("integrated_gradients", max_steps=128),  # ten outputs, six baselines
    _of("integrated_gradients", steps=50, baseline="median", target="predicted", fits=100),
    _of("integrated_gradients", precision="bfloat16", steps=16, tolerance=HALF, fits=500),
    _of("integrated_gradients", steps=32, baselines=4, make=doubled, target=2),
    _of("integrated_gradients", make=cnn, rows=5, behind=3, steps=6, target=0, fits=40),
    _of("integrated_gradients", make=Recurrent, rows=5, behind=3, steps=6, target=0, fits=40),
    _of("smoothgrad", samples=16, times_input=True, fits=100),
    _of("smoothgrad", samples=8, make=cnn, rows=4, fits=20),
    _of("gradient_shap", samples=16, fits=50),
    _of("gradient_shap", samples=16, behind=1, target=3, fits=50),
    _of("gradient_shap", samples=8, make=cnn, rows=4, target=1, fits=10),
    _of("grad_cam", make=cnn, rows=5, fits=3),
    _of("occlusion", fits=300),
    _of("occlusion", make=cnn, rows=5, target=0, fits=10, window=4, stride=2),
    _of("deep_lift", fits=20),
    _of("deep_lift", make=cnn, rows=5, fits=4),
    _of("deep_lift", make=Recurrent, rows=5, behind=3, target=0, fits=6),  # by captum: nothing but captum's rules
    _of("relevance", fits=8),
    _of("relevance", make=cnn, rows=5, fits=4, rule="composite"),
    _of("relevance", make=Recurrent, rows=5, behind=3, target=0, fits=4),
    _of("amortized", rows=320, train=200, certify=100, samples=4, epochs=2, target=0, fits=300),
    _of("repair", target=0, candidates=4, fits=30),
]
