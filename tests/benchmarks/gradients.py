"""Gradient engines against captum and the bare forward and backward passes of the net."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import captum.attr
import numpy as np
import torch

import xaikit as xk
from tests.benchmarks.harness import Line, interleaved, peak_bytes
from tests.benchmarks.models import data, mlp


def backward_floor(net, rows: int, features: int, batch: int = 4096) -> Callable[[], object]:
    """Return bare forward and backward passes of `rows` rows."""

    def run():
        for _ in range(-(-rows // batch)):
            x = torch.randn(batch, features).requires_grad_()
            torch.autograd.grad(net(x).sum(), x)

    return run


def integrated_gradients(rows: int = 1000, features: int = 50) -> Iterator[Line]:
    """Time 50 steps a row against captum and against the passes they need."""
    net, (x, _) = mlp(features, trained=False), data(features, rows + 1, seed=1)
    tensors = torch.from_numpy(x[:rows]), torch.from_numpy(x[-1:])
    method = captum.attr.IntegratedGradients(net)
    cases = {
        "floor": backward_floor(net, 50 * rows, features),
        "xaikit": lambda: xk.explain(net, x[:rows], background=x[-1:], engine="integrated_gradients", steps=50),
        "xaikit, bfloat16": lambda: half(x, rows, net),
        "captum": lambda: method.attribute(*tensors, n_steps=50),
        "captum, 1000 a call": lambda: method.attribute(*tensors, n_steps=50, internal_batch_size=1000),
    }
    full, low = cases["xaikit"]().values, cases["xaikit, bfloat16"]().values
    lost = float(np.linalg.norm(low - full) / np.linalg.norm(full))
    yield from _against("IG, MLP 1000 × 50 steps", cases, 50 * rows, errors={"xaikit, bfloat16": lost})
    ten = mlp(features, outputs=10, trained=False)
    many = captum.attr.IntegratedGradients(ten)
    cases = {
        "floor": backward_floor(ten, 50 * rows * 10, features),
        "xaikit": lambda: xk.explain(ten, x[:rows], background=x[-1:], engine="integrated_gradients", steps=50),
        "captum, a loop": lambda: [
            many.attribute(*tensors, target=t, n_steps=50, internal_batch_size=1000) for t in range(10)
        ],
    }
    yield from _against("IG, ten targets", cases, 500 * rows, repeats=2)


def half(x, rows: int, net):
    """Return the explanation of `integrated_gradients` with products in bfloat16."""
    return xk.explain(net, x[:rows], background=x[-1:], engine="integrated_gradients", steps=50, precision="bfloat16")


def _against(task: str, cases, model_rows: int, repeats: int = 5, errors: Mapping = MappingProxyType({})):
    cpu = interleaved(cases, repeats)
    for name, seconds in cpu.items():
        over = seconds / cpu["xaikit"], seconds / cpu["floor"]
        yield Line(task, name, seconds, *over, error=errors.get(name), model_rows=model_rows)


def other_gradients(rows: int = 200, features: int = 50) -> Iterator[Line]:
    """Time the other gradient engines against captum's."""
    net, (x, _) = mlp(features, trained=False), data(features, rows + 100, seed=1)
    front, behind = x[:rows], x[rows:]
    tensors = torch.from_numpy(front), torch.from_numpy(behind)
    saliency = captum.attr.NoiseTunnel(captum.attr.Saliency(net))
    cases = {
        "floor": backward_floor(net, 64 * rows, features),
        "xaikit": lambda: xk.explain(net, front, background=behind, engine="smoothgrad", budget=64),
        "captum": lambda: saliency.attribute(tensors[0], nt_samples=64, stdevs=0.15, abs=False),
    }
    yield from _against("SmoothGrad, MLP 200 × 64", cases, 64 * rows)
    sampled = captum.attr.GradientShap(net)
    cases = {
        "floor": backward_floor(net, 200 * rows, features),
        "xaikit": lambda: xk.explain(net, front, background=behind, engine="gradient_shap", budget=200),
        "captum": lambda: sampled.attribute(*tensors, n_samples=200),
    }
    yield from _against("Expected gradients, MLP 200 × 200", cases, 200 * rows)


def deep_lift(features: int = 50, baselines: int = 16) -> Iterator[Line]:
    """Time DeepLIFT of few and of many rows against captum's; the floor are the passes of all pairs."""
    net, (x, _) = mlp(features, trained=False), data(features, 1000 + baselines, seed=1)
    deep, behind = captum.attr.DeepLiftShap(net), x[1000:]
    for rows in (200, 1000):
        cases = {
            "floor": backward_floor(net, 2 * baselines * rows, features),
            "xaikit": lambda n=rows: xk.explain(net, x[:n], background=behind, engine="deep_lift"),
            "captum DeepLiftShap": lambda n=rows: deep.attribute(torch.from_numpy(x[:n]), torch.from_numpy(behind)),
        }
        yield from _against(f"DeepLIFT, MLP {rows} × {baselines} baselines", cases, 2 * baselines * rows)


def memory_of_deep_lift(images: int = 16, baselines: int = 16) -> Iterator[Line]:
    """Measure the CPU and the peak memory of DeepLIFT on images of 128 × 128."""
    net, x, behind = image_net(), torch.randn(images, 3, 128, 128), torch.randn(baselines, 3, 128, 128)
    deep = captum.attr.DeepLiftShap(net)
    cases = {
        "xaikit": lambda: xk.explain(net, x, background=behind, target=0, engine="deep_lift"),
        "captum DeepLiftShap": lambda: deep.attribute(x, behind, target=0),
    }
    yield from _peaks(f"DeepLIFT, CNN {images} × 3 × 128 × 128, {baselines} baselines", cases, images * baselines)


def relevance(rows: int = 1000, features: int = 50, images: int = 64) -> Iterator[Line]:
    """Time the ε-rule against captum's LRP, and its peak memory, on nets of layers that captum knows."""
    net, (x, _) = mlp(features, trained=False), data(features, rows, seed=1)
    lrp = captum.attr.LRP(net)
    cases = {
        "floor": backward_floor(net, rows, features, batch=rows),
        "xaikit": lambda: xk.explain(net, x, background=x[:2], engine="relevance"),
        "captum LRP": lambda: lrp.attribute(torch.from_numpy(x), target=0),
    }
    yield from _against(f"relevance, MLP {rows} rows", cases, rows)
    layers, pictures = list(image_net())[:5], torch.randn(images, 3, 128, 128)
    last = torch.nn.Conv2d(16, 10, 1)
    theirs = captum.attr.LRP(torch.nn.Sequential(*layers, last).eval())
    whole = torch.nn.Sequential(*layers, last, torch.nn.Flatten()).eval()
    cases = {
        "xaikit": lambda: xk.explain(whole, pictures, background=pictures[:2], target=0, engine="relevance"),
        "captum LRP": lambda: theirs.attribute(pictures.clone(), target=(0, 0, 0)),
    }
    yield from _peaks(f"relevance, CNN {images} × 3 × 128 × 128", cases, images)


def image_net() -> torch.nn.Module:
    """Return a small convolutional net."""
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 16, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(16, 16, 3, 2, 1), torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(16, 10),
    ).eval()  # fmt: skip


def memory_of_integrated_gradients(images: int = 16) -> Iterator[Line]:
    """Measure the CPU and the peak memory of 50 steps on images of 128 × 128."""
    net, x, zero = image_net(), torch.randn(images, 3, 128, 128), torch.zeros(1, 3, 128, 128)
    method = captum.attr.IntegratedGradients(net)
    cases = {
        "xaikit": lambda: xk.explain(net, x, background=zero, target=0, engine="integrated_gradients", steps=50),
        "captum": lambda: method.attribute(x, zero, target=0, n_steps=50),
    }
    yield from _peaks(f"IG, CNN {images} × 3 × 128 × 128, 50 steps", cases, 50 * images)


def _peaks(task: str, cases, model_rows: int) -> Iterator[Line]:
    cases["xaikit"]()
    peaks = {name: peak_bytes(case) for name, case in cases.items()}
    cpu = interleaved(cases, repeats=1, warm=False)
    for name, seconds in cpu.items():
        note = f"peak {peaks[name] / 2**20:,.0f} MB"
        yield Line(task, name, seconds, seconds / cpu["xaikit"], None, None, model_rows, note)


def lines() -> Iterator[Line]:
    """Yield every line of this module."""
    warnings.filterwarnings("ignore")
    for task in (
        integrated_gradients,
        other_gradients,
        deep_lift,
        relevance,
        memory_of_integrated_gradients,
        memory_of_deep_lift,
    ):
        yield from task()
