"""A recurrent net over twelve months of three measurements: which month decided?

One month is marked in the second measurement; the first measurement of that month is what counts. The net has to find
both, and the explanation has to find the month.

Run: python examples/time_series.py [folder for the report]
"""

import sys
from pathlib import Path

import numpy as np
import torch

import xaikit as xk
from xaikit.adapters.torch_module import TorchModule
from xaikit.auditing.gathered import gathered
from xaikit.core.target import margin

MONTHS, NAMES = 12, ["refuse", "grant"]


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(3, 24, batch_first=True)
        self.out = torch.nn.Linear(24, 2)

    def forward(self, x):
        return self.out(self.lstm(x)[0].mean(dim=1))


def years(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, MONTHS, 3)).astype(np.float32)
    x[:, :, 1] = 0
    month, people = rng.integers(MONTHS, size=n), np.arange(n)
    x[people, month, 1] = 3.0
    x[people, month, 0] = 2.0 * np.sign(x[people, month, 0])
    return torch.as_tensor(x), torch.as_tensor((x[people, month, 0] > 0).astype(np.int64)), month


def main(folder):
    torch.set_num_threads(1)  # nets this small lose time by sharing work
    x, y, _ = years(2000, 0)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        net = Net()
        optimizer = torch.optim.Adam(net.parameters(), 0.01)
        for _ in range(15):
            for rows in torch.randperm(len(x)).split(64):
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
                optimizer.step()
    model = TorchModule(net, outputs=NAMES)
    test, truth, month = years(200, 1)
    print(f"accuracy: {(model.predict(test).argmax(axis=1) == truth.numpy()).mean():.1%}")
    found = xk.explain(
        model,
        test,
        background=torch.zeros(1, MONTHS, 3),
        engine="integrated_gradients",
        target=margin(1, 0, NAMES),
    )
    hits = (np.abs(found.values[..., 0]).sum(axis=2).argmax(axis=1) == month).mean()
    print(f"the explanation points at the marked month in {hits:.0%} of cases (chance {1 / MONTHS:.0%})")
    gathered("Which month decided", {"months": found}, model=model).to_html(folder / "time_series.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reports/examples"))
