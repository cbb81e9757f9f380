"""`budget` means evaluations of the model a row in every engine that samples; the older word keeps working."""

import numpy as np
import pandas as pd
import pytest
import torch

import xaikit as xk

OLDER = {"smoothgrad": 1, "gradient_shap": 1, "interactions": 6 * 7 // 2 + 1, "amortized": 2 * 5}  # evaluations each


def net():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)).double().eval()


class Counting(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net, self.rows = net(), 0

    def forward(self, x):
        self.rows += len(x)
        return self.net(x)


def explained(engine, model, rows=3, **parameters):
    table = np.random.default_rng(0).normal(size=(400, 6))
    more = {"train": 200, "certify": 100, "epochs": 1} if engine == "amortized" else {}
    x = table if engine == "amortized" else table[:rows]
    return xk.explain(model, x, background=table[:8], engine=engine, **more, **parameters)


@pytest.mark.parametrize("engine", ["smoothgrad", "gradient_shap", "interactions"])
def test_the_model_is_asked_about_the_budget(engine):
    small, large = Counting(), Counting()
    explained(engine, small, budget=400)
    explained(engine, large, budget=800)
    spent = (large.rows - small.rows) / 3  # what is asked besides does not depend on the budget
    assert 0.8 * 400 <= spent <= 1.25 * 400


@pytest.mark.parametrize("engine", list(OLDER))
def test_the_older_word_means_what_it_meant(engine):
    older, newer = explained(engine, net(), samples=16), explained(engine, net(), budget=16 * OLDER[engine])
    np.testing.assert_array_equal(older.values, newer.values)
    assert older.notes == newer.notes
    assert not any("samples" in n for n in older.notes)


@pytest.mark.parametrize("engine", list(OLDER))
def test_where_both_are_given_the_budget_counts_and_a_note_says_so(engine):
    budget = 16 * OLDER[engine]
    both, one = explained(engine, net(), samples=64, budget=budget), explained(engine, net(), budget=budget)
    np.testing.assert_array_equal(both.values, one.values)
    assert f"both budget and samples were given: budget {budget} counts, samples 64 does not" in both.notes


def test_a_budget_too_small_for_an_error_is_refused():
    with pytest.raises(xk.SpecError, match=r"interactions\.budget: got 40; expected at least 88 evaluations a row"):
        explained("interactions", net(), budget=40)


@pytest.mark.parametrize("engine", ["shapley", "smoothgrad", "gradient_shap", "interactions"])
def test_an_audit_takes_the_word_in_every_engine(engine):
    table = np.random.default_rng(1).normal(size=(120, 6))
    frame = pd.DataFrame(table, columns=list("abcdef")).assign(sex=["f", "m"] * 60)
    result = xk.audit(
        frame, roles=xk.Roles(sensitive=["sex"]), model=net(), features=list("abcdef"), threshold=0.0,
        explain=[{"engine": engine, "budget": 200, "rows": 5}], checks=["representation"],
    )  # fmt: skip
    assert [s.status for s in result.steps if s.name == engine] == ["ran"]
