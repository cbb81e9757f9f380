"""Names of shap and captum are answered with ours."""

import captum.attr
import numpy as np
import pytest
import shap

import xaikit as xk
from xaikit.auditing.elsewhere import ENGINES
from xaikit.core import plugin

X = np.random.default_rng(0).normal(size=(6, 3))


def score(z):
    return z.sum(axis=1)


def test_each_name_of_ours_is_an_engine():
    assert set(ENGINES.values()) <= set(plugin.names("engines"))
    assert not set(ENGINES) & set(plugin.names("engines"))


@pytest.mark.parametrize("name", sorted(n for n in ENGINES if n[0].isupper()))
def test_each_name_of_theirs_exists_there_and_is_answered(name):
    assert name == "TreeSHAP" or hasattr(shap, name) or hasattr(captum.attr, name)
    with pytest.raises(xk.SpecError, match=f"got engine '{name}'; expected '{ENGINES[name]}'"):
        xk.explain(score, X, engine=name)


@pytest.mark.parametrize(
    ("parameter", "value", "says"),
    [
        ("nsamples", 100, "budget"),
        ("baselines", X[:1], "background"),
        ("feature_mask", [0, 0, 1], "groups"),
        ("masker", X, "background"),
        ("random_state", 0, "seed"),
    ],
)
def test_parameters_of_theirs_are_answered(parameter, value, says):
    with pytest.raises(xk.SpecError, match=f"parameter '{parameter}'; expected {says}"):
        xk.explain(score, X, **{parameter: value})


def test_what_an_engine_has_under_that_name_is_its_own():
    torch = pytest.importorskip("torch")
    net, rows = torch.nn.Linear(3, 1), X.astype("float32")
    with pytest.raises(xk.SpecError, match="parameter 'baselines'; expected background"):
        xk.explain(net, rows, engine="integrated_gradients", baselines=rows[:1])
    assert xk.explain(net, rows, engine="integrated_gradients", baselines=2).background["rows"] == 6
