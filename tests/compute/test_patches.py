"""Top patches against brute force over every place, and the box against the arithmetic of convolutions."""

import numpy as np
import pytest
import torch

from tests.families.training import trained
from xaikit.adapters.torch_module import TorchModule
from xaikit.compute.patches import top_patches
from xaikit.core.errors import DataError, ModelError, SpecError

SIDE = 12
PLUS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=np.float32)


def net():
    generator = torch.Generator().manual_seed(4)
    module = torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 3, padding=1), torch.nn.Softplus(), torch.nn.Conv2d(3, 2, 3, stride=2, padding=1)
    )
    for p in module.parameters():
        p.data = torch.randn(p.shape, generator=generator)
    return module


def test_the_strongest_places_and_what_the_unit_sees_there():
    rows = np.random.default_rng(0).normal(size=(9, 1, SIDE, SIDE)).astype(np.float32)
    module = net()
    found = top_patches(TorchModule(module), rows, "2", count=3)
    with torch.no_grad():
        maps = module(torch.as_tensor(rows)).numpy()
    for channel in range(2):
        peaks = maps[:, channel].reshape(9, -1).max(axis=1)
        assert [p.row for p in found[channel]] == np.argsort(-peaks)[:3].tolist()
        for patch in found[channel]:
            assert patch.activation == pytest.approx(peaks[patch.row], abs=1e-5)
            y, x = np.unravel_index(maps[patch.row, channel].argmax(), maps.shape[2:])
            # two 3×3 convolutions, the second with stride 2: 5×5 around twice the place, cut at the border
            edges = [max(0, 2 * y - 2), min(SIDE, 2 * y + 3), max(0, 2 * x - 2), min(SIDE, 2 * x + 3)]
            assert list(patch.box) == edges
            top, bottom, left, right = patch.box
            assert np.array_equal(patch.pixels, rows[patch.row, :, top:bottom, left:right])


def test_a_planted_part_drives_a_channel(capsys):
    rng = np.random.default_rng(1)
    rows = 0.3 * rng.normal(size=(800, 1, SIDE, SIDE)).astype(np.float32)
    has, where = rng.integers(2, size=800), rng.integers(0, SIDE - 2, size=(800, 2))
    for i in np.flatnonzero(has):
        y, x = where[i]
        rows[i, 0, y : y + 3, x : x + 3] += 2 * PLUS
    module = trained(
        lambda: torch.nn.Sequential(
            torch.nn.Conv2d(1, 6, 3),
            torch.nn.ReLU(),
            torch.nn.AdaptiveMaxPool2d(1),
            torch.nn.Flatten(),
            torch.nn.Linear(6, 2),
        ),
        rows,
        has.astype(np.int64),
        torch.nn.functional.cross_entropy,
        epochs=8,
    )
    module.train()
    model = TorchModule(module)
    channel = int((module[4].weight[1] - module[4].weight[0]).argmax())  # what speaks most for a plus
    patches = top_patches(model, rows, "0", count=10)[channel]
    hits = np.mean(
        [
            has[p.row] and abs(p.box[0] - where[p.row][0]) <= 1 and abs(p.box[2] - where[p.row][1]) <= 1
            for p in patches
        ]
    )
    with capsys.disabled():
        print(f"\n  layer: top patches on the planted part {hits:.0%}, chance {0.5 * 9 / (SIDE - 2) ** 2:.0%}")
    assert hits >= 0.9
    assert module.training, "the mode is put back"
    assert not module[0]._forward_hooks, "no hook stays behind"


def test_what_does_not_fit_is_said():
    model = TorchModule(net())
    rows = np.zeros((2, 1, SIDE, SIDE), np.float32)
    with pytest.raises(SpecError, match="unknown layer '22'"):
        top_patches(model, rows, "22")
    with pytest.raises(DataError, match="images"):
        top_patches(model, rows[:, 0, 0], "2")
    flat = TorchModule(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(SIDE**2, 2)))
    with pytest.raises(ModelError, match=r"outputs of shape \(2, 2\)"):
        top_patches(flat, rows, "1")
