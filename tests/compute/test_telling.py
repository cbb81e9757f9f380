import numpy as np
import pytest

from xaikit.compute.telling import Column, told


def test_what_is_a_category_and_what_a_number():
    assert Column.of(["a", "b", None]).category
    assert Column.of(np.array([0, 1] * 50)).category
    assert not Column.of(np.arange(100)).category
    assert Column.of(np.arange(100), category=True).category
    filled = Column.of(np.append(np.arange(100.0), np.nan))
    assert filled.values[-1] == 49.5


def test_bytes_that_are_no_text_are_categories():
    for kind in (object, "S2"):
        assert Column.of(np.array([b"\xff", b"a", b"\xff"], dtype=kind)).values.tolist() == [0.0, 1.0, 0.0]


def test_no_row_is_foretold_by_itself():
    # every row its own category: whoever peeked would know all, whoever did not knows the mean
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 400)
    alone = Column.of(np.arange(400), category=True)
    chances, fold = told([alone], truth, 5, rng)
    assert np.abs(chances[:, 1] - truth.mean()).max() < 0.02
    assert np.bincount(fold).tolist() == [80] * 5
    together, _ = told([alone, Column.of(rng.normal(size=400))], truth, 5, rng)
    assert np.mean((together[:, 1] > 0.5) == truth) < 0.6


def test_a_table_is_found_as_it_is():
    rng = np.random.default_rng(1)
    town = rng.integers(0, 4, 20_000)
    p = np.array([0.1, 0.3, 0.6, 0.9])
    truth = (rng.random(20_000) < p[town]).astype(int)
    chances, _ = told([Column.of(town)], truth, 5, rng)
    assert np.allclose(chances[:, 1], p[town], atol=0.03)
    assert np.allclose(chances.sum(axis=1), 1)
    number = 10 * p[town] + rng.normal(size=20_000)
    means, _ = told([Column.of(town)], number, 5, rng)
    assert np.allclose(means, 10 * p[town], atol=0.1)


@pytest.mark.parametrize("shape", [lambda x: 2 * x, lambda x: 3 * (x**2 - 1)])
def test_a_line_and_a_curve_are_both_found(shape):
    rng = np.random.default_rng(2)
    x = rng.normal(size=8000)
    p = 1 / (1 + np.exp(-shape(x)))
    truth = (rng.random(8000) < p).astype(int)
    chances, _ = told([Column.of(x)], truth, 5, rng)
    assert np.abs(chances[:, 1] - p).mean() < 0.03
    number = shape(x) + rng.normal(size=8000)
    found, _ = told([Column.of(x)], number, 5, rng)
    inner = np.abs(x) < 2.5
    assert np.abs(found - shape(x))[inner].mean() < 0.15
