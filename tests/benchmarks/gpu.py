"""On a card: which share of its own bare passes is kept, rows per second against captum on the same card, bfloat16.

`python -m tests.benchmarks gpu` (or `make bench-gpu`) prints the table, ready for README.md; wall time between
synchronised ends, because a card works while the process waits. Without a card it runs on the CPU, and says so.
"""

import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy

import captum.attr
import numpy as np
import torch

import xaikit as xk
from tests.benchmarks.harness import Line
from tests.benchmarks.models import data, mlp
from xaikit.compute.devices import describe, resolve

BATCH = 65_536


def synchronised(device: torch.device) -> None:
    """Wait until the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def walls(cases: Mapping[str, Callable[[], object]], device: torch.device, repeats: int) -> dict[str, float]:
    """Return the median wall-clock seconds of each case, measured in turns after one warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(repeats + 1):
        for name, run in cases.items():
            synchronised(device)
            start = time.perf_counter()
            run()
            synchronised(device)
            if number:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(s) for name, s in seconds.items()}


def forward_passes(net: torch.nn.Module, rows: int, shape: tuple[int, ...], device: torch.device):
    """Return bare forward passes of `rows` rows in the card's best batches."""
    batch = min(BATCH, rows)
    x = torch.randn(batch, *shape, device=device)

    @torch.inference_mode()
    def run():
        for _ in range(-(-rows // batch)):
            net(x)

    return run


def backward_passes(net: torch.nn.Module, rows: int, shape: tuple[int, ...], device: torch.device, batch: int):
    """Return bare forward and backward passes of `rows` rows."""
    batch = min(batch, rows)
    x = torch.randn(batch, *shape, device=device)

    def run():
        for _ in range(-(-rows // batch)):
            z = x.detach().requires_grad_()
            torch.autograd.grad(net(z)[..., 0].sum(), z)

    return run


def shapley(
    device: torch.device, rows: int, repeats: int, evaluations: int = 2048, features: int = 50
) -> Iterator[Line]:
    """Time Shapley values of a net of 50 features at 2048 evaluations a row."""
    net, (x, _) = deepcopy(mlp(features, trained=False)).to(device), data(features, rows + 1, seed=1)
    front, behind = (torch.from_numpy(a).to(device) for a in (x[:rows], x[-1:]))
    sampling = captum.attr.ShapleyValueSampling(net)

    def ours(accuracy: str):
        return xk.explain(net, x[:rows], background=x[-1:], budget=evaluations, accuracy=accuracy)

    cases = {
        "floor: bare forward passes": forward_passes(net, rows * evaluations, (features,), device),
        "xaikit, standard": lambda: ours("standard"),
        "xaikit": lambda: ours("auto"),
        "captum ShapleyValueSampling": lambda: sampling.attribute(
            front, behind, n_samples=evaluations // features, perturbations_per_eval=features
        ),
    }
    yield from _lines(f"Shapley, MLP {rows:,} × {evaluations}", cases, device, rows, repeats)


def gradients(device: torch.device, rows: int, repeats: int, steps: int = 50, features: int = 50) -> Iterator[Line]:
    """Time integrated gradients of the same net, in full and in half precision."""
    net, (x, _) = deepcopy(mlp(features, trained=False)).to(device), data(features, rows + 1, seed=1)
    front, behind = (torch.from_numpy(a).to(device) for a in (x[:rows], x[-1:]))
    task, method = f"IG, MLP {rows:,} × {steps} steps", captum.attr.IntegratedGradients(net)

    def ours(precision: str):
        return xk.explain(
            net, x[:rows], background=x[-1:], engine="integrated_gradients", steps=steps, precision=precision
        )

    cases = {
        "floor: bare forward and backward": backward_passes(net, rows * steps, (features,), device, BATCH),
        "xaikit": lambda: ours("model"),
        "xaikit, bfloat16": lambda: ours("bfloat16"),
        "captum, 65,536 a call": lambda: method.attribute(front, behind, n_steps=steps, internal_batch_size=BATCH),
    }
    yield from _lines(task, cases, device, rows, repeats, _error(ours("bfloat16"), ours("model")))


def images(device: torch.device, count: int, side: int, repeats: int, steps: int = 50) -> Iterator[Line]:
    """Time integrated gradients of a convolutional net, in full and in half precision."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 64, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(64, 128, 3, 2, 1), torch.nn.ReLU(),
        torch.nn.Conv2d(128, 128, 3, 2, 1), torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(128, 10),
    ).eval().to(device)  # fmt: skip
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    x, zero = torch.randn(count, 3, side, side, device=device), torch.zeros(1, 3, side, side, device=device)
    method = captum.attr.IntegratedGradients(net)

    def ours(precision: str):
        return xk.explain(
            net, x, background=zero, target=0, engine="integrated_gradients", steps=steps, precision=precision
        )

    cases = {
        "floor: bare forward and backward": backward_passes(net, count * steps, (3, side, side), device, 256),
        "xaikit": lambda: ours("model"),
        "xaikit, bfloat16": lambda: ours("bfloat16"),
        "captum, 256 a call": lambda: method.attribute(x, zero, target=0, n_steps=steps, internal_batch_size=256),
    }
    task = f"IG, CNN {count} × 3 × {side} × {side}, {steps} steps"
    yield from _lines(task, cases, device, count, repeats, _error(ours("bfloat16"), ours("model")))


def _error(half: xk.Explanation, full: xk.Explanation) -> float:
    return float(np.linalg.norm(half.values - full.values) / np.linalg.norm(full.values))


def _lines(
    task: str,
    cases: Mapping[str, Callable[[], object]],
    device: torch.device,
    rows: int,
    repeats: int,
    half: float | None = None,
) -> Iterator[Line]:
    seconds = walls(cases, device, repeats)
    floor = next(s for name, s in seconds.items() if name.startswith("floor"))
    for name, wall in seconds.items():
        note = f"{rows / wall:,.0f} rows/s, {floor / wall:.2f} of the bare passes"
        yield Line(
            task, name, wall, wall / seconds["xaikit"], wall / floor, half if "bfloat16" in name else None, None, note
        )


def lines(
    device: str = "auto", rows: int = 20_000, pictures: int = 64, side: int = 128, repeats: int = 5
) -> Iterator[Line]:
    """Yield every line of this module; one line first names the device and the library."""
    warnings.filterwarnings("ignore")
    where = resolve(device)
    note = "wall time" if where.type != "cpu" else "wall time; NO CARD: figures of the CPU"
    yield Line("Device", f"{describe(where)}, torch {torch.__version__}", None, note=note)
    yield from shapley(where, rows, repeats)
    yield from gradients(where, rows, repeats)
    yield from images(where, pictures, side, repeats)
