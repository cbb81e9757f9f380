import numpy as np
import pytest

from xaikit.stats.adjustment import augmented, e_value, robustness_value, standardized_differences

RNG = np.random.default_rng(0)


def confounded(n=4000, effect=0.0, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.random(n)
    e = 0.2 + 0.6 * x
    a = rng.random(n) < e
    m0 = 0.2 + 0.5 * x
    y = rng.random(n) < m0 + effect * a
    return x, e, a, y, m0


def test_the_adjusted_gap_is_the_effect_where_the_crude_one_is_not():
    _, e, a, y, m0 = confounded(20_000, effect=-0.1)
    crude = y[a].mean() - y[~a].mean()
    found = augmented(y.astype(float), a, e, m0 - 0.1, m0)
    assert abs(crude + 0.1) > 0.08
    assert found.value == pytest.approx(-0.1, abs=3 * found.error)


@pytest.mark.parametrize("wrong", ["outcome", "propensity"])
def test_it_is_doubly_robust(wrong):
    _, e, a, y, m0 = confounded(40_000, effect=-0.1)
    if wrong == "outcome":
        found = augmented(y.astype(float), a, e, np.full(len(a), 0.5), np.full(len(a), 0.5))
    else:
        found = augmented(y.astype(float), a, np.full(len(a), 0.5), m0 - 0.1, m0)
    assert found.value == pytest.approx(-0.1, abs=4 * found.error)


@pytest.mark.slow
def test_its_intervals_cover():
    inside = []
    for seed in range(600):
        _, e, a, y, m0 = confounded(800, effect=-0.1, seed=seed)
        found = augmented(y.astype(float), a, e, m0 - 0.1, m0)
        inside.append(abs(found.value + 0.1) <= 1.96 * found.error)
    assert 0.93 <= np.mean(inside) <= 0.97


def test_rows_without_a_counterpart_are_left_out_and_counted():
    e = np.array([0.0, 0.5, 0.5, 0.5, 1.0])
    found = augmented(np.ones(5), np.array([False, True, False, True, True]), e, np.ones(5), np.ones(5))
    assert (found.n, found.trimmed) == (3, pytest.approx(0.4))
    nobody = augmented(np.ones(2), np.array([True, False]), np.array([1.0, 0.0]), np.ones(2), np.ones(2))
    assert np.isnan(nobody.value)
    assert nobody.trimmed == 1.0


def test_the_e_value_and_the_robustness_value_are_those_of_their_papers():
    # VanderWeele & Ding (2017), table: RR 3.9 → 7.26; Cinelli & Hazlett (2020), Darfur: t 4.18, df 783 → 13.9 %
    assert e_value(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value(1 / 3.9) == pytest.approx(e_value(3.9))
    assert e_value(0.0) == float("inf")
    assert np.isnan(e_value(float("nan")))
    assert robustness_value(4.18, 783) == pytest.approx(0.139, abs=0.0005)
    assert robustness_value(-4.18, 783) == robustness_value(4.18, 783)
    assert robustness_value(0.0, 100) == 0.0


def test_standardized_differences_are_in_units_of_spread():
    member = np.array([True] * 500 + [False] * 500)
    x = np.stack([RNG.normal(size=1000) + member, np.ones(1000)], axis=1)
    found = standardized_differences(x, member)
    assert found[0] == pytest.approx(1.0, abs=0.15)
    assert found[1] == 0.0
