"""Decimal commas: what a German spreadsheet writes is the number that it means, and what is unclear is refused."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaikit.io.comma_numbers import numbers, pointed, with_points


def german(value, digits, thousands):
    text = f"{value:,.{digits}f}" if thousands else f"{value:.{digits}f}"
    return text.translate(str.maketrans(",.", ".,"))


@given(st.lists(st.floats(-1e9, 1e9)), st.integers(1, 6), st.booleans())
def test_what_was_written_is_what_is_read(values, digits, thousands):
    texts = pa.array([german(v, digits, thousands) for v in values], pa.string())
    expected = [float(f"{v:.{digits}f}") for v in values]
    assert numbers(texts).to_pylist() == expected
    assert [float(t) for t in pointed(texts).to_pylist()] == expected


@pytest.mark.parametrize("text", ["1.234", "1.23,4", "1,2,3", "heavy", "1 234,5", "1.2345,6"])
def test_what_is_no_number_or_could_be_two_is_refused(text):
    with pytest.raises(pa.ArrowInvalid):
        numbers(pa.array([text]))


def test_words_dates_and_versions_stay_as_they_are():
    texts = ["여, 남", "01.02.2026", "1.2.3", "", "12", "a1,5", None]
    assert pointed(pa.array(texts)).to_pylist() == texts


def test_a_batch_is_converted_column_by_column():
    part = pa.record_batch(
        {
            "group": pa.array(["1,5", "x", "1,5", None]).dictionary_encode(),
            "score": pa.array(["0,5", "1.000,25", None, "0,5"]).dictionary_encode(),
            "day": pa.array([1.5, 2.5, 3.5, 4.5]),
        }
    )
    out = with_points(part, {"group": "text", "score": "number", "day": "any"})
    assert out.to_pydict() == {
        "group": ["1.5", "x", "1.5", None],
        "score": [0.5, 1000.25, None, 0.5],
        "day": [1.5, 2.5, 3.5, 4.5],
    }
