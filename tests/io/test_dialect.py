"""Tables as spreadsheets leave them: every way of writing one table reads back as the same table."""

import contextlib

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaikit.core.errors import DataError
from xaikit.io.dialect import Dialect, dialect, read_as
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


def test_thousands_with_points_may_stand_beside_whole_numbers(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("pay;age;sex\n1.234,50;20,5;f\n12;30,5;m\n")
    assert read_table(path)["pay"].tolist() == [1234.5, 12.0]


def test_how_files_were_read_is_said_once_a_way(tmp_path):
    for name, encoding, separator in (
        ("a", "cp949", ";"),
        ("b", "cp949", ";"),
        ("c", "utf-16", "|"),
        ("d", "utf-8", ","),
    ):
        written(tmp_path, KOREAN, encoding, separator, ".", f"{name}.csv")
    files = [*sorted(tmp_path.glob("*.csv")), tmp_path / "no.parquet"]
    assert read_as(files) == "cp949, separator ;, decimal sign .; utf-16, separator |, decimal sign ."
    assert read_as(files[-2:]) == ""


def test_a_line_without_end_is_not_taken_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("xaikit.io.dialect.LONGEST", 1000)
    path = tmp_path / "t.csv"
    path.write_text("a;b;" + "x" * 50_000)
    assert dialect(path).separator == ";"


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 8, 1 << 20])
@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("이름,성\n가나,여", "cp949"),  # letters at both ends of the file
        ("가나다라마바사아자차", "cp949"),
        ("é,b\nn,d", "cp1252"),  # at its beginning alone
        ("name\nJosé", "cp1252"),  # at its end alone
        ("Größe,b\nschön,2", "cp1252"),
        ("é가,b\n1,é", "utf-8"),
    ],
)
def test_letters_are_told_wherever_they_and_the_chunks_end(tmp_path, monkeypatch, chunk, text, encoding):
    monkeypatch.setattr("xaikit.io.dialect.CHUNK", chunk)
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    assert dialect(path).encoding.removesuffix("-sig") == encoding


def test_a_letter_that_the_end_of_the_file_cuts_is_no_utf_8(tmp_path, monkeypatch):
    monkeypatch.setattr("xaikit.io.dialect.CHUNK", 8)
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n1,2" + "é".encode()[:1])
    assert dialect(path).encoding == "cp1252"


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
