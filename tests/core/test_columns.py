from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from xaikit.core.columns import check_ids, check_names, clusters, numbers, outcome, weights
from xaikit.core.errors import DataError


@pytest.mark.parametrize(
    ("values", "favourable", "expected"),
    [
        (["1.0", "0.0"], 1, [True, False]),
        ([1, 0], "1.0", [True, False]),
        ([True, False], "true", [True, False]),
        (["1", "1.0", " 1", "0"], 1, [True, True, True, False]),
        ([Decimal(1), Decimal(0)], 1, [True, False]),
        ([date(2020, 1, 2), date(2020, 1, 1)], "2020-01-02", [True, False]),
        ([True, 0, "1", 1.0], 1, [True, False, True, True]),
        ([2**53 + 1, 2**53], 2**53 + 1, [True, False]),
        ([0, 0], "1", [False, False]),
    ],
    ids=[
        "texts of floats",
        "text for ints",
        "text for bools",
        "spellings",
        "decimals",
        "dates",
        "mixed",
        "64 bits",
        "all",
    ],
)
def test_the_favourable_value_is_told_by_what_it_stands_for(values, favourable, expected):
    notes = []
    found = outcome(pd.Series(values, dtype=object, name="d").infer_objects(), favourable, "decision", notes)
    assert found.tolist() == expected
    assert bool(notes) == (len(set(expected)) == 1)


@pytest.mark.parametrize(
    ("values", "favourable", "message"),
    [
        (["yes", ""], "yes", "1 missing values, the first in row 2"),
        (["yes", "  ", None], "yes", "2 missing values, the first in row 2"),
        (["yes", "no"], True, "got True; expected one of 'no', 'yes'. In YAML a bare yes is true: write 'yes'"),
        ([[1], [2]], 1, "expected one of"),
        (["a", "b", "c"], "a", "3 different values"),
    ],
    ids=["blank", "blanks", "yaml", "lists", "three"],
)
def test_an_outcome_that_is_none_is_refused(values, favourable, message):
    with pytest.raises(DataError, match=message.replace("(", r"\(")):
        outcome(pd.Series(values, dtype=object, name="d"), favourable, "decision", [])


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pd.Series(["1", "2.5", "high", "4"]), "'high' in row 3; expected numbers"),
        (pd.Series(["1,5", "2"]), "'1,5' in row 1; expected numbers"),
        (pd.to_datetime(pd.Series(["2020-01-01", "2021-01-01"])), "'2020-01-01 00:00:00' in row 1; expected numbers"),
        (pd.to_timedelta(pd.Series([1, 2]), unit="h"), "0 days 01:00:00"),
        (pd.Series([1 + 2j, 0j]), "expected numbers"),
        (pd.Series([[1], [2]]), r"'\[1\]' in row 1; expected numbers"),
        (pd.Series(["1", "", "3"]), "1 NaN or infinite values, the first in row 2"),
    ],
    ids=["word", "comma", "date", "duration", "complex", "list", "blank"],
)
def test_what_is_no_number_is_named_with_its_row(column, message):
    with pytest.raises(DataError, match=message):
        numbers(column, "score column 's'")


def test_numbers_may_be_texts_decimals_or_categories():
    wanted = [0.5, 1.5]
    for column in (
        pd.Series(["0.5", "1.5"]),
        pd.Series([Decimal("0.5"), Decimal("1.5")]),
        pd.Series([0.5, 1.5]).astype("category"),
        pd.Series(["0.5", "1.5"]).astype("category"),
        pd.Series([0.5, 1.5], dtype="Float64"),
    ):
        assert numbers(column, "s").tolist() == wanted


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, -0.5], "a weight of -0.5 in row 2; expected weights of 0 or more"),
        ([1.0, 1e200], r"a weight of 1e\+200 in row 2; expected weights up to 1e\+100. Only their proportions"),
        ([1e-300, 0.0], "no weight above 1e-300"),
        ([1.0, np.inf], "1 NaN or infinite values"),
    ],
    ids=["negative", "huge", "tiny", "infinite"],
)
def test_weights_whose_squares_no_float_holds_are_refused(values, message):
    with pytest.raises(DataError, match=message):
        weights(pd.Series(values, name="w"))


def test_weights_may_all_be_nothing():
    assert weights(pd.Series([0, 0], name="w")).tolist() == [0, 0]


def test_clusters_and_ids_of_any_kind():
    assert clusters(pd.Series([[1], [2], [1]])).tolist() == [0, 1, 0]
    assert clusters(pd.Series(["a", 1, "a"], dtype=object)).tolist() == [0, 1, 0]
    for gap in (None, " "):
        with pytest.raises(DataError, match="1 missing values, the first in row 2"):
            clusters(pd.Series(["a", gap, "b"], name="c"))
    check_ids(pd.Series([2**60, 2**60 + 1], name="i"))
    with pytest.raises(DataError, match="1 missing ids, the first in row 1"):
        check_ids(pd.Series([None, "a"], name="i"))
    with pytest.raises(DataError, match=r"id column 'i�'.*1 duplicate ids, the first 'a'"):
        check_ids(pd.Series(["b", "a", "a"], name="i\x1b"))


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(DataError, match="more than one column named 'g'"):
        check_names(["g", "d", "g"])
    with pytest.raises(DataError, match="more than one column named '1'"):
        check_names([1, "1"])
