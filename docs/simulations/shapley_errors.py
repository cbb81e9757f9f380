"""Do the standard errors of sampled Shapley values mean what they say? A game whose true values are enumerated."""

import numpy as np
from markdown import share, table

import xaikit as xk

PLAYERS, REPETITIONS = 10, 40
rng = np.random.default_rng(0)
first, second, last = rng.normal(size=(PLAYERS, 24)) * 0.8, rng.normal(size=(24, 24)) * 0.5, rng.normal(size=24)
population = rng.normal(size=(25, PLAYERS))
x = population[:3] + 0.5


def net(z):
    """A small net with interactions."""
    return np.maximum(np.maximum(z @ first, 0) @ second, 0) @ last


truth = xk.explain(net, x, background=population, budget=2**PLAYERS, method="regression").values
scale = np.abs(truth).max()
rows = []
for budget in (60, 120, 300):
    found = [xk.explain(net, x, background=population, budget=budget, seed=s) for s in range(REPETITIONS)]
    miss = np.array([np.abs(f.values - truth) for f in found])
    inside = np.mean([m <= 1.96 * f.detail["stderr_sampling"] for m, f in zip(miss, found, strict=True)])
    residual = max(np.abs(f.residual).max() for f in found)
    rows.append([budget, share(miss.max(axis=(1, 2, 3)).mean() / scale), f"{residual:.0e}", share(inside)])
table(
    [
        "Evaluations a row",
        "Mean largest error, of the largest value",
        "Largest completeness residual",
        "95 % intervals that hold the truth",
    ],
    rows,
)
