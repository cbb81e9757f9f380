"""The faces that users of captum and shap know."""

import captum.attr
import numpy as np
import pytest
import torch

import xaikit as xk
from xaikit.auditing.explainer import Explainer


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(6, 12), torch.nn.ReLU(), torch.nn.Linear(12, 3))


def test_attribute_is_what_captum_gives(net):
    x, b = torch.randn(4, 6), torch.randn(1, 6)
    ours = Explainer(net, "integrated_gradients", steps=200).attribute(x, baselines=b, target=1)
    theirs = captum.attr.IntegratedGradients(net).attribute(x, baselines=b, target=1, n_steps=200)
    assert ours.dtype == theirs.dtype
    torch.testing.assert_close(ours, theirs.detach(), atol=1e-4, rtol=1e-4)
    zero = Explainer(net, "integrated_gradients", steps=200).attribute(x, target=1)
    torch.testing.assert_close(
        zero, captum.attr.IntegratedGradients(net).attribute(x, target=1, n_steps=200).detach(), atol=1e-4, rtol=1e-4
    )


def test_convergence_delta_has_captums_sign(net):
    x = torch.randn(4, 6)
    _, ours = Explainer(net, "integrated_gradients", steps=5).attribute(x, target=0, return_convergence_delta=True)
    _, theirs = captum.attr.IntegratedGradients(net).attribute(x, target=0, n_steps=5, return_convergence_delta=True)
    torch.testing.assert_close(ours.double(), theirs.double(), atol=1e-4, rtol=1e-3)


def test_several_outputs_want_a_target(net):
    with pytest.raises(xk.SpecError, match="one of the 3 outputs"):
        Explainer(net).attribute(torch.randn(2, 6))


def test_call_returns_an_explanation_with_the_bound_background(net):
    b = np.random.default_rng(0).normal(size=(7, 6)).astype("float32")
    found = Explainer(net, background=b, seed=4)(b[:2])
    assert found.values.shape == (2, 6, 3)
    assert found.background["rows"] == 7
    assert found.seed == 4


@pytest.mark.parametrize("baseline", [0.5, np.float32(0.5), torch.tensor(0.5), [0.5, 0.5]])
def test_one_number_is_a_baseline_whatever_it_comes_in(baseline):
    found = Explainer(lambda z: z @ [2.0, 1.0]).attribute(np.array([[1.0, 3.0]]), baselines=baseline)
    np.testing.assert_allclose(found, [[1.0, 2.5]])


CAPTUMS = {
    "integrated_gradients": lambda net, x, **k: captum.attr.IntegratedGradients(net).attribute(x, n_steps=400, **k),
    "deep_lift": lambda net, x, **k: captum.attr.DeepLift(net).attribute(x, **k),
    "occlusion": lambda net, x, **k: captum.attr.Occlusion(net).attribute(x, sliding_window_shapes=(1,), **k),
    "shapley": lambda net, x, **k: captum.attr.ShapleyValues(net).attribute(x, **k),
}


@pytest.mark.parametrize("engine", sorted(CAPTUMS))
@pytest.mark.parametrize("target", [1, [0, 2, 1, 1]], ids=["one", "one a row"])
def test_as_many_baselines_as_rows_belong_to_the_rows(net, engine, target):
    x, b = torch.randn(4, 6), torch.randn(4, 6)
    theirs = CAPTUMS[engine](net, x, baselines=b, target=target).detach()
    steps = {"steps": 400} if engine == "integrated_gradients" else {}
    ours = Explainer(net, engine, **steps).attribute(x, baselines=b, target=target)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_baselines_of_gradient_shap_are_a_background_in_any_number(net):
    x, b = torch.randn(4, 6), torch.randn(4, 6)
    ours = Explainer(net, "gradient_shap").attribute(x, baselines=b, target=1)
    same = xk.explain(net, x, background=b, engine="gradient_shap", target=1)
    np.testing.assert_allclose(ours, same.values[..., 0], atol=1e-6)


def test_a_bound_background_is_never_taken_row_by_row(net):
    x, b = torch.randn(4, 6), torch.randn(4, 6)
    ours = Explainer(net, "occlusion", background=b).attribute(x, target=1)
    same = xk.explain(net, x, background=b, engine="occlusion", target=1)
    np.testing.assert_allclose(ours, same.values[..., 0], atol=1e-6)


@pytest.mark.parametrize("target", [torch.tensor(1), torch.tensor([1])], ids=["number", "one element"])
def test_a_tensor_of_one_number_is_a_target_for_all_rows(net, target):
    x = torch.randn(4, 6)
    ours = Explainer(net, "integrated_gradients", steps=50).attribute(x, target=target)
    theirs = captum.attr.IntegratedGradients(net).attribute(x, target=target, n_steps=50).detach()
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)
