"""CNN on images: a planted patch decides the class; saliency must fall on it, and random weights must destroy it."""

import numpy as np
import torch

import xaikit
from tests.families.training import accuracy, trained
from xaikit.adapters.torch_module import TorchModule
from xaikit.core.target import margin

SIDE = 12
PATCHES = np.array([[[1, 0, 1], [0, 1, 0], [1, 0, 1]], [[0, 1, 0], [1, 0, 1], [0, 1, 0]]], dtype=np.float32)


def make():
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 12, 3),
        torch.nn.ReLU(),
        torch.nn.Conv2d(12, 12, 1),
        torch.nn.ReLU(),
        torch.nn.AdaptiveMaxPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(12, 2),
    )


def images(n, seed):
    """A cross or a plus somewhere in noise."""
    rng = np.random.default_rng(seed)
    x = 0.3 * rng.normal(size=(n, 1, SIDE, SIDE)).astype(np.float32)
    y = rng.integers(2, size=n)
    where = np.zeros((n, SIDE, SIDE), dtype=bool)
    for i, (row, column) in enumerate(rng.integers(0, SIDE - 2, size=(n, 2))):
        x[i, 0, row : row + 3, column : column + 3] += 2 * PATCHES[y[i]]
        where[i, row : row + 3, column : column + 3] = True
    return x, y.astype(np.int64), where


def explained(net, x, label):
    return xaikit.explain(
        TorchModule(net),
        x,
        background=np.zeros((1, 1, SIDE, SIDE), np.float32),
        engine="integrated_gradients",
        target=margin(label, 1 - label, ["plus", "cross"]),
    )


def test_the_patch_is_pointed_at_and_random_weights_point_elsewhere(capsys):
    x, y, _ = images(1500, 0)
    net = trained(make, x, y, torch.nn.functional.cross_entropy, epochs=10)
    test, truth, where = images(120, 1)
    assert accuracy(net, test, truth) > 0.95
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(9)
        untrained = make().eval()
    hits, wrong, same = [], [], []
    for label in (0, 1):
        rows = truth == label
        ours, random = explained(net, test[rows], label), explained(untrained, test[rows], label)
        assert np.abs(ours.residual).max() < 0.05 * np.abs(ours.prediction - ours.base).max()
        for i, spot in enumerate(where[rows]):
            hits.append(spot.ravel()[ours.values[i].argmax()])
            wrong.append(spot.ravel()[random.values[i].argmax()])
            same.append(np.corrcoef(ours.values[i].ravel(), random.values[i].ravel())[0, 1])
    with capsys.disabled():
        print(f"\n  CNN: pointing game {np.mean(hits):.0%}, random weights {np.mean(wrong):.0%}", end="")
        print(f", chance {9 / SIDE**2:.0%}; correlation with random weights {np.mean(same):.2f}")
    assert np.mean(hits) >= 0.9
    assert abs(np.mean(same)) < 0.5
