"""Where the CPU of a Shapley call goes, part by part: what explains a ratio, and what is left to gain."""

import cProfile
import pstats
from collections.abc import Iterator

import xaikit as xk
from tests.benchmarks.harness import Line
from tests.benchmarks.models import data, mlp

# The first part that has a mark in "file:function" takes the time that the function itself spent.
PARTS = {
    "the net's linear and relu": ("torch._C._nn.linear", "torch.relu"),
    "calling its modules": ("torch/nn/", "_get_tracing_state"),
    "mixing": ("tensor_blends.py", "lerp", "new_empty", "'view'"),
    "tiles, answers": ("masking.py", "tiles.py", "torch_module.py", "target.py", "TensorBase", "numpy.asarray"),
    "the process of odd interactions": ("odd_interactions.py",),
    "regression, variances": ("shapley_values.py", "shapley_sampling.py", "scipy", "cho_"),
    "design": ("coalitions.py", "argpartition", "arraysetops", "random._generator"),
    "the rest": ("",),
}


def shapley_call(rows: int, evaluations: int, features: int, calls: int = 10) -> Iterator[Line]:
    """Profile calls of the default, and yield the share of each part."""
    net, (x, _) = mlp(features), data(features, 6000, seed=1)

    def call():
        return xk.explain(net, x[:rows], background=x[-1:], budget=evaluations)

    call()
    with cProfile.Profile() as profile:
        for _ in range(calls):
            call()
    spent = dict.fromkeys(PARTS, 0.0)
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profile).stats.items():
        spent[next(p for p, marks in PARTS.items() if any(m in f"{file}:{name}" for m in marks))] += own
    whole = sum(spent.values())
    for part, seconds in spent.items():
        task = f"Profile of Shapley, {rows} × {evaluations}, d = {features}"
        yield Line(task, part, seconds / calls, note=f"{seconds / whole:.1%}")


def lines() -> Iterator[Line]:
    """Yield every line of this module."""
    for task in ((200, 600, 20), (300, 2048, 20), (300, 2048, 50)):
        yield from shapley_call(*task)
