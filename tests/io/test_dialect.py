"""Tables as spreadsheets leave them: every way of writing one table reads back as the same table."""

import contextlib

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaikit.core.errors import DataError
from xaikit.io.dialect import Dialect, dialect
from xaikit.io.tables import READ_AS, read_table

GERMAN = pd.DataFrame({"Geschlecht": ["männlich", "weiblich", "männlich"], "Gehalt": [3000.5, 1200.25, -7.125]})
KOREAN = pd.DataFrame({"성별": ["여", "남", "여성"], "점수": [1.5, 2.25, 3.0]})


def written(tmp_path, frame, encoding, separator, decimal, name="t.csv"):
    path = tmp_path / name
    frame.to_csv(path, index=False, encoding=encoding, sep=separator, decimal=decimal)
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize(
    ("frame", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "cp1252"),
        (KOREAN, "utf-8"),
        (KOREAN, "utf-16"),
        (KOREAN, "cp949"),
        (KOREAN, "utf-8-sig"),
    ],
)
def test_every_way_of_writing_reads_back(tmp_path, frame, encoding, separator, decimal):
    if separator == decimal:
        return  # numbers in quotes: no program writes that unasked
    path = written(tmp_path, frame, encoding, separator, decimal)
    read = read_table(path)
    pd.testing.assert_frame_equal(read, frame)


def test_the_usual_way_is_not_mentioned_and_any_other_is(tmp_path):
    assert READ_AS not in read_table(written(tmp_path, GERMAN, "utf-8", ",", ".")).attrs
    other = read_table(written(tmp_path, KOREAN, "cp949", ";", ",")).attrs[READ_AS]
    assert other == "cp949, separator ;, decimal sign ,"


def test_a_comma_in_quotes_parts_nothing_and_a_semicolon_in_a_value_neither(tmp_path):
    path = tmp_path / "q.csv"
    path.write_text('"name, first";sex\n"a, b";f\n')
    assert dialect(path) == Dialect("utf-8-sig", ";", ".")
    path.write_text("name,sex\na;b,f\n")
    assert dialect(path) == Dialect()


def test_thousands_with_points_are_numbers_where_commas_are_decimal(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("pay;sex\n1.234,50;f\n12,00;m\n")
    assert read_table(path)["pay"].tolist() == [1234.5, 12.0]


def test_dates_with_points_stay_dates(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("day;pay\n01.02.2026;1,5\n03.02.2026;2,5\n")
    assert read_table(path)["day"].tolist() == ["01.02.2026", "03.02.2026"]


def test_one_column_of_words_with_commas_in_the_rows_is_not_parted(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("word\nyes\n")
    assert dialect(path) == Dialect()


def test_letters_that_span_a_chunk_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("xaikit.io.dialect.CHUNK", 7)
    for frame, encoding in ((GERMAN, "utf-8"), (KOREAN, "cp949"), (GERMAN, "cp1252")):
        pd.testing.assert_frame_equal(read_table(written(tmp_path, frame, encoding, ",", ".")), frame)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_table_or_an_error_that_says_why(tmp_path_factory, raw):
    path = tmp_path_factory.mktemp("x") / "t.csv"
    path.write_bytes(raw)
    with contextlib.suppress(DataError):
        read_table(path)
