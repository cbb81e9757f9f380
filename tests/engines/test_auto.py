"""`auto` tries what the model allows, says what it tried, and takes the better one."""

import numpy as np
import torch
from sklearn.ensemble import RandomForestRegressor

import xaikit as xk


def rough(z):
    return 3 * z[:, 0] - 2 * z[:, 1] * (z[:, 2] > 0) + np.tanh(z[:, 3])


def test_all_candidates_of_a_black_box_are_named_with_their_scores():
    rng = np.random.default_rng(0)
    x, b = rng.normal(size=(5, 6)), rng.normal(size=(80, 6))
    found = xk.explain(rough, x, background=b, engine="auto")
    because = found.budget["because"]
    assert all(name in because for name in ("shapley:", "shapley, 8 × features:", "occlusion:"))
    assert "integrated_gradients" not in because
    assert found.values.shape == (5, 6, 1)
    assert found.engine in {"shapley", "occlusion"}
    assert np.array_equal(found.values, xk.explain(rough, x, background=b, engine="auto").values)


def test_capabilities_decide_who_competes_and_failures_are_told():
    rng = np.random.default_rng(1)
    b = rng.normal(size=(60, 5)).astype("float32")
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(5, 16), torch.nn.LayerNorm(16), torch.nn.Linear(16, 1))
    of_net = xk.explain(net, b[:3], background=b, engine="auto").budget["because"]
    assert "integrated_gradients:" in of_net
    assert "its values do not add up" in of_net  # DeepLIFT on LayerNorm
    forest = RandomForestRegressor(10, random_state=0).fit(b, rough(b))
    assert "tree_shap:" in xk.explain(forest, b[:3], background=b, engine="auto").budget["because"]
