"""Intervals of means: closed forms, and coverage of skewed draws, which the normal quantile misses."""

import numpy as np
import pytest
from scipy import stats

from xaikit.stats.studentised import effective_degrees, joined_degrees, mean_and_error, quantile

# Fresh distributions: none of those on which the correction was looked at (its docstring lists those).
# The mean of each is known; skewness 1.4, 2.3, 0, 1.6, −1.2.
DRAWS = {
    "gamma of shape 2": (lambda rng, size: rng.gamma(2.0, size=size), 2.0),
    "lognormal": (lambda rng, size: rng.lognormal(0, 0.6, size), np.exp(0.18)),
    "Laplace": (lambda rng, size: rng.laplace(size=size), 0.0),
    "half rare": (lambda rng, size: rng.poisson(0.4, size).astype(float), 0.4),
    "skewed down": (lambda rng, size: rng.beta(5.0, 1.0, size), 5 / 6),
}


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("n", [32, 64, 200])
def test_intervals_of_skewed_draws_cover(name, n):
    """Expected before the run: .93 to .97 from 32 draws on, the remaining error being of order 1 / n²."""
    draw, truth = DRAWS[name]
    draws = draw(np.random.default_rng([11, n]), (n, 6000))
    mean, error, degrees = mean_and_error(draws, axis=0)
    assert 0.93 <= np.mean(np.abs(mean - truth) <= quantile(degrees) * error) <= 0.97


def test_normal_draws_keep_the_coverage_of_t():
    draws = np.random.default_rng(12).normal(size=(10, 20_000))
    mean, error, degrees = mean_and_error(draws, axis=0)
    assert (degrees <= 9).all()
    assert 0.945 <= np.mean(np.abs(mean) <= quantile(degrees) * error) <= 0.97


def test_degrees_are_those_of_the_expansion():
    draws = np.random.default_rng(13).exponential(size=40)
    skew, excess, z = stats.skew(draws, bias=False), stats.kurtosis(draws, bias=False), stats.norm.isf(0.025)
    more = (skew**2 * (z**5 + 2 * z**3 - 3 * z) / 18 - excess * (z**3 - 3 * z) / 12) / 40
    assert quantile(effective_degrees(draws)) == pytest.approx(stats.t.isf(0.025, 39) + more, abs=1e-3)


def test_degrees_do_not_depend_on_scale_axis_or_chunks(monkeypatch):
    draws = np.random.default_rng(14).exponential(size=(3, 50, 2))
    found = effective_degrees(draws, axis=1)
    assert found.shape == (3, 2)
    np.testing.assert_allclose(effective_degrees(1e6 - 1e3 * draws, axis=1), found, rtol=1e-6)
    monkeypatch.setattr("xaikit.stats.studentised.CHUNK", 16)
    np.testing.assert_allclose(effective_degrees(np.moveaxis(draws, 1, 0)), found)


def test_few_or_equal_draws_have_the_usual_degrees():
    assert effective_degrees(np.array([1.0, 5.0, 2.0])).item() == 2
    assert effective_degrees(np.full(9, 0.1)).item() == 8
    mean, error, degrees = mean_and_error(np.ones((1, 4)), axis=0)
    assert mean.tolist() == [1.0] * 4
    assert error is None
    assert degrees is None
    assert quantile(None, 0.9).item() == pytest.approx(1.644854)


def test_two_errors_have_the_degrees_of_welch_and_satterthwaite():
    draw, behind = np.array([0.0, 0.5, 2.0, 1.0]), np.array([1.0, 1.5, 1.0, 0.0])
    with np.errstate(divide="ignore"):
        textbook = (draw + behind) ** 2 / (behind**2 / 11)
    np.testing.assert_allclose(joined_degrees(draw, behind, 12), textbook)
    assert joined_degrees(draw, behind, 1) is None


def test_the_sum_of_a_known_and_an_estimated_variance_keeps_its_coverage():
    """Expected before the run: .94 to .96; the normal quantile has .89 of them."""
    rng = np.random.default_rng(15)
    behind, drawn = rng.normal(size=(6, 20_000)), rng.normal(scale=0.3, size=20_000)
    variance = behind.var(axis=0, ddof=1) / 6
    known = np.full(20_000, 0.09)
    off, error = np.abs(behind.mean(axis=0) + drawn), np.sqrt(variance + known)
    assert 0.94 <= np.mean(off <= quantile(joined_degrees(known, variance, 6)) * error) <= 0.96
    assert np.mean(off <= quantile(None) * error) < 0.94
