"""A convolutional net on handwritten digits: what it looks at, and whether that comes from what it learnt.

Run: python examples/cnn_digits.py [folder for the report]
"""

import sys
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits

import xaikit as xk
from xaikit.adapters.torch_module import TorchModule
from xaikit.auditing.gathered import gathered
from xaikit.checks import layers
from xaikit.core.progress import silent
from xaikit.core.target import margin

DIGITS = [str(d) for d in range(10)]


def net(seed):
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return torch.nn.Sequential(
            torch.nn.Conv2d(1, 16, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
            torch.nn.Conv2d(16, 32, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.Flatten(),
            torch.nn.Linear(32 * 16, 10),
        ).eval()


def trained(x, y):
    module = net(0)
    optimizer = torch.optim.Adam(module.parameters(), 0.003)
    generator = torch.Generator().manual_seed(1)
    for _ in range(15):
        for rows in torch.randperm(len(x), generator=generator).split(64):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(module(x[rows]), y[rows]).backward()
            optimizer.step()
    return module


def main(folder):
    torch.set_num_threads(1)  # nets this small lose time by sharing work
    data = load_digits()
    x = torch.as_tensor(data.images[:, None] / 16, dtype=torch.float32)
    y = torch.as_tensor(data.target)
    model = TorchModule(trained(x[:1400], y[:1400]), name="digits", outputs=DIGITS)
    right = (model.predict(x[1400:]).argmax(axis=1) == y[1400:].numpy()).mean()
    print(f"accuracy on digits not seen: {right:.1%}")
    fours = x[1400:][y[1400:] == 4][:6]
    target = margin(4, 9, DIGITS)  # what makes it a four and not a nine
    blank = torch.zeros(1, 1, 8, 8)
    ours = xk.explain(model, fours, background=blank, engine="integrated_gradients", target=target)
    other = TorchModule(net(9), name="not trained", outputs=DIGITS)
    theirs = xk.explain(other, fours, background=blank, engine="integrated_gradients", target=target)
    same = np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(ours.values, theirs.values, strict=True)])
    print(f"correlation with the maps of a net that learnt nothing: {same:.2f} (a method blind to the net gives 1)")
    gap = np.abs(ours.residual).max() / np.abs(ours.prediction - ours.base).max()
    print(f"completeness: the values miss the change of the score by at most {gap:.2%}")
    seen = list(layers.check(model, x[1400:], np.random.default_rng(0), silent, layers="auto"))
    strongest = max((e for e in seen if e.measure == "top_patch"), key=lambda e: e.value)
    print(
        f"patches that drive the layers: {sum(e.measure == 'top_patch' for e in seen)}, the strongest {strongest.id}"
    )
    maps = {"what makes it a four": ours, "a net that learnt nothing": theirs}
    result = gathered("Four, not nine", maps, model=model, evidence=seen)
    result.to_html(folder / "cnn_digits.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reports/examples"))
