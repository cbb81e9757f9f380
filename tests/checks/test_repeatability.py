"""Models that change their mind, and models that look at their neighbours, are found; steady ones are steady."""

import numpy as np
import pytest
import torch

from xaikit.adapters.function import FunctionModel
from xaikit.adapters.torch_module import TorchModule
from xaikit.checks.repeatability import check
from xaikit.core.target import one_output

ROWS = np.random.default_rng(0).normal(size=(100, 2))


def run(model, **parameters):
    found = check(model, ROWS, one_output(0, ["yes"]), 0.5, np.random.default_rng(1), **parameters)
    return {e.measure: e for e in found}


def test_a_steady_model_differs_by_nothing():
    found = run(FunctionModel(lambda r: r[:, 0]))
    assert [e.value for e in found.values()] == [0.0, 0.0, 0.0]
    assert found["repeat_difference"].n == 100


def test_a_model_that_draws_is_measured():
    noise = np.random.default_rng(3)
    found = run(FunctionModel(lambda r: 0.5 + 0.1 * noise.uniform(-1, 1, size=len(r))), times=5)
    assert 0.1 < found["repeat_difference"].value <= 0.2
    assert found["repeat_difference"].detail["rows_that_differ"] == 100
    assert found["repeat_decisions_changed"].value == pytest.approx(1 - 2 * 0.5**5, abs=0.07)


def test_chance_inside_a_net_is_found():
    class Drops(torch.nn.Module):
        def forward(self, x):
            return torch.nn.functional.dropout(x, 0.5, training=True)[:, :1]

    assert run(TorchModule(Drops()))["repeat_difference"].value > 0


def test_a_model_that_normalises_over_its_batch_is_found():
    found = run(FunctionModel(lambda r: r[:, 0] - r[:, 0].mean()))
    assert found["repeat_difference"].value == 0.0
    assert found["batch_difference"].value > 0.5


def test_a_cache_does_not_hide_the_answer():
    class Cached:
        def __init__(self, inner):
            self.uncached, self.card = inner, inner.card

        def predict(self, batch):
            return np.zeros((len(batch), 1))

    count = iter(range(10_000))
    inner = FunctionModel(lambda r: np.full(len(r), float(next(count))))
    assert run(Cached(inner))["repeat_difference"].value == 1.0
