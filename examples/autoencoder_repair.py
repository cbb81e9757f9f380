"""An autoencoder that finds odd records: which single value makes a record odd?

Ten measurements hang together through three causes. One value of each record is corrupted. The raw residual (where
the rebuilt record differs) is often misled; repairing one value at a time is not.

Run: python examples/autoencoder_repair.py [folder for the report]
"""

import sys
from pathlib import Path

import numpy as np
import torch

import xaikit as xk
from xaikit.adapters.torch_module import TorchModule
from xaikit.auditing.gathered import gathered
from xaikit.compute.composed import reconstruction_error

NAMES = [f"measure {i + 1}" for i in range(10)]


def main(folder):
    torch.set_num_threads(1)  # nets this small lose time by sharing work
    rng = np.random.default_rng(11)
    rows = rng.normal(size=(1500, 3)) @ rng.normal(size=(3, 10)) + 0.05 * rng.normal(size=(1500, 10))
    x = torch.as_tensor(rows, dtype=torch.float32)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        parts = (torch.nn.Linear(10, 16), torch.nn.Tanh(), torch.nn.Linear(16, 3), torch.nn.Linear(3, 16))
        net = torch.nn.Sequential(*parts, torch.nn.Tanh(), torch.nn.Linear(16, 10))
        optimizer = torch.optim.Adam(net.parameters(), 0.01)
        for _ in range(25):
            for part in torch.randperm(len(x)).split(64):
                optimizer.zero_grad()
                torch.nn.functional.mse_loss(net(x[part]), x[part]).backward()
                optimizer.step()
    model = TorchModule(net, name="autoencoder")
    odd, planted = rows[:60].astype(np.float32), rng.integers(10, size=60)
    odd[np.arange(60), planted] += rng.choice([-4, 4], size=60) * rows.std(axis=0)[planted]
    found = xk.explain(
        reconstruction_error(model), odd, background=rows[60:1060], engine="repair", feature_names=NAMES
    )
    repaired = (found.values[:, :, 0].argmax(axis=1) == planted).mean()
    residual = np.abs(model.predict(odd) - odd) / rows.std(axis=0)
    print(
        f"corrupted value found: by repair {repaired:.0%}, by the raw residual "
        f"{(residual.argmax(axis=1) == planted).mean():.0%}, by chance 10%"
    )
    gathered("What makes a record odd", {"repair": found}, model=model).to_html(folder / "autoencoder_repair.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reports/examples"))
