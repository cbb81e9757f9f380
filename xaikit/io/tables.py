"""Tables from disk or memory, as pandas frames: CSV, Parquet (file or folder), Arrow; pandas, polars, pyarrow."""

from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet

from xaikit.core.columns import check_names
from xaikit.core.errors import DataError, nearest, shown
from xaikit.core.groups import whole_text
from xaikit.io.dialect import COMMA_NUMBER, Dialect, dialect, header_of

READ_AS = "read as"
"""Under which a frame says how its file was written, where that is not the usual way."""
READERS = (".csv", ".tsv", ".parquet", ".arrow", ".feather")
COMMAS = rf"{COMMA_NUMBER.pattern}|-?\d+"
MISSING_AMONG_NUMBERS = ("na", "n/a", "nan", "null", "none", "-nan", "<na>")


def read_table(path: Path) -> pd.DataFrame:
    """Return the table in a file: CSV, TSV, Parquet (a file, or a folder of them), Arrow or Feather.

    Raises
    ------
    DataError
        When there is no such file (the nearest name is given), its kind is not known, or it cannot be read.
    """
    if not path.exists():
        raise _missing(path)
    if path.is_file() and path.stat().st_size == 0:
        raise DataError(f"table {shown(str(path))}", "an empty file", "a header and at least one row")
    suffix = ".parquet" if path.is_dir() else path.suffix.lower()
    if suffix not in READERS:
        raise DataError(f"table {shown(str(path))}", f"suffix '{suffix}'", f"one of {', '.join(READERS)}")
    try:
        return _named(_read(path, suffix))
    except (pa.ArrowInvalid, pa.ArrowException, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        first = str(error).partition("\n")[0]
        raise DataError(f"table {shown(str(path))}", f"'{shown(first, 200)}'", f"a {suffix} file") from None
    except UnicodeDecodeError as error:
        got = f"byte {error.start} that is not {error.encoding}"
        raise DataError(f"table {shown(str(path))}", got, "a UTF-8 file") from None
    except OSError as error:
        raise DataError(f"table {shown(str(path))}", f"'{error}'", "a readable file") from None


def _read(path: Path, suffix: str) -> pd.DataFrame:
    if suffix in (".csv", ".tsv"):
        return _read_text(path, dialect(path))
    if suffix == ".parquet":
        return _to_pandas(parquet.read_table(path))
    try:
        return _to_pandas(feather.read_table(path))
    except pa.ArrowInvalid:
        with pa.OSFile(str(path)) as stream:
            return _to_pandas(pa.ipc.open_stream(stream).read_all())


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    """Return an Arrow table as a frame; large integers beside gaps stay integers, for floats would make some one."""
    check_names(table.column_names)
    for i, kind in enumerate(table.schema.types):
        if pa.types.is_dictionary(kind) and getattr(kind.value_type, "tz", None):  # its hours would be those of UTC
            table = table.set_column(i, table.field(i).name, table.column(i).cast(kind.value_type))
    frame = table.to_pandas()
    for name in table.column_names:
        column = table.column(name)
        if column.null_count and pa.types.is_integer(column.type) and name in frame and _beyond_floats(frame[name]):
            frame[name] = pd.array(column.to_pylist(), dtype="UInt64" if str(column.type) == "uint64" else "Int64")
    return frame


def _beyond_floats(column: pd.Series) -> bool:
    return bool(column.abs().max() >= 2.0**53)


def _read_text(path: Path, written: Dialect) -> pd.DataFrame:
    # pandas renames a second column of one name, and takes "NA" and "None" for missing in any column: here the
    # first is an error, and such words are missing only among numbers, for they can be the names of groups.
    header_of(path, written)
    frame = pd.read_csv(
        path,
        sep=written.separator,
        encoding=written.encoding,
        decimal=written.decimal,
        keep_default_na=False,
        na_values=[""],
        low_memory=False,
    )
    _keep_digits(frame, path, written)
    if written.decimal == ",":
        frame = frame.apply(_without_points)
    for name in frame.columns[[not pd.api.types.is_numeric_dtype(t) for t in frame.dtypes]]:
        frame[name] = _numbers_if_all(frame[name])
    if written.told:
        frame.attrs[READ_AS] = str(written)
    return frame


def _keep_digits(frame: pd.DataFrame, path: Path, written: Dialect) -> None:
    """Read large integers beside gaps again, as integers: pandas makes floats of them, some of which are then one."""
    large = [c for c in frame.columns[frame.isna().any()] if frame[c].dtype == float and _beyond_floats(frame[c])]
    if not large:
        return
    again = pd.read_csv(path, sep=written.separator, encoding=written.encoding, dtype=str, usecols=large)
    for name in large:
        digits = again[name].str.strip()
        if digits.dropna().str.fullmatch(r"[+-]?\d{1,18}").all():
            frame[name] = digits.astype("Int64")


def _without_points(column: pd.Series) -> pd.Series:
    """Return a column of numbers with points between thousands, such as 1.234,50, as numbers; any other as it is."""
    known = column.dropna()
    if pd.api.types.is_numeric_dtype(column.dtype) or not known.map(str).str.fullmatch(COMMAS).all():
        return column
    plain = column.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    return pd.to_numeric(plain)


def _numbers_if_all(column: pd.Series) -> pd.Series:
    if pd.api.types.infer_dtype(column, skipna=True) == "boolean":
        return column
    missing = column.isna() | column.astype(str).str.strip().str.casefold().isin(("", *MISSING_AMONG_NUMBERS))
    if missing.all() or not missing.any():
        return column
    numbers = pd.to_numeric(column.where(~missing), errors="coerce")
    return numbers if bool((numbers.notna() == ~missing).all()) else column


def as_frame(table: Any) -> pd.DataFrame:
    """Return a pandas frame of a pandas, polars or Arrow table (anything that narwhals knows).

    A column whose name is no text, such as 0, is named by its text, "0".

    Raises
    ------
    DataError
        When it is not a table, or two of its columns have one name.
    """
    if isinstance(table, pd.DataFrame):
        return _named(table)
    try:
        native = nw.from_native(table, eager_only=True)
    except TypeError:
        kind = type(table).__name__
        raise DataError("the table of decisions", f"a {kind}", "a pandas, polars or Arrow table") from None
    return _named(native.to_pandas())


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns have texts as names, each its own; the rows are not copied."""
    names = [whole_text(name) for name in frame.columns]
    if names != list(frame.columns):
        frame = frame.set_axis(names, axis=1)
    check_names(frame.columns)
    return frame


def _missing(path: Path) -> DataError:
    folder = path.parent
    names = [p.name for p in folder.iterdir()] if folder.is_dir() else []
    near = nearest(path.name, names)
    got = "no such file" if folder.is_dir() else f"no such folder {shown(str(folder))}"
    return DataError(
        f"table {shown(str(path))}", got, "a table to audit", f"Did you mean {shown(near)}?" if near else None
    )
