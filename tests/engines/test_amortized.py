"""A trained explainer is as good as its certificate says, and no better."""

import numpy as np
import pytest
import torch

import xaikit as xk
from xaikit.engines.amortized import certificate


def smooth(z):
    return 2 * z[:, 0] + z[:, 1] * z[:, 2] + np.tanh(2 * z[:, 3])


def jagged(z):
    return np.sin(9 * z.sum(axis=1)) * 3 + np.sign(z[:, 0] * z[:, 1])


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    return rng.normal(size=(6000, 6)), rng.normal(size=(40, 6))


@pytest.fixture(scope="module")
def learnt(rows):
    x, b = rows
    return xk.explain(smooth, x, background=b, engine="amortized", train=1500, epochs=80)


def test_values_add_up_and_are_near_the_exact_ones(rows, learnt):
    x, b = rows
    exact = xk.explain(smooth, x[:300], background=b, budget=64)
    np.testing.assert_allclose(learnt.residual, 0, atol=1e-12)
    away = learnt.values[:300] - exact.values
    assert 1 - (away**2).sum() / (exact.values**2).sum() > 0.97
    assert learnt.detail["r2"][:4].min() > 0.9
    assert learnt.converged.mean() > 0.8


def test_features_that_never_vary_have_no_share_of_variance(learnt):
    assert np.isnan(learnt.detail["r2"][4:]).all()
    assert not np.isnan(learnt.detail["r2"][:4]).any()
    (said,) = [n for n in learnt.notes if n.startswith("values of a trained net")]
    assert "R² from 0.9" in said or "R² from 1.0" in said
    bound, r2 = certificate(np.ones((100, 2, 1)), np.zeros((100, 2, 1)), np.zeros((100, 2, 1)))
    assert (bound == 1).all()
    assert np.isnan(r2).all()


def test_bound_holds_for_rows_that_were_not_used(rows, learnt):
    x, b = rows
    fresh = xk.explain(smooth, x[-600:], background=b, budget=64).values
    inside = np.abs(learnt.values[-600:] - fresh) <= learnt.detail["conformal_bound"]
    assert inside.mean() >= 0.93  # the bound contains the estimator's error too, so it may be wide


def test_net_that_did_not_learn_is_refused(rows):
    x, b = rows
    found = xk.explain(jagged, x[:1200], background=b, engine="amortized", train=800, certify=200, epochs=20)
    assert found.converged.mean() < 0.2
    assert any(n.startswith("NOT CONVERGED") and "use the engine 'shapley'" in n for n in found.notes)


def test_few_rows_are_refused_and_global_randomness_is_left_alone(rows):
    x, b = rows
    with pytest.raises(xk.DataError, match="Use the engine 'shapley'"):
        xk.explain(smooth, x[:100], background=b, engine="amortized")
    before = torch.get_rng_state()
    xk.explain(smooth, x[:400], background=b, engine="amortized", train=200, certify=100, epochs=1)
    assert torch.equal(before, torch.get_rng_state())


def test_certificate_is_split_conformal():
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(300):
        truth = rng.normal(size=(100, 1, 1))
        bound, _ = certificate(truth[:99] * 0, truth[:99], np.zeros((99, 1, 1)))
        inside.append(abs(truth[99, 0, 0]) <= bound[0, 0])
    assert 0.92 <= np.mean(inside) <= 0.98
