"""Global importance and its ranks."""

from dataclasses import replace

import numpy as np
import pytest

import xaikit as xk
from xaikit.checks.importance import check

W = np.array([3.0, 1.0, 0.98, 0.0])


@pytest.fixture(scope="module")
def explained():
    x = np.random.default_rng(0).normal(size=(400, 4))
    return xk.explain(lambda z: z @ W, x, background=np.zeros((1, 4)), feature_names=list("abcd"))


def test_importance_is_the_mean_absolute_value(explained):
    found = {e.about["feature"]: e for e in check({"s": explained})}
    for i, name in enumerate("abcd"):
        assert found[name].value == pytest.approx(np.abs(explained.values[:, i, 0]).mean())
    assert found["a"].low > found["b"].high
    assert found["d"].value < 1e-12


def test_features_whose_order_is_not_established_share_ranks(explained):
    ranks = {e.about["feature"]: (e.detail["best_rank"], e.detail["worst_rank"]) for e in check({"s": explained})}
    assert ranks == {"a": (1, 1), "b": (2, 3), "c": (2, 3), "d": (4, 4)}


def test_errors_of_the_values_widen_the_interval(explained):
    wide = replace(explained, stderr=np.full_like(explained.values, 0.5))
    plain, wider = (next(iter(check({"s": e}))) for e in (explained, wide))
    assert wider.high - wider.low > plain.high - plain.low + 0.5


def test_interval_covers_the_mean_over_the_population():
    truth = np.sqrt(2 / np.pi) * W[:3]
    inside = []
    for seed in range(200):
        x = np.random.default_rng(seed).normal(size=(150, 4))
        e = xk.explain(lambda z: z @ W, x, background=np.zeros((1, 4)))
        inside += [m.low <= t <= m.high for m, t in zip(check({"s": e}), truth, strict=False)]
    assert 0.93 <= np.mean(inside) <= 0.97


def test_images_are_passed_over_and_outputs_told_apart(explained):
    two = xk.explain(lambda z: np.column_stack([z @ W, -z @ W]), np.ones((3, 4)), background=np.zeros((1, 4)))
    assert {e.about["output"] for e in check({"s": two})} == set(two.output_names)
