"""How a text file of rows is written: its letters, what parts its columns, its decimal sign; told by its content."""

import codecs
import csv
import re
from dataclasses import dataclass
from pathlib import Path

SEPARATORS = (",", ";", "\t", "|")
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CHUNK = 1 << 20
COMMA_NUMBER = re.compile(r"-?\d{1,3}(\.?\d{3})*,\d+")
LINES = 200


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
    with path.open(encoding=encoding, newline="") as file:
        head = [line for _, line in zip(range(LINES), file, strict=False)]
    first = head[0] if head else ""
    separator = "\t" if path.suffix.lower() == ".tsv" else _separator(first)
    return Dialect(encoding, separator, _decimal(head[1:], separator))


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
        for mark, name in BOMS:
            if start.startswith(mark):
                return name
        file.seek(0)
        decoder, paired = codecs.getincrementaldecoder("utf-8")(), True
        sound = True
        while chunk := file.read(CHUNK):
            if sound:
                try:
                    decoder.decode(chunk, final=len(chunk) < CHUNK)
                except UnicodeDecodeError:
                    sound = False
            paired = paired and _pairs(chunk)
    if sound:
        return "utf-8-sig"
    return "cp949" if paired else "cp1252"


def _pairs(chunk: bytes) -> bool:
    """Return whether all bytes above ASCII stand in pairs of the range of KS X 1001 (a run at an edge may be cut)."""
    runs = [m for m in re.finditer(rb"[\x80-\xff]+", chunk) if m.end() < len(chunk) and m.start() > 0]
    return all(len(m[0]) % 2 == 0 and min(m[0]) >= 0xA1 for m in runs)


def _separator(header: str) -> str:
    columns = {s: len(next(csv.reader([header], delimiter=s), [])) for s in SEPARATORS}
    if columns[","] > 1 or max(columns.values()) <= 1:
        return ","
    return max(SEPARATORS[1:], key=lambda s: columns[s])


def _decimal(lines: list[str], separator: str) -> str:
    if separator == ",":
        return "."
    rows = [r for r in csv.reader(lines, delimiter=separator) if r]
    for column in zip(*rows, strict=False):
        known = [v.strip() for v in column if v.strip()]
        if known and all(COMMA_NUMBER.fullmatch(v) for v in known):
            return ","
    return "."
