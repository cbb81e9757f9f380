"""Association on the scale of a correlation: normal columns, codes without order, and independence."""

import numpy as np
import pytest

from xaikit.stats.association import associations


@pytest.mark.parametrize("correlation", [0.3, -0.6, 0.9])
def test_of_normal_columns_it_is_the_correlation(correlation):
    """Expected before the run: within .05; Spearman's is .02 smaller than the correlation, deciles lose some more."""
    rng = np.random.default_rng(61)
    x = rng.normal(size=20_000)
    y = correlation * x + np.sqrt(1 - correlation**2) * rng.normal(size=20_000)
    assert associations(np.column_stack([x, y]))[0, 1] == pytest.approx(abs(correlation), abs=0.05)


def test_codes_whose_order_means_nothing_are_associated_where_ranks_see_nothing():
    code = np.tile([0.0, 1.0, 2.0], 300)
    middle = (code == 1).astype(float)
    found = associations(np.column_stack([code, middle]))
    assert abs(np.corrcoef(code, middle)[0, 1]) < 1e-9
    assert found[0, 1] == pytest.approx(np.sqrt(0.5), abs=0.01)  # φ² = 1: the one follows from the other
    assert np.diag(found).tolist() == [1.0, 1.0]


def test_independent_and_constant_columns_have_none():
    """Expected before the run: φ² less its expectation is within 4 of its standard deviations, √(2 · 81) / n."""
    rng = np.random.default_rng(62)
    x = np.column_stack([rng.normal(size=(1000, 4)), np.ones(1000), rng.integers(0, 3, 1000)])
    found = associations(x) - np.eye(6)
    assert found.max() < np.sqrt(4 * np.sqrt(2 * 81) / 1000)
    assert found[4].max() == 0
