"""A net that answers with Shapley values: trained on estimates, one forward pass a row thereafter."""

import numpy as np
import torch
from numpy.typing import NDArray

from xaikit.compute.batches import in_batches

Floats = NDArray[np.float64]


class ExplainerNet(torch.nn.Module):
    """A small net from rows to values, whose values sum to a total that is handed in.

    Parameters
    ----------
    columns : int
        Numbers a row.
    players, outputs : int
        Values a row.
    generator : torch.Generator
        Draws the first weights.
    width : int
        Of the two hidden layers.
    """

    def __init__(
        self, columns: int, players: int, outputs: int, generator: torch.Generator, width: int = 128
    ) -> None:
        super().__init__()
        self.players, self.outputs = players, outputs
        self.body = torch.nn.Sequential(
            _linear(columns, width, generator),
            torch.nn.GELU(),
            _linear(width, width, generator),
            torch.nn.GELU(),
            _linear(width, players * outputs, generator),
        )
        self.skip = _linear(columns, players * outputs, generator)

    def forward(self, rows: torch.Tensor, total: torch.Tensor) -> torch.Tensor:
        """Return values (n, players, outputs) that sum to `total` (n, outputs)."""
        values: torch.Tensor = (self.body(rows) + self.skip(rows)).view(-1, self.players, self.outputs)
        gap = total - values.sum(dim=1)
        return values + gap[:, None] / self.players


def trained(
    rows: Floats, values: Floats, rng: np.random.Generator, device: torch.device, epochs: int = 200, batch: int = 256
) -> ExplainerNet:
    """Train an explainer on estimated values; errors that are independent between rows average out.

    Parameters
    ----------
    rows : float array, shape (n, columns)
        Standardised.
    values : float array, shape (n, players, outputs)
        Estimates, in units of their own spread.
    rng : numpy.random.Generator
        Initial weights and order of the batches; the global generator is left alone.
    device : torch.device
        Where it is trained.
    epochs, batch : int
        Passes over the rows, and rows a step.

    References
    ----------
    Covert, I. et al. (2024). Stochastic amortization: a unified approach to accelerate feature and data attribution.
    NeurIPS 37.
    """
    generator = torch.Generator()
    generator.manual_seed(int(rng.integers(2**31)))
    net = ExplainerNet(rows.shape[1], values.shape[1], values.shape[2], generator).to(device)
    x, y = (torch.as_tensor(a, dtype=torch.float32, device=device) for a in (rows, values))
    total = y.sum(dim=1)
    optimizer = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=1e-4)
    steps = epochs * -(-len(x) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for _ in range(epochs):
        order = torch.as_tensor(rng.permutation(len(x)), device=device)
        for part in torch.split(order, batch):
            optimizer.zero_grad()
            ((net(x[part], total[part]) - y[part]) ** 2).mean().backward()
            optimizer.step()
            schedule.step()
    return net.eval()


def _linear(columns: int, width: int, generator: torch.Generator) -> torch.nn.Linear:
    """Return a layer whose weights come from a generator of its own: torch's layers draw from the global one."""
    layer = torch.nn.Linear(columns, width, device="meta").to_empty(device="cpu")
    bound = columns**-0.5
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
    return layer


def answered(net: ExplainerNet, rows: Floats, total: Floats, size: int = 65_536) -> Floats:
    """Return the net's values for rows, float array (n, players, outputs)."""
    device = next(net.parameters()).device

    def values(places: NDArray[np.intp]) -> torch.Tensor:
        part = slice(int(places[0]), int(places[-1]) + 1)
        x, t = (torch.as_tensor(a[part], dtype=torch.float32, device=device) for a in (rows, total))
        made: torch.Tensor = net(x, t)
        return made

    with torch.inference_mode():
        return in_batches(values, np.arange(len(rows)), size).astype(np.float64)
