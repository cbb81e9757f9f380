"""Values in random order, and the right ones: what does the deletion test say of each?"""

from dataclasses import replace

import numpy as np
from markdown import share, table

import xaikit as xk
from xaikit.adapters.function import FunctionModel
from xaikit.checks.faithfulness import check
from xaikit.core.players import Players
from xaikit.core.progress import silent
from xaikit.core.target import every_output

REPETITIONS, NAMES = 100, tuple("abcdef")
rng = np.random.default_rng(0)
people = rng.normal(size=(300, 6))


def black_box(z):
    """A model with an interaction and two features that it never reads."""
    z = np.asarray(z, dtype=float)
    return 3 * z[:, 0] - 2 * z[:, 1] * (z[:, 2] > 0) + np.tanh(z[:, 3])


def advantage(explanation, seed):
    """Return the evidence of the deletion test."""
    given = (FunctionModel(black_box), people, people, every_output(explanation.output_names))
    found = check(
        {"e": explanation},
        *given,
        np.random.default_rng(seed),
        silent,
        Players.of(NAMES),
        rows=30,
        background_rows=10,
    )
    return next(e for e in found if e.measure == "deletion_advantage")


right = xk.explain(black_box, people[:60], background=people, feature_names=NAMES)
kinds = {"Shapley values of the model": [], "the same values, dealt to random features": []}
for seed in range(REPETITIONS):
    dealt = np.random.default_rng(1000 + seed).permuted(right.values, axis=1)
    kinds["Shapley values of the model"].append(advantage(right, seed))
    kinds["the same values, dealt to random features"].append(advantage(replace(right, values=dealt), seed))
table(
    ["Explanation", "Mean deletion advantage", "Interval above 0 (passes)"],
    [[k, f"{np.mean([e.value for e in v]):.2f}", share(np.mean([e.low > 0 for e in v]))] for k, v in kinds.items()],
)
