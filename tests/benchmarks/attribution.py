"""Shapley values against captum, shap and the bare passes of the net."""

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
FLOOR_BATCHES = (512, 1024, 4096)  # the floor is the quickest of them


def forward_floor(net, rows: int, features: int, batch: int = 4096) -> Callable[[], object]:
    """Return bare forward passes of `rows` rows, `batch` of them a call."""
    x = torch.randn(batch, features)

    @torch.inference_mode()
    def run():
        for _ in range(rows // batch):
            net(x)

    return run


def shapley_overhead(rows: int = 300) -> Iterator[Line]:
    """Time 2048 evaluations a row against the forward passes they need, at the batch size that suits the net best."""
    for features in (20, 50):
        net, (x, _) = mlp(features, trained=False), data(features, rows + 1, seed=1)
        total = rows * EVALUATIONS // 4096 * 4096
        floors = {f"floor, {b} rows a call": forward_floor(net, total, features, b) for b in FLOOR_BATCHES}
        cases = floors | {
            "xaikit": lambda net=net, x=x: xk.explain(net, x[:rows], background=x[-1:], budget=EVALUATIONS),
            "xaikit, standard": lambda net=net, x=x: xk.explain(
                net, x[:rows], background=x[-1:], budget=EVALUATIONS, accuracy="standard"
            ),
        }
        cpu = interleaved(cases, repeats=9)
        task, floor = f"Shapley, {rows} × 2048, d = {features}", min(cpu[name] for name in floors)
        for name in floors:
            yield Line(task, name, cpu[name], over_floor=cpu[name] / floor, model_rows=total)
        for name in ("xaikit", "xaikit, standard"):
            spent = int(cases[name]().budget["model_rows"])
            yield Line(task, name, cpu[name], cpu[name] / cpu["xaikit"], cpu[name] / floor, model_rows=spent)


def to_two_percent(features: int = 20, known: int = 8, batch: int = 200) -> Iterator[Line]:
    """Find the CPU time a row at which each method is within 2 % of the enumerated values.

    Errors are measured on the rows whose values are enumerated, over several seeds. Times are taken in turns, on
    `batch` rows for methods that take rows together, on 50 for shap, which goes row by row, and on 20 for captum's
    KernelShap, which takes seconds a row.
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
        "captum KernelShap, 2048 a call": (captum_kernel, (2048, 8192), 20),
        "shap Kernel, l1_reg=False": (shap_kernel, (512, 1024, 2048), 50),
        "shap Permutation": (shap_permutation, (1024, 4096, 16384), 50),
    }
    task, found, notes = "Shapley to 2 % error, d = 20, a row", {}, {}
    timed = {
        (name, m): (lambda method=method, m=m, rows=rows: method(x[:rows], m, 0))
        for name, (method, budgets, rows) in ladders.items()
        for m in budgets
    }
    cpu = interleaved(timed, repeats=3, warm=False)
    for name, (method, budgets, rows) in ladders.items():
        seeds = 3 if method is captum_kernel else 12
        errors = [_over_seeds(method, m, x[:known], truth, seeds) for m in budgets]
        found[name] = cpu_at(0.02, [(cpu[name, m] / rows, e) for m, e in zip(budgets, errors, strict=True)])
        reached = "" if min(errors) <= 0.02 else f", extended from {min(errors):.1%}"
        notes[name] = f"timed on {rows} rows, 3 turns; error over {seeds} seeds{reached}"
    for name, seconds in found.items():
        yield Line(task, name, seconds, seconds / found["xaikit"], error=0.02, note=notes[name])
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


def _over_seeds(method, budget: int, rows, truth, seeds: int) -> float:
    return float(np.sqrt(np.mean([_error(method(rows, budget, seed), truth) ** 2 for seed in range(seeds)])))


def at_4096(features: int = 20, known: int = 8, seeds: int = 16) -> Iterator[Line]:
    """Measure the error at 4096 evaluations a row: a design is one draw, so many seeds are needed."""
    truth, net, (x, _) = exact(features, known), mlp(features), data(features, 6000, seed=1)
    front, behind = x[:known], x[-1:]

    def numpy_net(z):
        with torch.inference_mode():
            return net(torch.as_tensor(np.asarray(z, dtype=np.float32)))[:, 0].numpy()

    def shap_kernel(seed):
        np.random.seed(seed)  # noqa: NPY002  shap knows no other way
        return shap.KernelExplainer(numpy_net, behind).shap_values(front, nsamples=4096, l1_reg=False, silent=True)

    def ours(accuracy):
        return lambda seed: xk.explain(
            net, front, background=behind, budget=4096, seed=seed, accuracy=accuracy
        ).values[..., 0]

    task = "Shapley at 4096 evaluations, d = 20"
    methods = {
        "xaikit": ours("auto"),
        "xaikit, accuracy high": ours("high"),
        "xaikit, standard": ours("standard"),
        "shap Kernel, l1 off": shap_kernel,
    }
    cpu = interleaved({name: lambda m=method: m(0) for name, method in methods.items()}, repeats=1, warm=False)
    for name, method in methods.items():
        error = float(np.sqrt(np.mean([_error(method(seed), truth) ** 2 for seed in range(seeds)])))
        ratio = cpu[name] / cpu["xaikit"]
        yield Line(task, name, cpu[name] / known, ratio, None, error, 4096, f"error over {seeds} seeds")


def with_100_background_rows(features: int = 12, known: int = 6) -> Iterator[Line]:
    """Find the model rows a row at which a method is within 1.5 % of the values, 100 background rows."""
    net, (x, _) = mlp(features), data(features, 6000, seed=1)
    front, behind = x[:known], x[-100:]
    truth = xk.explain(net, front, background=behind, budget=2**features).values[..., 0]

    def numpy_net(z):
        with torch.inference_mode():
            return net(torch.as_tensor(np.asarray(z, dtype=np.float32)))[:, 0].numpy()

    def theirs(m, seed):
        masker = shap.maskers.Independent(behind, max_samples=100)
        return shap.PermutationExplainer(numpy_net, masker, seed=seed)(front, max_evals=m, silent=True).values

    def ours(method):
        return lambda m, seed: xk.explain(net, front, background=behind, budget=m, seed=seed, method=method).values[
            ..., 0
        ]

    task, found = "Shapley to 1.5 % error, 100 background rows", {}
    ladders = {
        "xaikit, permutation": (ours("permutation"), (16, 32, 64, 128)),
        "xaikit, regression": (ours("regression"), (64, 128, 256)),
        "shap Permutation": (theirs, (100, 200, 400, 800)),
    }
    for name, (method, budgets) in ladders.items():
        errors = [np.sqrt(np.mean([_error(method(m, seed), truth) ** 2 for seed in range(4)])) for m in budgets]
        found[name] = cpu_at(0.015, [(100.0 * m, float(e)) for m, e in zip(budgets, errors, strict=True)])
    for name, rows in found.items():
        ratio = rows / found["xaikit, permutation"]
        yield Line(task, name, None, error=0.015, model_rows=round(rows), note=f"× {ratio:.1f} model rows")


class _Reads(torch.nn.Module):
    """The net on the first columns of a wide table."""

    def __init__(self, net, columns: int):
        super().__init__()
        self.net, self.columns = net, columns

    def forward(self, x):
        return self.net(x[:, : self.columns])


def wide_tables(read: int = 20) -> Iterator[Line]:
    """Time tables of which a net reads few columns against the same tables with these columns alone."""
    net = mlp(read, trained=False)
    for features, rows, background in ((24, 300, 1), (200, 300, 1), (200, 100, 50), (200, 5, 1)):
        x = data(features, rows + background, seed=1)[0]
        behind, wide = x[rows:], _Reads(net, read)
        cases = {
            "xaikit": lambda x=x, n=rows, b=behind, m=wide: xk.explain(m, x[:n], background=b),
            "xaikit, the columns that are read": lambda x=x, n=rows, b=behind: xk.explain(
                net, np.ascontiguousarray(x[:n, :read]), background=np.ascontiguousarray(b[:, :read])
            ),
        }
        cpu = interleaved(cases, repeats=5)
        task = f"Shapley, {rows} rows, {background} background rows, d = {features}, {read} read"
        for name, case in cases.items():
            spent = int(case().budget["model_rows"]) // rows
            yield Line(task, name, cpu[name], cpu[name] / cpu["xaikit"], model_rows=spent, note="model rows a row")


def amortized(features: int = 20, rows: int = 1_000_000, sampled: int = 20_000) -> Iterator[Line]:
    """Time the amortised explainer on very many rows, and the sampling engine on a part of them, a row."""
    net, (x, _) = mlp(features), data(features, rows, seed=3)
    behind, found = x[:50], {}

    def learned():
        found["x"] = xk.explain(net, x, background=behind, engine="amortized")

    few = interleaved({"": lambda: xk.explain(net, x[:sampled], background=behind)}, repeats=1, warm=False)[""]
    cpu = interleaved({"amortized": learned}, repeats=1, warm=False)["amortized"] / rows
    task = f"Shapley of {rows:,} rows, d = {features}, 50 background rows, a row"
    r2 = found["x"].detail["r2"]
    note = f"R² {r2.min():.2f} to {r2.max():.2f}, certified rows {found['x'].converged.mean():.0%}"
    yield Line(task, "xaikit amortized, training included", cpu, 1.0, note=note)
    note = f"tolerance 5 %; measured on {sampled:,} rows, extended linearly"
    yield Line(task, "xaikit shapley", few / sampled, few / sampled / cpu, note=note)


def calls_of_a_shapley_explanation(rows: int, budget: int, background: int) -> tuple[int, int]:
    """Return how many rows and calls an explanation puts to a net of 20 features."""
    net, (x, _) = Counting(mlp(20, trained=False)), data(20, rows + background, seed=1)
    xk.explain(net, x[:rows], background=x[rows:], budget=budget)
    return net.rows, net.calls


def lines() -> Iterator[Line]:
    """Yield every line of this module."""
    warnings.filterwarnings("ignore")
    for task in (shapley_overhead, to_two_percent, at_4096, with_100_background_rows, wide_tables, amortized):
        yield from task()
