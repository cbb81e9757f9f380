"""SmoothGrad, expected gradients, DeepLIFT and relevance: closed forms, finite differences, and the gate."""

import numpy as np
import pytest
import torch
from torch.nn import functional

import xaikit as xk
from xaikit.adapters.torch_module import TorchModule


def linear(features=6, outputs=2):
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(features, 5), torch.nn.Linear(5, outputs)).double()


def relu_net(features=6, outputs=2):
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(features, 16), torch.nn.ReLU(), torch.nn.Linear(16, outputs)).double()


def slope(net):
    return (net[1].weight @ net[0].weight).detach().numpy()


class Functional(torch.nn.Module):
    """The same net, its activation called as a function that no hook sees."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net[2](functional.relu(self.net[0](x)))


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return rng.normal(size=(4, 6)), rng.normal(size=(12, 6))


@pytest.mark.parametrize("engine", ["gradient_shap", "deep_lift", "integrated_gradients"])
def test_linear_net_has_the_closed_form(engine, rows):
    x, b = rows
    net = linear()
    found = xk.explain(net, x, background=b, engine=engine)
    np.testing.assert_allclose(found.values, (x - b.mean(axis=0))[:, :, None] * slope(net).T[None], atol=1e-6)
    np.testing.assert_allclose(found.residual, 0, atol=1e-6)
    error = np.abs(slope(net).T)[None] * (b.std(axis=0, ddof=1) / np.sqrt(12))[None, :, None]
    error = np.broadcast_to(error, found.stderr.shape)
    np.testing.assert_allclose(found.stderr, error, rtol=1e-6)


def test_smoothgrad_of_a_linear_net_is_its_slope(rows):
    x, b = rows
    net = linear()
    found = xk.explain(net, x, background=b, engine="smoothgrad")
    np.testing.assert_allclose(found.values, np.broadcast_to(slope(net).T, (4, 6, 2)), atol=1e-9)
    assert found.converged.all()
    times = xk.explain(net, x, background=b, engine="smoothgrad", times_input=True)
    np.testing.assert_allclose(times.values, (x - b.mean(axis=0))[:, :, None] * slope(net).T[None], atol=1e-9)
    assert any("do not add up" in n for n in found.notes)


def test_smoothgrad_is_the_gradient_of_the_blurred_output(rows):
    x, b = rows

    class Cubic(torch.nn.Module):
        def forward(self, z):
            return (z**3).sum(dim=1)

    found = xk.explain(Cubic(), x, background=b, engine="smoothgrad", samples=4000, noise=0.5)
    spread = 0.5 * b.std(axis=0, ddof=1)
    expected = 3 * x**2 + 3 * spread**2  # E[3 (x + e)²]
    assert (np.abs(found.values[..., 0] - expected) <= 5 * found.stderr[..., 0] + 1e-6).all()
    assert found.stderr.max() < 0.3


def test_expected_gradients_agree_with_the_integral_within_their_errors(rows):
    x, b = rows
    net = relu_net()
    integral = xk.explain(net, x, background=b, engine="integrated_gradients", steps=400)
    drawn = xk.explain(net, x, background=b, engine="gradient_shap", samples=4000)
    assert (np.abs(drawn.values - integral.values) <= 5 * drawn.stderr + 1e-6).all()
    np.testing.assert_allclose(drawn.base, integral.base)
    few = xk.explain(net, x, background=b, engine="gradient_shap", samples=8, tolerance=0.01)
    assert any(n.startswith("NOT CONVERGED") for n in few.notes)


def test_deep_lift_of_functions_is_that_of_modules(rows):
    x, b = rows
    net = relu_net()
    known = xk.explain(net, x, background=b, engine="deep_lift")
    assert known.converged.all()
    np.testing.assert_allclose(known.residual, 0, atol=1e-9)
    hidden = xk.explain(Functional(net), x, background=b, engine="deep_lift")
    np.testing.assert_array_equal(hidden.values, known.values)
    assert hidden.budget["way"] == known.budget["way"] == "recorded operations"


class Gated(torch.nn.Module):
    """SiLU written as what it is, a product of two activations: no form is known, and captum does not see it."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        y = self.net[0](x)
        return self.net[2](y * torch.sigmoid(y))


def normed():
    torch.manual_seed(2)
    return torch.nn.Sequential(torch.nn.Linear(6, 16), torch.nn.LayerNorm(16), torch.nn.Linear(16, 1)).double()


@pytest.mark.parametrize("make", [lambda: Gated(relu_net()), normed], ids=["product", "LayerNorm"])
def test_deep_lift_is_stopped_at_operations_that_captum_passes_over(make, rows):
    x, b = rows
    found = xk.explain(make(), x, background=b, engine="deep_lift")
    assert not found.converged.all()
    assert found.budget["way"] == "captum"
    assert "no form is known for" in found.budget["because"]
    assert any("holds what DeepLIFT does not know" in n for n in found.notes)


@pytest.mark.parametrize("activation", [torch.nn.SiLU, torch.nn.GELU, torch.nn.Mish])
def test_deep_lift_is_right_at_activations_that_captum_passes_over(activation, rows):
    x, b = rows
    torch.manual_seed(2)
    net = torch.nn.Sequential(torch.nn.Linear(6, 16), activation(), torch.nn.Linear(16, 1)).double()
    found = xk.explain(net, x, background=b, engine="deep_lift")
    assert found.converged.all()
    np.testing.assert_allclose(found.residual, 0, atol=1e-12)


def test_deep_lift_by_captum_is_still_there_where_captum_is_right(rows):
    """A net that captum knows, stopped from being recorded by one operation that changes nothing."""
    x, b = rows

    class Unseen(torch.nn.Module):
        def __init__(self, net):
            super().__init__()
            self.net = net

        def forward(self, z):
            return self.net(z.flip(0).flip(0))

    net = relu_net()
    ours, theirs = (xk.explain(n, x, background=b, engine="deep_lift") for n in (net, Unseen(net)))
    assert (ours.budget["way"], theirs.budget["way"]) == ("recorded operations", "captum")
    for name in ("values", "stderr", "degrees"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    "target",
    [1, "b", "predicted", "all", lambda y: y[:, 0] - y[:, 1]],
    ids=["index", "name", "predicted", "all", "callable"],
)
def test_deep_lift_explains_any_target(target, rows):
    x, b = rows
    net = TorchModule(relu_net(), outputs=["a", "b"], activation="sigmoid")
    found = xk.explain(net, x, background=b, engine="deep_lift", target=target)
    assert found.budget["way"] == "recorded operations"
    assert found.converged.all()
    np.testing.assert_allclose(found.residual, 0, atol=1e-9)


def test_deep_lift_of_images_keeps_their_axes(rows):
    torch.manual_seed(4)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(2, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.GELU(), torch.nn.AdaptiveAvgPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(16, 3),
    )  # fmt: skip
    found = xk.explain(net, torch.randn(3, 2, 8, 8), background=torch.randn(20, 2, 8, 8), engine="deep_lift")
    assert found.values.shape == (3, 2, 8, 8, 3)
    assert found.budget["way"] == "recorded operations"
    assert found.converged.all()
    assert np.abs(found.residual).max() < 1e-5 * np.abs(found.prediction).max()


def test_deep_lift_meets_each_row_and_baseline_once(rows):
    """And once more to see what the net answers when nobody looks; one row goes to `predict` beforehand."""
    x, b = rows
    seen = []

    class Counting(torch.nn.Module):
        def __init__(self, net):
            super().__init__()
            self.net = net

        def forward(self, z):
            seen.append(len(z))
            return self.net(z)

    found = xk.explain(Counting(relu_net()), x, background=b, engine="deep_lift")
    assert found.budget["way"] == "recorded operations"
    assert found.budget["model_rows"] == 4 + 12
    assert sum(seen) == 2 * (4 + 12) + 1


def test_deep_lift_draws_and_counts_its_baselines(rows):
    x, b = rows
    found = xk.explain(relu_net(), x, background=b, engine="deep_lift", baselines=5)
    assert found.background["baselines"] == 5
    single = xk.explain(relu_net(), x, background=b[:1], engine="deep_lift")
    assert single.stderr is None


def test_relevance_without_biases_deals_out_the_output(rows):
    x, b = rows
    torch.manual_seed(3)
    net = torch.nn.Sequential(
        torch.nn.Linear(6, 16, bias=False), torch.nn.ReLU(), torch.nn.Linear(16, 2, bias=False)
    ).double()
    found = xk.explain(net, x, background=b, engine="relevance")
    assert found.converged.all()
    assert not found.base.any()
    np.testing.assert_allclose(found.values.sum(axis=1), found.prediction, rtol=1e-3, atol=1e-6)
    biased = xk.explain(relu_net(), x, background=b, engine="relevance", tolerance=1e-3)
    assert any("relevance is lost" in n for n in biased.notes)


def test_relevance_says_what_it_cannot_walk():
    net = torch.nn.Sequential(torch.nn.GRU(3, 4, batch_first=True)).double()

    class Last(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.read = net

        def forward(self, x):
            return self.read(x)[0][:, -1]

    with pytest.raises(xk.ModelError, match=r"gru in layer read\.0 \(GRU\), for which no rule is known.*occlusion"):
        xk.explain(Last(), np.ones((2, 5, 3)), background=np.zeros((1, 5, 3)), engine="relevance")


@pytest.mark.parametrize("rule", ["epsilon", "gamma", "alpha_beta", "composite"])
def test_relevance_of_a_picture_adds_up_by_every_rule(rule):
    torch.manual_seed(4)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, bias=False), torch.nn.SiLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
        torch.nn.Linear(36, 2, bias=False),
    )  # fmt: skip
    pictures = np.random.default_rng(0).normal(size=(3, 3, 8, 8)).astype("float32")
    found = xk.explain(net, pictures, background=np.zeros_like(pictures), engine="relevance", rule=rule)
    assert found.values.shape == (3, 3, 8, 8, 2)
    assert found.converged.all()


def test_relevance_of_tokens_is_one_number_each():
    torch.manual_seed(5)
    net = torch.nn.Sequential(torch.nn.Embedding(9, 3), torch.nn.Flatten(), torch.nn.Linear(15, 2, bias=False))
    tokens = torch.tensor([[1, 4, 4, 0, 8], [2, 2, 3, 5, 1]])
    found = xk.explain(net, tokens, background=tokens, engine="relevance")
    assert found.values.shape == (2, 5, 2)
    assert found.converged.all()


def test_groups_are_summed_draw_by_draw(rows):
    x, b = rows
    net = relu_net()
    for engine in ("smoothgrad", "gradient_shap", "deep_lift"):
        plain = xk.explain(net, x, background=b, engine=engine)
        joined = xk.explain(net, x, background=b, engine=engine, groups={"g": [0, 3]})
        np.testing.assert_allclose(joined.values[:, 0], plain.values[:, 0] + plain.values[:, 3], atol=1e-9)
        assert joined.values.shape == (4, 5, 2)


@pytest.mark.parametrize("engine", ["gradient_shap", "smoothgrad", "integrated_gradients", "deep_lift", "occlusion"])
def test_a_net_in_half_precision_is_explained(engine, rows):
    x, b = (torch.as_tensor(r, dtype=torch.bfloat16) for r in rows)
    found = xk.explain(relu_net().bfloat16(), x, background=b, engine=engine)
    exact = xk.explain(relu_net().float(), x.float(), background=b.float(), engine=engine)
    # bfloat16 keeps 8 bits; a few operations deep, 5 % of the largest value is several times what rounding explains
    np.testing.assert_allclose(found.values, exact.values, atol=0.05 * np.abs(exact.values).max())
    assert found.data.dtype.kind == "f"


@pytest.mark.parametrize("engine", ["integrated_gradients", "gradient_shap", "smoothgrad"])
def test_outputs_without_a_gradient_are_refused_and_not_explained_by_zeros(engine, rows):
    class Rounded(torch.nn.Module):
        def forward(self, z):
            return z.argmax(dim=1).double()

    x, b = rows
    with pytest.raises(xk.ModelError, match=r"without a gradient.*The engine 'shapley' needs none"):
        xk.explain(Rounded(), x, background=b, engine=engine)
