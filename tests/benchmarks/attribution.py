"""Shapley values and integrated gradients against captum, shap and the bare passes of the net."""

import warnings
from collections.abc import Callable, Iterator

import captum.attr
import numpy as np
import shap
import torch

import xaikit as xk
from tests.benchmarks.harness import Line, cpu_at, interleaved
from tests.benchmarks.models import Counting, data, exact, mlp

EVALUATIONS = 2048


def forward_floor(net, rows: int, features: int, batch: int = 4096) -> Callable[[], object]:
    """Return bare forward passes of `rows` rows, in batches that stay in cache."""
    x = torch.randn(batch, features)

    @torch.inference_mode()
    def run():
        for _ in range(rows // batch):
            net(x)

    return run


def backward_floor(net, rows: int, features: int, batch: int = 4096) -> Callable[[], object]:
    """Return bare forward and backward passes of `rows` rows."""

    def run():
        for _ in range(-(-rows // batch)):
            x = torch.randn(batch, features).requires_grad_()
            torch.autograd.grad(net(x).sum(), x)

    return run


def shapley_overhead(rows: int = 300) -> Iterator[Line]:
    """Time 2048 evaluations a row against the forward passes they need."""
    for features in (20, 50):
        net, (x, _) = mlp(features, trained=False), data(features, rows + 1, seed=1)
        total = rows * EVALUATIONS // 4096 * 4096
        cases = {
            "floor": forward_floor(net, total, features),
            "xaikit": lambda net=net, x=x: xk.explain(net, x[:rows], background=x[-1:], budget=EVALUATIONS),
        }
        cpu = interleaved(cases)
        found = cases["xaikit"]()
        ratio = cpu["xaikit"] / cpu["floor"]
        task = f"Shapley, {rows} × 2048, d = {features}"
        yield Line(task, "floor", cpu["floor"], over_floor=1.0, model_rows=total)
        yield Line(task, "xaikit", cpu["xaikit"], 1.0, ratio, model_rows=int(found.budget["model_rows"]))


def to_two_percent(features: int = 20, known: int = 8, batch: int = 200) -> Iterator[Line]:
    """Find the CPU time a row at which each method is within 2 % of the enumerated values.

    Errors are measured on the rows whose values are enumerated. Methods that take rows together are timed on a batch
    of them; those that go row by row cost the same a row in any batch, and are timed on the known rows.
    """
    truth, net, (x, _) = exact(features, known), mlp(features), data(features, 6000, seed=1)
    behind = x[-1:]
    scalar = _Scalar(net)

    def numpy_net(z):
        with torch.inference_mode():
            return net(torch.as_tensor(np.asarray(z, dtype=np.float32)))[:, 0].numpy()

    def ours(rows, m, seed):
        return xk.explain(net, rows, background=behind, budget=m, seed=seed).values[..., 0]

    def captum_sampling(rows, m, seed):
        torch.manual_seed(seed)
        method = captum.attr.ShapleyValueSampling(scalar)
        both = torch.from_numpy(rows), torch.from_numpy(behind)
        return method.attribute(*both, n_samples=m // features, perturbations_per_eval=features).numpy()

    def captum_kernel(rows, m, seed):
        torch.manual_seed(seed)
        both = torch.from_numpy(rows), torch.from_numpy(behind)
        return captum.attr.KernelShap(scalar).attribute(*both, n_samples=m, perturbations_per_eval=2048).numpy()

    def shap_kernel(rows, m, seed):
        np.random.seed(seed)  # noqa: NPY002  shap knows no other way
        return shap.KernelExplainer(numpy_net, behind).shap_values(rows, nsamples=m, l1_reg=False, silent=True)

    def shap_permutation(rows, m, seed):
        masker = shap.maskers.Independent(behind)
        return shap.PermutationExplainer(numpy_net, masker, seed=seed)(rows, max_evals=m, silent=True).values

    ladders = {
        "xaikit": (ours, (256, 512, 1024, 2048), batch),
        "captum ShapleyValueSampling, batched": (captum_sampling, (1024, 4096, 16384), batch),
        "captum KernelShap, 2048 a call": (captum_kernel, (512, 2048, 8192), 2),
        "shap Kernel, l1_reg=False": (shap_kernel, (512, 1024, 2048, 4096), known),
        "shap Permutation": (shap_permutation, (1024, 4096, 16384), known),
    }
    task, found = "Shapley to 2 % error, d = 20, a row", {}
    for name, (method, budgets, rows) in ladders.items():
        found[name] = cpu_at(0.02, [_measured(method, m, x[:known], truth, x[:rows]) for m in budgets])
    for name, cpu in found.items():
        yield Line(task, name, cpu, cpu / found["xaikit"], error=0.02)
    default = shap.KernelExplainer(numpy_net, behind).shap_values(x[:known], nsamples=4096, silent=True)
    note = "4096 evaluations; no budget gets there: keeps 10 features"
    yield Line(task, "shap Kernel, default", None, error=_error(default, truth), note=note)


class _Scalar(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x)[:, 0]


def _error(values, truth) -> float:
    rows = np.linalg.norm(np.asarray(values).reshape(truth.shape) - truth, axis=1) / np.linalg.norm(truth, axis=1)
    return float(np.sqrt((rows**2).mean()))


def _measured(method, budget: int, known, truth, timed) -> tuple[float, float]:
    """Return CPU-seconds a row, and the error."""
    few = len(timed) < len(known)
    here, there = (known[: len(timed)], truth[: len(timed)]) if few else (known, truth)
    errors = [_error(method(here, budget, seed), there) for seed in range(4)]
    cpu = interleaved({"": lambda: method(timed, budget, 0)}, repeats=1 if few else 3, warm=False)[""]
    return cpu / len(timed), float(np.sqrt(np.mean(np.square(errors))))


def integrated_gradients(rows: int = 1000, features: int = 50) -> Iterator[Line]:
    """Time 50 steps a row against captum and against the passes they need."""
    net, (x, _) = mlp(features, trained=False), data(features, rows + 1, seed=1)
    tensors = torch.from_numpy(x[:rows]), torch.from_numpy(x[-1:])
    method = captum.attr.IntegratedGradients(net)
    cases = {
        "floor": backward_floor(net, 50 * rows, features),
        "xaikit": lambda: xk.explain(net, x[:rows], background=x[-1:], engine="integrated_gradients", steps=50),
        "captum": lambda: method.attribute(*tensors, n_steps=50),
        "captum, 1000 a call": lambda: method.attribute(*tensors, n_steps=50, internal_batch_size=1000),
    }
    yield from _against("IG, MLP 1000 × 50 steps", cases, 50 * rows)
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


def _against(task: str, cases, model_rows: int, repeats: int = 5) -> Iterator[Line]:
    cpu = interleaved(cases, repeats)
    for name, seconds in cpu.items():
        yield Line(task, name, seconds, seconds / cpu["xaikit"], seconds / cpu["floor"], model_rows=model_rows)


def calls_of_a_shapley_explanation(rows: int, budget: int, background: int) -> tuple[int, int]:
    """Return how many rows and calls an explanation puts to a net of 20 features."""
    net, (x, _) = Counting(mlp(20, trained=False)), data(20, rows + background, seed=1)
    xk.explain(net, x[:rows], background=x[rows:], budget=budget)
    return net.rows, net.calls


def lines() -> Iterator[Line]:
    """Yield every line of this module."""
    warnings.filterwarnings("ignore")
    for task in (shapley_overhead, to_two_percent, integrated_gradients):
        yield from task()
