"""An explanation of a model that answers by chance is not to be relied upon, though it adds up and repeats nearly."""

import numpy as np
import pandas as pd
import pytest

import xaikit as xk

RNG = np.random.default_rng(4)
X = RNG.normal(size=(600, 4))
PEOPLE = pd.DataFrame(X, columns=list("abcd")).assign(sex=RNG.choice(["f", "m"], 600))


def noisy(scale):
    rng = np.random.default_rng(5)
    return lambda z: 1 / (1 + np.exp(-np.asarray(z)[:, 0])) + rng.normal(scale=scale, size=len(z))


@pytest.mark.parametrize(("scale", "verdict"), [(0.05, xk.Verdict.FAIL), (0.0, xk.Verdict.PASS)])
def test_a_model_that_decides_otherwise_when_asked_again_fails_the_gate(scale, verdict):
    result = xk.audit(
        PEOPLE,
        roles={"sensitive": ["sex"]},
        model=noisy(scale),
        features=list("abcd"),
        explain=[{"engine": "shapley", "rows": 10}],
        checks=["faithfulness", "repeatability"],
    )
    found = {f.criterion.id: f for f in result.findings}
    assert found["XT-complete"].verdict is xk.Verdict.PASS
    assert found["XT-repeat"].verdict is verdict
