"""Batches of columns from files larger than memory, each knowing its file and row group."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from xaikit.core.errors import DataError, listed, nearest, shown
from xaikit.core.progress import Progress, silent
from xaikit.io.comma_numbers import with_points
from xaikit.io.dialect import dialect, header_of

ROWS = 1 << 18  # small enough to stay in cache between decoding and counting
BLOCK = 2 << 20  # Arrow reads 32 of them ahead; no row of a text file may be longer
MEGABYTE = 1_000_000
ARROW_FILE = b"ARROW1"  # a stream of Arrow batches has no such beginning
NO_NUMBER = re.compile(r"Row #(\d+): CSV conversion error to double: invalid value '(.*?)'")
SUFFIXES = (".parquet", ".pq", ".csv", ".tsv", ".arrow", ".feather", ".ipc")


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one file.

    Parameters
    ----------
    where : str
        File and row group (or block), for messages.
    table : pyarrow.RecordBatch
        The columns that were asked for.
    share : float
        How much of the file has been read after it, 0–1.
    """

    where: str
    table: pa.RecordBatch
    share: float = 1.0

    @property
    def rows(self) -> int:
        """How many rows."""
        return int(self.table.num_rows)

    def column(self, name: str) -> pa.Array:
        """Return one column."""
        return self.table.column(name)


def batches(
    path: str | Path | Sequence[str | Path],
    columns: Mapping[str, str],
    *,
    task: str = "read",
    progress: Progress = silent,
) -> Iterator[Batch]:
    """Yield the rows of files, in order of name within a folder.

    Parameters
    ----------
    path : path or sequence of paths
        Files, or folders of them.
    columns : mapping of str to {"text", "number", "any"}
        What to read, and as what a CSV file is to be read.
    task : str
        What is told to `progress`, with megabytes of the files.
    progress : callable
        Called after each batch.

    Raises
    ------
    DataError
        For a file that is missing, of another kind, truncated, or without a column.
    """
    files = files_of(path)
    sizes = [max(f.stat().st_size, 1) for f in files]
    for i, file in enumerate(files):
        place = file.name
        try:
            for batch in _READERS.get(file.suffix.lower(), _arrow)(file, columns):
                place = batch.where
                yield batch
                done = sum(sizes[:i]) + batch.share * sizes[i]
                progress(task, int(done / MEGABYTE), int(sum(sizes) / MEGABYTE))
        except (pa.ArrowInvalid, pa.ArrowKeyError, pa.ArrowTypeError, OSError, EOFError, UnicodeError) as error:
            raise _unreadable(error, file, place) from None


def _unreadable(error: Exception, file: Path, place: str) -> DataError:
    where = f"{file.name} (after {place})" if place != file.name else place
    if "straddling object" in str(error):
        longest = f"{BLOCK / 2**20:.3g} MiB"
        hint = "A quotation mark that is never closed makes one row of all that follows."
        return DataError(where, f"a row of more than {longest}", f"rows of at most {longest}", hint)
    word = NO_NUMBER.search(str(error))
    if word:
        return DataError(where, f"{shown(word[2])} in row {int(word[1]) - 1}", "a number, as scores and weights are")
    got = f"a file that cannot be read ({str(error).strip().partition(chr(10))[0][:200]})"
    hint = "It is truncated, damaged, or a column changes its type."
    return DataError(where, got, f"a whole {file.suffix} file", hint)


def files_of(path: str | Path | Sequence[str | Path]) -> list[Path]:
    """Return the files that a path, or several, stand for.

    Raises
    ------
    DataError
        When there is none, or one of another kind.
    """
    given = [path] if isinstance(path, (str, Path)) else list(path)
    out: list[Path] = []
    for one in map(Path, given):
        if one.is_dir():
            found = sorted(p for p in one.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
            if not found:
                raise DataError(str(one), "a folder without data", f"files named {', '.join(SUFFIXES)}")
            out += found
        elif not one.is_file():
            near = nearest(one.name, [p.name for p in one.parent.iterdir()] if one.parent.is_dir() else [])
            hint = f"Did you mean {shown(near)}?" if near else None
            raise DataError(
                shown(str(one)), "no such file", "a Parquet, CSV or Arrow file, or a folder of them", hint
            )
        elif one.suffix.lower() not in SUFFIXES:
            raise DataError(one.name, f"a file named {one.suffix or 'without a suffix'}", ", ".join(SUFFIXES))
        else:
            out.append(one)
    return out


def columns_of(file: Path) -> list[str]:
    """Return the names of the columns of one file.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    suffix = file.suffix.lower()
    try:
        if suffix in (".csv", ".tsv"):
            return header_of(file, dialect(file))
        if suffix in (".parquet", ".pq"):
            return list(pq.read_schema(file).names)
        with pa.memory_map(str(file)) as source:
            whole = source.read(len(ARROW_FILE)) == ARROW_FILE
            source.seek(0)
            reader = pa.ipc.open_file(source) if whole else pa.ipc.open_stream(source)
            return list(reader.schema.names)
    except (pa.ArrowInvalid, OSError, EOFError, UnicodeError) as error:
        first = str(error).strip().partition("\n")[0]
        raise DataError(file.name, f"a file that cannot be read ({first[:200]})", f"a whole {suffix} file") from None


def _present(file: Path, names: Sequence[str], columns: Mapping[str, str]) -> None:
    for name in columns:
        if name not in names:
            near = nearest(name, names)
            hint = f"Did you mean {shown(near)}?" if near else None
            raise DataError(file.name, f"no column {shown(name)}", f"it among {listed(names)}", hint)
        if names.count(name) > 1:
            raise DataError(file.name, f"{names.count(name)} columns named {shown(name)}", "one")


def _parquet(file: Path, columns: Mapping[str, str]) -> Iterator[Batch]:
    schema = pq.read_schema(file)
    _present(file, schema.names, columns)
    # dictionaries stay dictionaries: a text is looked at once per row group, not once per row
    texts = [c for c in columns if pa.types.is_string(schema.field(c).type)]
    with pq.ParquetFile(file, read_dictionary=texts, memory_map=True) as whole:
        done = 0
        for group in range(whole.num_row_groups):
            where = f"{file.name}, row group {group + 1} of {whole.num_row_groups}"
            parts = whole.iter_batches(ROWS, row_groups=[group], columns=list(columns), use_threads=False)
            for part in parts:
                done += part.num_rows
                yield Batch(where, part, done / max(whole.metadata.num_rows, 1))


def _csv(file: Path, columns: Mapping[str, str]) -> Iterator[Batch]:
    if not file.stat().st_size:
        raise DataError(file.name, "an empty file", "a header and at least one row")
    written = dialect(file)
    _present(file, header_of(file, written), columns)
    text, commas = pa.dictionary(pa.int32(), pa.string()), written.decimal == ","
    kinds: dict[str, Any] = {"text": text, "number": text if commas else pa.float64()}
    convert = pacsv.ConvertOptions(
        include_columns=list(columns),
        column_types={c: kinds[k] for c, k in columns.items() if k in kinds},
        strings_can_be_null=True,
        null_values=[""],
        decimal_point=written.decimal,
    )
    # Arrow skips the mark of UTF-8 itself; other letters are decoded as the bytes come in
    letters = "utf8" if written.encoding == "utf-8-sig" else written.encoding
    read = pacsv.ReadOptions(block_size=BLOCK, use_threads=False, encoding=letters)
    parse = pacsv.ParseOptions(delimiter=written.separator, newlines_in_values=True)
    blocks = max(file.stat().st_size / BLOCK, 1)
    with pacsv.open_csv(file, read_options=read, convert_options=convert, parse_options=parse) as reader:
        for i, part in enumerate(reader):
            where = f"{file.name}, block {i + 1}"
            yield Batch(where, with_points(part, columns) if commas else part, min((i + 1) / blocks, 1.0))


def _arrow(file: Path, columns: Mapping[str, str]) -> Iterator[Batch]:
    with pa.memory_map(str(file)) as source:
        if source.read(len(ARROW_FILE)) != ARROW_FILE:
            source.seek(0)
            yield from _arrow_stream(file, source, columns)
            return
        source.seek(0)
        with pa.ipc.open_file(source) as reader:
            _present(file, reader.schema.names, columns)
            for i in range(reader.num_record_batches):
                where = f"{file.name}, record batch {i + 1} of {reader.num_record_batches}"
                done = (i + 1) / reader.num_record_batches
                yield from _sliced(reader.get_batch(i), where, columns, done)


def _arrow_stream(file: Path, source: Any, columns: Mapping[str, str]) -> Iterator[Batch]:
    size = max(file.stat().st_size, 1)
    with pa.ipc.open_stream(source) as reader:
        _present(file, reader.schema.names, columns)
        for i, batch in enumerate(reader):
            yield from _sliced(batch, f"{file.name}, record batch {i + 1}", columns, source.tell() / size)


def _sliced(batch: pa.RecordBatch, where: str, columns: Mapping[str, str], done: float) -> Iterator[Batch]:
    part = batch.select(list(columns))
    for start in range(0, part.num_rows, ROWS):
        yield Batch(where, part.slice(start, ROWS), done)


_READERS = {".csv": _csv, ".tsv": _csv, ".parquet": _parquet, ".pq": _parquet}
