"""Text files of any dialect, a block at a time: the rows of the reader in memory; no more memory for more rows."""

import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from xaikit.core.errors import DataError
from xaikit.io import batches as batches_
from xaikit.io.batches import batches, columns_of
from xaikit.io.tables import read_table

COLUMNS = {"성별": "text", "점수": "number"}


def table(n):
    rng = np.random.default_rng(n)
    words = np.array(["여", "남", "가나다라", "long, with a comma"])
    return pd.DataFrame({"성별": words[rng.integers(0, 4, n)], "점수": rng.integers(0, 9999, n) / 8, "x": range(n)})


def read(path):
    parts = [pa.Table.from_batches([b.table]) for b in batches(path, COLUMNS)]
    return pa.concat_tables(parts, promote_options="permissive").to_pandas()


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
@pytest.mark.parametrize(("separator", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", ","), ("|", ".")])
def test_every_dialect_gives_the_rows_of_the_reader_in_memory(
    tmp_path, monkeypatch, suffix, encoding, separator, decimal
):
    if suffix == ".tsv":
        separator = "\t"
    monkeypatch.setattr(batches_, "BLOCK", 1_003)  # no multiple of a letter or a row
    path = tmp_path / f"d{suffix}"
    table(700).to_csv(path, index=False, encoding=encoding, sep=separator, decimal=decimal)
    expected = read_table(path)[list(COLUMNS)]
    found = read(path)
    assert found["성별"].astype(str).tolist() == expected["성별"].tolist()
    assert found["점수"].tolist() == expected["점수"].tolist()


def test_files_of_one_folder_may_be_written_each_in_its_way(tmp_path):
    table(50).to_csv(tmp_path / "a.csv", index=False, encoding="cp949", sep=";", decimal=",")
    table(60).to_csv(tmp_path / "b.csv", index=False)
    found = read(tmp_path)
    whole = pd.concat([table(50), table(60)])
    assert found["점수"].tolist() == whole["점수"].tolist()
    assert found["성별"].astype(str).tolist() == whole["성별"].tolist()


@pytest.mark.parametrize("rows", [40_000, 640_000])
@pytest.mark.parametrize(("encoding", "separator"), [("utf-8", ","), ("cp949", ";"), ("utf-16", "\t")])
def test_memory_depends_on_the_block_and_not_on_the_file(tmp_path, monkeypatch, encoding, separator, rows):
    """Arrow reads 32 blocks ahead, however fast they are taken: twice that is the bound.

    The large file is 12 times that: read whole, or kept as it is read, it would break the bound.
    """
    block = 1 << 14
    monkeypatch.setattr(batches_, "BLOCK", block)
    monkeypatch.setattr("xaikit.io.dialect.CHUNK", block)
    path = tmp_path / "d.csv"
    table(rows).to_csv(path, index=False, encoding=encoding, sep=separator)
    tracemalloc.start()
    before, held, seen = pa.total_allocated_bytes(), 0, 0
    for batch in batches(path, COLUMNS):
        seen += batch.rows
        held = max(held, pa.total_allocated_bytes() - before)
    peak = held + tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen == rows
    assert peak < 2 * 32 * block
    assert rows == 40_000 or path.stat().st_size > 12 * 2 * 32 * block


def test_a_quoted_text_may_go_over_lines(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text('성별;점수\n"여\n둘째";1\n남;2\n', "utf-8")
    assert read(path)["성별"].astype(str).tolist() == ["여\n둘째", "남"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (b"\n1;2\n", "an empty first line"),
        ("성별;성별;점수\n1;2;3\n".encode(), "two columns named '성별'"),
        ("성;점수\n여;2\n".encode("cp949"), "no column '성별'.*Did you mean '성'|no column '성별'"),
        (("성별;점수\n" + "여;1,5\n" * 300 + "남;1.234\n").encode(), "'1.234' where decimals stand behind a comma"),
        ('"성별","점수"\n여,heavy\n'.encode(), "heavy"),
        ("성별,점수\n여,1\n".encode("cp949") + b"\xc1\xc1" * 4 + b"\x81\xff\n", "d.csv"),
        (b"a" * 300_000, "a first line that is no header"),
        ('성별,점수\n"여,1\n'.encode() + "남,2\n".encode() * 1_000_000, "a row of more than 2 MiB.*never closed"),
    ],
)
def test_what_cannot_be_read_is_said_with_the_file(tmp_path, content, message):
    path = tmp_path / "d.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        list(batches(path, COLUMNS))
    assert "d.csv" in str(error.value)


def test_columns_are_told_without_reading_rows(tmp_path):
    data = table(9)
    data.to_csv(tmp_path / "a.csv", index=False, encoding="cp949", sep=";")
    data.to_parquet(tmp_path / "b.parquet")
    whole = pa.Table.from_pandas(data)
    with pa.ipc.new_file(str(tmp_path / "c.arrow"), whole.schema) as out:
        out.write_table(whole)
    with pa.ipc.new_stream(str(tmp_path / "d.arrow"), whole.schema) as out:
        out.write_table(whole)
    assert {tuple(columns_of(f)) for f in tmp_path.iterdir()} == {tuple(data.columns)}
    (tmp_path / "b.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"b\.parquet.*cannot be read"):
        columns_of(tmp_path / "b.parquet")


def test_other_readers_know_nothing_of_dialects(tmp_path):
    table(90).to_parquet(tmp_path / "d.parquet")
    assert read(tmp_path)["점수"].tolist() == table(90)["점수"].tolist()
