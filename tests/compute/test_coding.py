import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from xaikit.compute.coding import FEW, Coding
from xaikit.core.players import Players


def coded(values):
    table = pd.DataFrame({"x": values})
    return Coding.of(table, Players.of(["x"]))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=60, max_size=120))
def test_a_number_is_proposed_that_nobody_or_five_people_have(values):
    grid = coded([float(v) for v in values]).grids[0]
    private = [g for g in grid if values.count(int(g)) not in range(1, FEW)]
    assert len(private) == len(grid) or len(private) < 2  # then too few would be left, and the search itself refuses
    assert min(values) <= grid.min()
    assert grid.max() <= max(values)


def test_the_most_extreme_people_are_not_named():
    rng = np.random.default_rng(0)
    income = np.concatenate([rng.normal(40_000, 8_000, 995), [2_345_678.0, 1_999_999.5, 3e6, 1.5e6, 2.5e6]])
    grid = coded(income).grids[0]
    assert grid.max() < 100_000
    assert not np.isin(grid, income).any()


def test_a_rare_category_is_marked_and_a_new_one_too():
    population = pd.DataFrame({"job": ["cook"] * 5 + ["vet"] * 4})
    people = pd.DataFrame({"job": ["diver", "cook"]})
    coding = Coding.of(population, Players.of(["job"]), people)
    named = coding.patterns[0].job.tolist()
    assert dict(zip(named, coding.rare[0].tolist(), strict=True)) == {"cook": False, "vet": True, "diver": True}


def test_numbers_are_shown_as_people_write_them():
    coding = coded(np.linspace(0, 1, 50))
    assert [coding.shown(0, v) for v in (1234567.0, 0.1 + 0.2, np.float32(0.1), -3.0)] == [
        "1234567",
        "0.3",
        "0.1",
        "-3",
    ]


def test_changes_name_what_a_reader_can_see():
    coding = Coding.of(pd.DataFrame({"a": [1.0, 2.0] * 9, "b": ["x", "y"] * 9}), Players.of(["a", "b"]))
    before, after = coding.encode(pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}))
    assert coding.changes(before, after) == {"a": "1 → 2", "b": "x → y"}
    assert coding.changes(before, before + np.array([1e-12, 0])) == {}
