"""The 95 % intervals of gradient engines hold the value over the population of baselines, or of noise."""

import numpy as np
import pytest
import torch

import xaikit as xk


class Waves(torch.nn.Module):
    """Smooth, with interactions; no kinks, so that the integral is exact with few points."""

    def forward(self, x):
        return torch.tanh(x[:, 0] * x[:, 1] + x[:, 2]) + x[:, 3] * torch.sigmoid(2 * x[:, 4])


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    population = rng.normal(size=(2000, 5)).astype("float32")
    return population[:6] + np.float32(0.5), population


def share(truth, explain, repetitions=120):
    inside = []
    for seed in range(repetitions):
        found = explain(seed, np.random.default_rng([seed, 5]))
        inside.append(np.abs(found.values - truth) <= 1.96 * found.stderr + 1e-9)
    return np.mean(inside)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "parameters"),
    [("integrated_gradients", {"baselines": 100, "steps": 16}), ("gradient_shap", {"samples": 200}), ("deep", {})],
)
def test_baseline_error_covers(engine, parameters, rows):
    x, population = rows
    model = Waves()
    if engine == "deep":
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(5, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
        engine, parameters = "deep_lift", {"baselines": 100}
        truth = xk.explain(model, x, background=population[:800], engine=engine, baselines=800).values
        population = population[:800]
    else:
        truth = xk.explain(
            model, x, background=population, engine="integrated_gradients", baselines=2000, steps=16
        ).values

    def explain(seed, rng):
        behind = population[rng.integers(0, len(population), 60)]
        return xk.explain(model, x, background=behind, engine=engine, seed=seed, **parameters)

    assert 0.93 <= share(truth, explain, 60 if engine == "deep_lift" else 120) <= 0.97


@pytest.mark.slow
def test_noise_error_covers(rows):
    x, population = rows[0][:2], rows[1]
    model = Waves()
    truth = xk.explain(
        model, x, background=population, engine="smoothgrad", samples=100_000, noise=0.4, seed=99
    ).values

    def explain(seed, rng):
        return xk.explain(model, x, background=population, engine="smoothgrad", samples=400, noise=0.4, seed=seed)

    assert 0.93 <= share(truth, explain, 600) <= 0.97
