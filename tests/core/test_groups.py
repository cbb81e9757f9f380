from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from xaikit.core.decisions import Decisions
from xaikit.core.errors import DataError, SpecError
from xaikit.core.groups import bands, group_name, groups_of, in_order
from xaikit.core.roles import Roles


def test_a_cut_point_belongs_to_the_band_above_it():
    groups = groups_of(pd.Series([39.9, 40, 64, 65, 18]), "age", [40, 65])
    assert groups.names == ("<40", "40–<65", "≥65")
    assert groups.codes.tolist() == [0, 1, 1, 2, 0]


def test_nobody_in_a_band_makes_no_group_and_gaps_are_unknown():
    groups = groups_of(pd.Series([70, None, 12, np.nan]), "age", [40, 65])
    assert groups.names == ("<40", "≥65", "unknown")
    assert groups.codes.tolist() == [1, 2, 0, 2]
    texts = groups_of(pd.Series(["70", " ", "12", "Unknown"]), "age", [40, 65])
    assert (texts.names, texts.codes.tolist()) == (groups.names, groups.codes.tolist())
    assert groups_of(pd.Series([None, None], dtype=object), "age", [40]).names == ("unknown",)


@pytest.mark.parametrize("seed", range(5))
def test_bands_agree_with_pandas_cut(seed):
    rng = np.random.default_rng(seed)
    edges = np.sort(rng.choice(90, 4, replace=False)).astype(float)
    ages = pd.Series(rng.integers(0, 90, 300))
    names = bands(edges)
    ours = groups_of(ages, "age", edges)
    theirs = pd.cut(ages, [-np.inf, *edges, np.inf], right=False, labels=list(names))
    assert [ours.names[c] for c in ours.codes] == theirs.tolist()


def test_names_keep_all_digits_and_sort_as_numbers():
    assert bands([-1.5, 1234567.25]) == ("<-1.5", "-1.5–<1234567.25", "≥1234567.25")
    names = bands([-5, 9, 40, 100, 1000000])
    assert in_order(reversed(names)) == names
    assert in_order({"b", "unknown", "a"}) == ("a", "b", "unknown")


def test_what_is_no_number_cannot_be_cut():
    for bad in ("young", "nan%"):
        with pytest.raises(DataError, match=r"'age'.*roles\.bins.*numbers"):
            groups_of(pd.Series(["30", bad]), "age", [40])


@pytest.mark.parametrize("points", [[], [65, 40], [40, 40], [float("nan")], ["40"]])
def test_cut_points_must_rise(points):
    with pytest.raises(SpecError, match=r"roles\.bins\.age"):
        Roles(sensitive=["age"], bins={"age": points})


def test_only_columns_that_make_groups_are_cut():
    with pytest.raises(SpecError, match=r"'agee'(?s:.*)'age'"):
        Roles(sensitive=["age"], bins={"agee": [40]})


def test_many_uncut_numbers_are_told():
    frame = pd.DataFrame({"age": range(30), "hired": [0, 1] * 15})
    raw = Decisions.of(frame, Roles(decision="hired", sensitive=["age"]))
    assert any("30 numbers in column 'age'" in n for n in raw.notes)
    cut = Decisions.of(frame, Roles(decision="hired", sensitive=["age"], bins={"age": [15]}))
    assert not cut.notes
    assert cut.groups("age").names == ("<15", "≥15")


def test_values_of_several_types_are_told_apart_in_any_order():
    values = [True, 1, 1.0, "1", "True", False, 0, (1, 2), b"x"]
    forth, back = (groups_of(pd.Series(v, dtype=object), "g") for v in (values, values[::-1]))
    assert forth.names == back.names == ("(1, 2)", "0", "1", "False", "True", "b'x'")
    assert [forth.names[c] for c in forth.codes] == [back.names[c] for c in back.codes[::-1]]
    assert [forth.names[c] for c in forth.codes][:6] == ["True", "1", "1", "1", "True", "False"]


def test_values_that_cannot_be_hashed_are_groups_by_their_names():
    lists = pd.Series([[1], None, {"a": 1}, [1]], dtype=object)
    assert groups_of(lists, "g").codes.tolist() == [0, 2, 1, 0]
    arrow = pd.Series([[1], [2], [1]], dtype=pd.ArrowDtype(pa.list_(pa.int64())))
    assert len(groups_of(arrow, "g").names) == 2


def test_a_float_is_named_with_the_digits_that_it_has():
    for kind in ("float32", "Float32", "float[pyarrow]"):
        assert groups_of(pd.Series([0.1, 2.0], dtype=kind), "g").names == ("0.1", "2")


def test_a_duration_has_one_name_whoever_read_it():
    assert group_name(timedelta(hours=1)) == group_name(pd.Timedelta(hours=1)) == "0 days 01:00:00"


def test_half_a_character_is_replaced():
    assert groups_of(pd.Series(["a\ud83d", "b"], dtype=object), "g").names == ("a�", "b")
