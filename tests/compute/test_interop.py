"""What shap's own plots receive."""

import matplotlib as mpl
import numpy as np
import pytest
import shap
from scipy import stats

import xaikit as xk
from xaikit.compute.interop import to_shap

mpl.use("agg")


@pytest.fixture(scope="module")
def table():
    return np.random.default_rng(0).normal(size=(40, 14))


def test_one_output_loses_its_axis_and_carries_bounds(table):
    ours = xk.explain(lambda z: np.sin(z.sum(axis=1)) + z[:, 0], table[:6], background=table, budget=200)
    theirs = to_shap(ours)
    assert theirs.values.shape == (6, 14)
    assert theirs.base_values.shape == (6,)
    half = stats.t.isf(0.025, 39) * ours.stderr[..., 0]  # of 40 background rows
    np.testing.assert_allclose(theirs.upper_bounds - theirs.values, half, rtol=1e-5)
    np.testing.assert_allclose(theirs.values - theirs.lower_bounds, half, rtol=1e-5)
    assert list(theirs.feature_names) == list(ours.feature_names)
    for plot in (shap.plots.bar, shap.plots.beeswarm):
        plot(theirs, show=False)
    shap.plots.waterfall(theirs[0], show=False)


def test_several_outputs_keep_their_axis(table):
    ours = xk.explain(lambda z: np.column_stack([z[:, 0], z[:, 1] ** 2]), table[:3], background=table)
    theirs = ours.to_shap()
    assert theirs.values.shape == (3, 14, 2)
    assert theirs[:, :, 1].values.shape == (3, 14)
    shap.plots.bar(theirs[:, :, 1], show=False)
