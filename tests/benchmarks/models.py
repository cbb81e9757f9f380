"""The nets and exact answers that methods are compared on; everything seeded."""

from functools import cache
from itertools import pairwise

import numpy as np
import torch

from tests.oracles.shapley import by_enumeration


def data(features: int, rows: int, seed: int = 0):
    """Correlated columns, every fifth binary, and labels with pair and triple interactions."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, features)) + 0.4 * rng.normal(size=(rows, 4)) @ rng.normal(size=(4, features))
    x[:, ::5] = x[:, ::5] > 0
    y = 2 * x @ rng.normal(size=features) / np.sqrt(features)
    for _ in range(features):
        i, j, k = rng.choice(features, 3, replace=False)
        wave = np.tanh(x[:, i] * x[:, j]) + (x[:, i] > 0) * (x[:, j] > 0) * x[:, k] + np.sin(2 * x[:, i])
        y += wave / np.sqrt(features)
    return x.astype(np.float32), (rng.random(rows) < 1 / (1 + np.exp(2 * (y.mean() - y)))).astype(np.float32)


@cache
def mlp(features: int, outputs: int = 1, trained: bool = True):
    """The net d-128-128-128-outputs, trained for a few epochs where the error of a method is measured."""
    torch.manual_seed(0)
    widths = (features, 128, 128, 128)
    layers = [part for a, b in pairwise(widths) for part in (torch.nn.Linear(a, b), torch.nn.ReLU())]
    net = torch.nn.Sequential(*layers, torch.nn.Linear(128, outputs))
    if trained:
        x, y = map(torch.from_numpy, data(features, 10_000))
        optimizer = torch.optim.Adam(net.parameters(), 2e-3)
        for _ in range(8):
            for part in torch.randperm(len(x)).split(256):
                optimizer.zero_grad()
                torch.nn.functional.binary_cross_entropy_with_logits(net(x[part])[:, 0], y[part]).backward()
                optimizer.step()
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    return net.eval()


@cache
def exact(features: int, rows: int, background: int = 1):
    """Shapley values of the first rows of the trained net, every coalition enumerated, (rows, features)."""
    net, (x, _) = mlp(features), data(features, 6000, seed=1)
    behind = torch.from_numpy(x[-background:])
    masks = ((np.arange(2**features)[:, None] >> np.arange(features)) & 1).astype(bool)
    out = []
    for row in torch.from_numpy(x[:rows]):
        worth = np.zeros(len(masks))
        for start in range(0, len(masks), 4096):
            part = torch.from_numpy(masks[start : start + 4096])
            with torch.inference_mode():
                for b in behind:
                    worth[start : start + 4096] += net(torch.where(part, row, b))[:, 0].double().numpy()
        out.append(by_enumeration(worth / background))
    return np.array(out)


class Counting(torch.nn.Module):
    """Counts the rows and calls that a method puts to a net."""

    def __init__(self, net):
        super().__init__()
        self.net, self.rows, self.calls = net, 0, 0

    def forward(self, x):
        """Return the net's answer."""
        self.rows += len(x)
        self.calls += 1
        return self.net(x)
