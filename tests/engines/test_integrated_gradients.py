"""Integrated gradients against finite differences, closed forms, completeness, and captum."""

import captum.attr
import numpy as np
import pytest
import torch
from torch.nn import functional

import xaikit as xk
from tests.oracles.integrated_gradients import by_differences


class Smooth(torch.nn.Module):
    """Two outputs, interactions, no kinks."""

    def __init__(self, features=5):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = torch.nn.Linear(features, 8).double(), torch.nn.Linear(8, 2).double()

    def forward(self, x):
        return self.second(torch.tanh(self.first(x))) + (x[:, :1] * x[:, 1:2])


def run(model, x, b, **parameters):
    return xk.explain(model, x, background=b, engine="integrated_gradients", **parameters)


def test_values_are_the_integral_of_finite_differences():
    rng = np.random.default_rng(0)
    model, x, b = Smooth(), rng.normal(size=(2, 5)), rng.normal(size=(1, 5))
    found = run(model, x, b)
    for output in range(2):

        def predict(z, output=output):
            return model(torch.tensor(z)).detach().numpy()[:, output]

        expected = [by_differences(predict, row, b[0]) for row in x]
        np.testing.assert_allclose(found.values[..., output], expected, atol=1e-5)
    np.testing.assert_allclose(found.residual, 0, atol=1e-9)
    assert found.stderr is None


def test_background_rows_are_averaged_with_their_sampling_error():
    rng = np.random.default_rng(1)
    model, x, b = Smooth(), rng.normal(size=(3, 5)), rng.normal(size=(10, 5))
    found = run(model, x, b)
    each = np.stack([run(model, x, row[None]).values for row in b])
    np.testing.assert_allclose(found.values, each.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(found.stderr, each.std(axis=0, ddof=1) / np.sqrt(10), atol=1e-9)
    np.testing.assert_allclose(found.base, model(torch.tensor(b)).detach().numpy().mean(axis=0)[None].repeat(3, 0))
    assert run(model, x, b, baselines=4).background["baselines"] == 4


def test_product_is_shared_equally_from_baseline_zero():
    class Product(torch.nn.Module):
        def forward(self, x):
            return x[:, [0, 2]].prod(dim=1)

    found = run(Product(), np.ones((1, 4), dtype="float32"), np.zeros((1, 4), dtype="float32"))
    np.testing.assert_allclose(found.values[0, :, 0], [0.5, 0, 0.5, 0], atol=1e-6)


def test_linear_net_is_input_times_gradient():
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(7, 4), torch.nn.Linear(4, 3))
    x = torch.randn(5, 7)
    found = run(model, x, torch.zeros(1, 7))
    slope = (model[1].weight @ model[0].weight).detach().numpy()
    np.testing.assert_allclose(found.values, x.numpy()[:, :, None] * slope.T[None], atol=1e-5)


def test_functional_relu_is_module_relu():
    class Functional(torch.nn.Module):
        def __init__(self, other):
            super().__init__()
            self.a, self.b = other[0], other[2]

        def forward(self, x):
            return self.b(functional.relu(self.a(x)))

    torch.manual_seed(2)
    module = torch.nn.Sequential(torch.nn.Linear(6, 20), torch.nn.ReLU(), torch.nn.Linear(20, 1))
    x, b = torch.randn(4, 6), torch.randn(3, 6)
    np.testing.assert_array_equal(run(module, x, b).values, run(Functional(module), x, b).values)


def test_steps_adapt_until_the_values_add_up():
    class Steep(torch.nn.Module):
        def forward(self, x):
            return torch.sigmoid(60 * (x.sum(dim=1) - 1.3))

    x = np.full((3, 4), [[0.9], [0.5], [0.1]], dtype="float32")
    zero = np.zeros((1, 4), dtype="float32")
    coarse = run(Steep(), x, zero, steps=4)
    fine = run(Steep(), x, zero, tolerance=1e-3)
    assert not coarse.converged.all()
    assert any(n.startswith("NOT CONVERGED") for n in coarse.notes)
    assert fine.converged.all()
    assert np.abs(fine.residual).max() < 2e-3
    assert fine.detail["steps"].min() < fine.detail["steps"].max()


def test_image_keeps_its_axes_and_adds_up():
    torch.manual_seed(3)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(16, 5),
    )
    x = torch.randn(2, 3, 9, 9)
    found = run(model, x, torch.zeros(1, 3, 9, 9), target=2)
    assert found.values.shape == (2, 3, 9, 9, 1)
    assert np.abs(found.residual).max() < 0.01 * np.abs(found.prediction - found.base).max() + 1e-4


def test_recurrent_net_in_evaluation_mode_is_explained():
    class Reader(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(4)
            self.rnn, self.out, self.drop = (
                torch.nn.LSTM(3, 8, batch_first=True),
                torch.nn.Linear(8, 2),
                torch.nn.Dropout(),
            )

        def forward(self, x):
            return self.out(self.drop(self.rnn(x)[0][:, -1]))

    model = Reader().train()
    found = run(model, torch.randn(2, 6, 3), torch.zeros(1, 6, 3))
    assert found.values.shape == (2, 6, 3, 2)
    assert found.converged.all()
    assert model.training


def test_groups_are_summed_and_block_size_does_not_matter(monkeypatch):
    rng = np.random.default_rng(5)
    model, x, b = Smooth(), rng.normal(size=(6, 5)), rng.normal(size=(3, 5))
    plain = run(model, x, b)
    joined = run(model, x, b, groups={"pair": [1, 3]})
    np.testing.assert_allclose(joined.values[:, 1], plain.values[:, 1] + plain.values[:, 3], atol=1e-12)
    monkeypatch.setattr("xaikit.engines.integrated_gradients.rows_a_call", lambda *a, **k: 2)
    np.testing.assert_allclose(run(model, x, b).values, plain.values, atol=1e-10)


def test_agrees_with_captum():
    torch.manual_seed(6)
    model = torch.nn.Sequential(torch.nn.Linear(20, 32), torch.nn.ReLU(), torch.nn.Linear(32, 3))
    x, b = torch.randn(10, 20), torch.randn(1, 20)
    found = run(model, x, b, steps=50)
    for target in range(3):
        theirs = captum.attr.IntegratedGradients(model).attribute(x, b, target=target, n_steps=50).detach().numpy()
        np.testing.assert_allclose(found.values[..., target], theirs, atol=1e-5)


def test_what_cannot_be_differentiated_is_refused():
    with pytest.raises(xk.SpecError, match="The engine 'shapley' explains any"):
        run(lambda z: z.sum(axis=1), np.ones((2, 3)), np.zeros((1, 3)))
    tokens = torch.nn.Sequential(torch.nn.Embedding(9, 4), torch.nn.Flatten(), torch.nn.Linear(12, 1))
    with pytest.raises(xk.DataError, match="token ids and codes have no gradient"):
        run(tokens, torch.ones(2, 3, dtype=torch.long), torch.zeros(1, 3, dtype=torch.long))


def test_half_precision_says_what_it_costs():
    torch.manual_seed(7)
    model = torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))
    x, b = torch.randn(10, 20), torch.randn(4, 20)
    full, half = (run(model, x, b, steps=32, precision=p) for p in ("model", "bfloat16"))
    error = np.linalg.norm(half.values - full.values) / np.linalg.norm(full.values)
    assert 1e-4 < error < 0.05
    (note,) = [n for n in half.notes if "bfloat16" in n]
    assert float(note.split("differ by ")[1].split("%")[0]) / 100 == pytest.approx(error, rel=0.7)
    np.testing.assert_array_equal(full.prediction, half.prediction)
