"""How a text file of rows is written: its letters, what parts its columns, its decimal sign; told by its content."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from xaikit.core.errors import DataError, shown

SEPARATORS = (",", ";", "\t", "|")
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CHUNK = 1 << 20
COMMA_NUMBER = re.compile(r"-?\d{1,3}(\.?\d{3})*,\d+")
ABOVE = bytes(range(0x80, 0x100))
RUN = re.compile(rb"[\x80-\xff]+")
LINES = 200
LONGEST = 1 << 20
"""Letters of a line that are looked at: a file without line ends is not taken into memory whole."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written.

    Parameters
    ----------
    encoding : str
        As Python names it.
    separator : str
        Between columns.
    decimal : {".", ","}
        Before the decimals of a number.
    """

    encoding: str = "utf-8-sig"
    separator: str = ","
    decimal: str = "."

    @property
    def told(self) -> bool:
        """Whether a reader should know: always but for commas, points and UTF-8."""
        return self != Dialect(separator="\t" if self.separator == "\t" else ",")

    def __str__(self) -> str:
        """Say what a reader of the report must know: how the file was read, where it was not the usual way."""
        shown = {"\t": "tab"}.get(self.separator, self.separator)
        return f"{self.encoding.removesuffix('-sig')}, separator {shown}, decimal sign {self.decimal}"


def dialect(path: Path) -> Dialect:
    r"""Return how a text file is written.

    Parameters
    ----------
    path : Path
        A file with a header line.

    Notes
    -----
    A byte order mark decides; then UTF-8, where every byte is. Else Korean (cp949) where all other letters come in
    pairs of bytes, as KS X 1001 writes them, and Western European (cp1252) where they do not. The separator is a
    comma wherever the header holds one outside quotes; else what parts the header into most columns. The decimal sign
    is a comma only where columns are not parted by one and a column holds nothing but such numbers.
    """
    encoding = _encoding(path)
    head = _lines(path, encoding)
    first = head[0] if head else ""
    separator = "\t" if path.suffix.lower() == ".tsv" else _separator(first)
    return Dialect(encoding, separator, _decimal(head[1:], separator))


def read_as(files: Iterable[Path]) -> str:
    """Return how text files were read, where that is not the usual way; each way once."""
    ways = (dialect(f) for f in files if f.suffix.lower() in (".csv", ".tsv"))
    return "; ".join(dict.fromkeys(str(way) for way in ways if way.told))


def header_of(path: Path, written: Dialect) -> list[str]:
    """Return the names of the columns of a file.

    Raises
    ------
    DataError
        When the first line names none, or two alike.
    """
    where = f"table {shown(str(path))}"
    lines = _lines(path, written.encoding)
    names = next(_rows(lines, written.separator), [])
    twice = [name for name, times in Counter(names).items() if times > 1]
    if not any(name.strip() for name in names):
        got = "a first line that is no header" if lines and lines[0].strip() else "an empty first line"
        raise DataError(where, got, "column names")
    if twice:
        raise DataError(where, f"two columns named {shown(twice[0])}", "a different name for every column")
    return names


def _lines(path: Path, encoding: str) -> list[str]:
    with path.open(encoding=encoding, newline="") as file:
        return list(islice(iter(partial(file.readline, LONGEST), ""), LINES))


def _rows(lines: list[str], separator: str) -> Iterator[list[str]]:
    """Yield the fields of lines, as far as they are fields."""
    try:
        yield from csv.reader(lines, delimiter=separator)
    except csv.Error:
        return


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    for mark, name in BOMS:
        if start.startswith(mark):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp949" if _pairs(_chunks(path)) else "cp1252"
    return "utf-8-sig"


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(partial(file.read, CHUNK), b"")


def _pairs(chunks: Iterable[bytes]) -> bool:
    """Return whether all bytes above ASCII stand in pairs of the range of KS X 1001."""
    cut = b""  # a run that goes on in the next chunk
    for chunk in chunks:
        whole = cut + chunk
        ascii_end = len(whole.rstrip(ABOVE))
        body, cut = whole[:ascii_end], whole[ascii_end:]
        if not all(map(_paired, RUN.findall(body))) or (cut and min(cut) < 0xA1):
            return False
        cut = cut[: len(cut) % 2]  # only whether a byte is left alone matters
    return not cut


def _paired(run: bytes) -> bool:
    return len(run) % 2 == 0 and min(run) >= 0xA1


def _separator(header: str) -> str:
    columns = {s: len(next(_rows([header], s), [])) for s in SEPARATORS}
    if columns[","] > 1 or max(columns.values()) <= 1:
        return ","
    return max(SEPARATORS[1:], key=lambda s: columns[s])


def _decimal(lines: list[str], separator: str) -> str:
    if separator == ",":
        return "."
    rows = [r for r in _rows(lines, separator) if r]
    for column in zip(*rows, strict=False):
        known = [v.strip() for v in column if v.strip()]
        if known and all(COMMA_NUMBER.fullmatch(v) for v in known):
            return ","
    return "."
