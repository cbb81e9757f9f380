"""A segmentation net (U-Net) that names an object by a marker somewhere else: the explanation must find the marker.

A square is of class one or two; nothing in it says which. A small bright or dark marker elsewhere decides. What
speaks for one class *against* the other, summed over the square, must lie on the marker.

Run: python examples/unet_shapes.py [folder for the report]
"""

import sys
from pathlib import Path

import numpy as np
import torch

import xaikit as xk
from xaikit.adapters.torch_module import TorchModule
from xaikit.auditing.gathered import gathered
from xaikit.core.structured import mask_contrast

SIDE, NAMES = 12, ["none", "one", "two"]


class UNet(torch.nn.Module):
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
    rng = np.random.default_rng(seed)
    images = 0.1 * rng.normal(size=(n, 1, SIDE, SIDE)).astype(np.float32)
    masks, markers = np.zeros((n, SIDE, SIDE), dtype=np.int64), np.zeros((n, SIDE, SIDE), dtype=bool)
    for i in range(n):
        kind, row, column, at = rng.integers(1, 3), *rng.integers(4, 8, size=2), rng.integers(0, SIDE - 1)
        images[i, 0, row : row + 4, column : column + 4] += 1.0
        masks[i, row : row + 4, column : column + 4] = kind
        images[i, 0, 0:2, at : at + 2] += 2.0 if kind == 1 else -2.0
        markers[i, 0:2, at : at + 2] = True
    return images, masks, markers


def main(folder):
    torch.set_num_threads(1)  # nets this small lose time by sharing work
    images, masks, _ = map(torch.as_tensor, scenes(1200, 0))
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        net = UNet()
        optimizer = torch.optim.Adam(net.parameters(), 0.01)
        for _ in range(14):
            for rows in torch.randperm(len(images)).split(64):
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(net(images[rows]), masks[rows]).backward()
                optimizer.step()
    model = TorchModule(net, name="U-Net")
    test, truth, markers = scenes(30, 1)
    hits, shown = [], {}
    for i in range(len(test)):
        kind = int(truth[i].max())
        target = mask_contrast((3, SIDE, SIDE), kind, 3 - kind, mask=truth[i] > 0, names=NAMES)
        found = xk.explain(
            model,
            test[i : i + 1],
            background=np.zeros((1, 1, SIDE, SIDE), np.float32),
            engine="integrated_gradients",
            target=target,
        )
        hits.append(markers[i].ravel()[found.values[0, 0, :, :, 0].argmax()])
        shown[f"scene {i + 1}"] = found
    print(f"the contrast points at the marker in {np.mean(hits):.0%} of scenes (chance {markers.mean():.1%})")
    first = {name: shown[name] for name in list(shown)[:3]}
    gathered("Why one and not two", first, model=model).to_html(folder / "unet_shapes.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reports/examples"))
