"""A screen that asks more of women. How often does the recourse gap see it, and how often one that is not there?"""

import numpy as np
import pandas as pd
from markdown import share, table

import xaikit as xk

REPETITIONS, PEOPLE = 24, 250
FEATURES = ["female", "skill", "tests"]


def gap(penalty, seed):
    """Return the recourse gap of women against men in one sample of people, with its limits."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"female": rng.integers(0, 2, PEOPLE)})
    people["skill"], people["tests"] = rng.normal(size=PEOPLE), rng.normal(size=PEOPLE)

    def screen(batch):
        female, skill, tests = np.asarray(batch, dtype=float).T
        return 1 / (1 + np.exp(-(skill + tests - penalty * female - 0.5)))

    result = xk.audit(
        people,
        roles=xk.Roles(sensitive=["female"]),
        model=screen,
        features=FEATURES,
        checks={
            "recourse": {"immutable": ["female"], "rows": PEOPLE, "donors": 200, "examples": 0, "retrainings": 0}
        },
        seed=seed,
    )
    (found,) = result.measured("recourse_cost_gap")
    sign = 1 if found.about["group"] == "1" else -1
    return sorted((sign * found.low, sign * found.value, sign * found.high))


rows = []
for penalty in (0.0, 0.5, 1.0):
    low, value, high = np.array([gap(penalty, seed) for seed in range(REPETITIONS)]).T
    rows.append([penalty, f"{value.mean():.3f}", share(np.mean(low > 0)), share(np.mean(high < 0))])
table(
    [
        "Penalty on the score of women",
        "Mean recourse gap, women − men",
        "Interval above 0: a longer way for women",
        "Interval below 0: a longer way for men",
    ],
    rows,
)
