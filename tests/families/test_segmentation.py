"""U-Net: the class of an object is decided by a marker outside it; the contrast must point at the marker."""

import numpy as np
import torch

import xaikit
from tests.families.training import trained
from xaikit.adapters.torch_module import TorchModule
from xaikit.core.structured import mask_contrast

SIDE = 12


class UNet(torch.nn.Module):
    """One step down, one up, and a skip between them."""

    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3, padding=1), torch.nn.ReLU())
        self.down = torch.nn.Sequential(torch.nn.MaxPool2d(2), torch.nn.Conv2d(8, 16, 3, padding=1), torch.nn.ReLU())
        self.whole = torch.nn.Sequential(torch.nn.Flatten(2), torch.nn.Linear((SIDE // 2) ** 2, (SIDE // 2) ** 2))
        self.up = torch.nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.out = torch.nn.Conv2d(16, 3, 3, padding=1)

    def forward(self, x):
        fine = self.inner(x)
        coarse = self.down(fine)
        coarse = coarse + torch.relu(self.whole(coarse)).reshape(coarse.shape)
        return self.out(torch.cat([fine, self.up(coarse)], dim=1))


def scenes(n, seed):
    """A 4×4 object of class 1 or 2, which only a 2×2 marker elsewhere decides: bright for 1, dark for 2."""
    rng = np.random.default_rng(seed)
    images = 0.1 * rng.normal(size=(n, 1, SIDE, SIDE)).astype(np.float32)
    masks = np.zeros((n, SIDE, SIDE), dtype=np.int64)
    markers = np.zeros((n, SIDE, SIDE), dtype=bool)
    for i in range(n):
        kind = rng.integers(1, 3)
        row, column = rng.integers(4, 8), rng.integers(4, 8)
        images[i, 0, row : row + 4, column : column + 4] += 1.0
        masks[i, row : row + 4, column : column + 4] = kind
        a, b = (rng.integers(0, 2), rng.integers(0, SIDE - 1)) if rng.random() < 0.5 else (rng.integers(4, 11), 0)
        images[i, 0, a : a + 2, b : b + 2] += 2.0 if kind == 1 else -2.0
        markers[i, a : a + 2, b : b + 2] = True
    return images, masks, markers


def test_the_contrast_points_at_the_marker_that_decides_the_class(capsys):
    images, masks, _ = scenes(1200, 0)
    net = trained(UNet, images, masks, torch.nn.functional.cross_entropy, epochs=14, rate=0.01)
    test, truth, markers = scenes(40, 1)
    with torch.no_grad():
        said = net(torch.as_tensor(test)).argmax(1).numpy()
    objects = truth > 0
    assert (said[objects] == truth[objects]).mean() > 0.95, "the net must have learnt what was planted"
    hits = []
    for i in range(len(test)):
        kind = int(truth[i].max())
        target = mask_contrast((3, SIDE, SIDE), kind, 3 - kind, mask=objects[i], names=["none", "one", "two"])
        found = xaikit.explain(
            TorchModule(net),
            test[i : i + 1],
            background=np.zeros((1, 1, SIDE, SIDE), np.float32),
            engine="integrated_gradients",
            target=target,
        )
        values = found.values[0, 0, :, :, 0]
        hits.append(markers[i].ravel()[values.argmax()])
        assert "−" in found.target
        assert "pixels" in found.target
    chance = markers.mean()
    with capsys.disabled():
        print(f"\n  U-Net: pointing game {np.mean(hits):.0%}, chance {chance:.1%}")
    assert np.mean(hits) >= 0.9
