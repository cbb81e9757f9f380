"""Where shap and captum are right we agree with them; where they are not, a test says so by name."""

import captum.attr
import numpy as np
import pytest
import shap
import torch

import xaikit as xk
from tests.oracles.shapley import linear


@pytest.fixture(scope="module")
def small():
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1)).double().eval()
    x, b = rng.normal(size=(3, 8)), rng.normal(size=(6, 8))

    def predict(z):
        return net(torch.as_tensor(z)).detach().numpy()[:, 0]

    return net, predict, x, b, xk.explain(net, x, background=b, budget=256)


def test_shap_exact_agrees(small):
    _, predict, x, b, ours = small
    theirs = shap.ExactExplainer(predict, shap.maskers.Independent(b))(x)
    np.testing.assert_allclose(ours.values[..., 0], theirs.values, atol=1e-8)
    np.testing.assert_allclose(ours.base[:, 0], theirs.base_values, atol=1e-8)


def test_shap_kernel_agrees_when_it_enumerates_without_selection(small):
    _, predict, x, b, ours = small
    theirs = shap.KernelExplainer(predict, b).shap_values(x, nsamples=2**8, l1_reg=False, silent=True)
    np.testing.assert_allclose(ours.values[..., 0], theirs, atol=1e-6)


def test_captum_shapley_value_sampling_agrees_within_its_error(small):
    net, _, x, b, _ = small
    ours = xk.explain(net, x, background=b[:1], budget=256)
    torch.manual_seed(0)
    theirs = captum.attr.ShapleyValueSampling(net).attribute(
        torch.tensor(x), torch.tensor(b[:1]), n_samples=400, perturbations_per_eval=8
    )
    assert np.abs(ours.values[..., 0] - theirs.numpy().reshape(x.shape)).max() < 0.05 * np.abs(ours.values).max()


def test_wrong_there_shap_kernel_by_default_sets_half_of_twenty_features_to_zero():
    w = np.linspace(1, 3, 20)
    rng = np.random.default_rng(1)
    x, b = rng.normal(size=(1, 20)), np.zeros((1, 20))
    expected = linear(w, x[0], b)
    theirs = shap.KernelExplainer(lambda z: z @ w, b).shap_values(x, silent=True)[0]
    assert (theirs == 0).sum() == 10
    assert np.abs(theirs - expected).max() > 0.5
    assert theirs.sum() == pytest.approx(expected.sum())  # and additivity does not notice
    ours = xk.explain(lambda z: z @ w, x, background=b)
    np.testing.assert_allclose(ours.values[0, :, 0], expected, atol=1e-9)


def test_wrong_there_captum_kernel_shap_by_default_is_nearly_noise_and_adds_up():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(12, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1)).eval()
    x, zero = torch.randn(1, 12), torch.zeros(1, 12)
    exact = xk.explain(net, x, background=zero, budget=4096)
    runs = np.stack([captum.attr.KernelShap(net).attribute(x, zero).numpy()[0] for _ in range(5)])
    error = np.linalg.norm(runs - exact.values[0, :, 0], axis=1) / np.linalg.norm(exact.values)
    assert np.median(error) > 0.3
    np.testing.assert_allclose(runs.sum(axis=1), (exact.prediction - exact.base)[0, 0], atol=1e-4)
    ours = xk.explain(net, x, background=zero, budget=400)
    miss = np.abs(ours.values - exact.values)
    assert np.linalg.norm(miss) / np.linalg.norm(exact.values) < 0.1
    assert (miss < 4 * ours.stderr).all()


def test_wrong_there_shap_permutation_reseeds_the_global_generator(small):
    _, predict, x, b, _ = small
    np.random.seed(123)  # noqa: NPY002
    shap.PermutationExplainer(predict, shap.maskers.Independent(b), seed=0)(x[:1], silent=True)
    one = np.random.random()  # noqa: NPY002
    np.random.seed(456)  # noqa: NPY002
    shap.PermutationExplainer(predict, shap.maskers.Independent(b), seed=0)(x[:1], silent=True)
    assert np.random.random() == one  # noqa: NPY002  what others drew before has been forgotten


def test_wrong_there_shap_masker_cuts_the_background_silently():
    b = np.random.default_rng(2).normal(size=(5000, 2))
    assert len(shap.maskers.Independent(b).data) == 100
    ours = xk.explain(lambda z: z.sum(axis=1), b[:1], background=b)
    assert ours.background["rows"] == 5000
    assert ours.base[0, 0] == pytest.approx(b.mean(axis=0).sum())
