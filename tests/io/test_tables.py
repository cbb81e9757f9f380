import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet
import pytest

from xaikit.core.errors import DataError
from xaikit.io.tables import as_frame, read_table

FRAME = pd.DataFrame({"g": ["a", "b", None], "x": [1.5, 2.0, 3.0], "d": [1, 0, 1]})


def arrow_stream(path):
    table = pa.Table.from_pandas(FRAME)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


WRITERS = {
    "t.csv": lambda p: FRAME.to_csv(p, index=False),
    "t.tsv": lambda p: FRAME.to_csv(p, index=False, sep="\t"),
    "t.parquet": lambda p: FRAME.to_parquet(p),
    "t.feather": lambda p: feather.write_feather(FRAME, str(p)),
    "t.arrow": arrow_stream,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_table(tmp_path, name):
    WRITERS[name](tmp_path / name)
    got = read_table(tmp_path / name)
    assert got["x"].tolist() == [1.5, 2.0, 3.0]
    assert got["g"].isna().tolist() == [False, False, True]
    assert got["d"].tolist() == [1, 0, 1]


def test_a_folder_of_parquet_files_is_one_table(tmp_path):
    parquet.write_table(pa.Table.from_pandas(FRAME), tmp_path / "1.parquet")
    parquet.write_table(pa.Table.from_pandas(FRAME), tmp_path / "2.parquet")
    assert len(read_table(tmp_path)) == 6


def test_na_and_none_are_names_among_words_and_missing_among_numbers(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("race,disability,score\nNA,None,0.5\nW,Hearing,NA\n,None,0.25\n")
    got = read_table(path)
    assert got["race"].tolist()[:2] == ["NA", "W"]
    assert pd.isna(got["race"][2])
    assert got["disability"].tolist() == ["None", "Hearing", "None"]
    assert np.isnan(got["score"][1])
    assert got["score"].dtype == float


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "a,a\n1,2\n", "two columns named 'a'"),
        ("t.csv", "", "an empty file"),
        ("t.csv", "\n1,2\n", "an empty first line"),
        ("t.csv", 'a,b\n1,"2\n', "a .csv file"),
        ("t.xlsx", "x", "suffix '.xlsx'"),
        ("t.parquet", "not parquet", "a .parquet file"),
        ("t.arrow", "not arrow at all", "a .arrow file"),
    ],
)
def test_what_is_not_a_table_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / name)


def test_bytes_that_are_not_utf8_are_read_as_western_and_said(tmp_path):
    (tmp_path / "t.csv").write_bytes("name\nJosé\n".encode("latin-1"))
    frame = read_table(tmp_path / "t.csv")
    assert frame["name"].tolist() == ["José"]
    assert frame.attrs["read as"].startswith("cp1252")
    (tmp_path / "t.csv").write_bytes(b"name\nJos\x81\n")
    with pytest.raises(DataError, match="byte 8 that is not"):
        read_table(tmp_path / "t.csv")


def test_a_file_that_is_not_there_gives_the_nearest_name(tmp_path):
    (tmp_path / "decisions.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match=r"Did you mean 'decisions.csv'"):
        read_table(tmp_path / "decision.csv")
    with pytest.raises(DataError, match="no such folder"):
        read_table(tmp_path / "nowhere" / "decisions.csv")


def test_arrow_and_pandas_tables_are_taken_alike():
    assert as_frame(FRAME) is FRAME
    assert as_frame(pa.Table.from_pandas(FRAME))["x"].tolist() == [1.5, 2.0, 3.0]
    with pytest.raises(DataError, match="got a list"):
        as_frame([[1, 2]])


def test_large_integers_beside_gaps_keep_every_digit(tmp_path):
    ids = [2**53, 2**53 + 1, None]
    table = pa.table({"i": pa.array(ids, pa.int64()), "u": pa.array([None, 2**63, 2**63 + 1], pa.uint64())})
    parquet.write_table(table, tmp_path / "t.parquet")
    feather.write_feather(table, str(tmp_path / "t.feather"))
    (tmp_path / "t.csv").write_text(f"i,x\n{2**53},0.5\n{2**53 + 1},\n,1.5\n")
    for name in ("t.parquet", "t.feather", "t.csv"):
        assert read_table(tmp_path / name)["i"].dropna().astype(object).tolist() == ids[:2]
    assert read_table(tmp_path / "t.parquet")["u"].dropna().astype(object).tolist() == [2**63, 2**63 + 1]
    assert read_table(tmp_path / "t.csv")["x"].dtype == float


def test_truth_values_beside_gaps_stay_truth_values(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\nTrue,1\n,2\nFalse,3\n")
    assert read_table(tmp_path / "t.csv")["a"].dropna().map(str).tolist() == ["True", "False"]


def test_blanks_among_numbers_are_missing(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1.0,x\n  ,y\n2,z\n")
    assert read_table(tmp_path / "t.csv")["a"].dropna().tolist() == [1.0, 2.0]


def test_categories_of_moments_keep_their_zone(tmp_path):
    at = pd.Timestamp("2020-06-01 12:00", tz="Europe/Berlin")
    feather.write_feather(
        pa.Table.from_pandas(pd.DataFrame({"t": pd.Categorical([at])})), str(tmp_path / "t.feather")
    )
    assert str(read_table(tmp_path / "t.feather")["t"][0]) == "2020-06-01 12:00:00+02:00"


def test_columns_are_named_by_texts_each_its_own():
    frame = pd.DataFrame([[1, 2]], columns=[0, ("a", "b")])
    assert list(as_frame(frame).columns) == ["0", "('a', 'b')"]
    assert list(frame.columns) == [0, ("a", "b")]
    with pytest.raises(DataError, match="more than one column named '0'"):
        as_frame(pd.DataFrame([[1, 2]], columns=[0, "0"]))
