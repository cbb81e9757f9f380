"""Reading a published table of impact ratios from CSV, whatever its columns are called."""

import csv
from collections.abc import Mapping
from pathlib import Path

from xaikit.core.errors import DataError, listed, shown
from xaikit.stats.published import TOTAL, Rounded, Row

MEANINGS: Mapping[str, tuple[str, ...]] = {
    "n": ("applicants", "number of applicants", "n", "people", "count", "total", "number", "sample size"),
    "selected": ("selected", "number selected", "hired", "moved forward", "number scored above median"),
    "rate": ("selection rate", "scoring rate", "rate", "pass rate"),
    "ratio": ("impact ratio", "ratio", "ir", "adverse impact ratio"),
}
ALL = {"", "all", "total", "any", "overall", "-", "–", "—", "n/a", "*"}
NOTHING = {"", "n/a", "na", "-", "–", "—", "*", "n.a."}


def read_published(path: str | Path) -> list[Row]:
    """Return the rows of a published table.

    The columns of numbers are found by their names (applicants, selected, selection rate, impact ratio, and what they
    are otherwise called); every other column is a dimension, such as sex or race/ethnicity. An empty cell of a
    dimension, or "all" or "total", means that the row sums over it.

    Raises
    ------
    DataError
        When there is no such file, it holds no rates, or a number cannot be read; the line is named.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(shown(str(path)), "no such file", "a CSV file")
    try:
        lines = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(path.name, f"a file that is not CSV ({error})", "CSV in UTF-8") from None
    if not lines:
        raise DataError(path.name, "an empty file", "a header and a line for each group")
    head = [h.strip() for h in lines[0]]
    columns = _columns(head, path.name)
    dimensions = [i for i, h in enumerate(head) if i not in columns.values() and h]
    if not dimensions:
        raise DataError(path.name, "no column of groups", "one such as sex, race or category")
    rows = []
    for place, cells in enumerate(lines[1:], start=2):
        if any(c.strip() for c in cells):
            if len(cells) != len(head):
                raise DataError(f"{path.name}, line {place}", f"{len(cells)} cells", f"{len(head)}, as in the header")
            rows.append(_row(place, cells, head, columns, dimensions, path.name))
    return rows


def _columns(head: list[str], file: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for i, name in enumerate(head):
        plain = " ".join(name.casefold().replace("#", "number").replace("_", " ").replace("no.", "number").split())
        plain = plain.replace("number of selected", "number selected")
        for meaning, names in MEANINGS.items():
            if plain in names and meaning not in found:
                found[meaning] = i
    if "rate" not in found and "selected" not in found:
        raise DataError(file, f"columns {listed(head)}", "one named 'selection rate', 'scoring rate' or 'selected'")
    return found


def _row(
    place: int, cells: list[str], head: list[str], columns: Mapping[str, int], dimensions: list[int], file: str
) -> Row:
    def text(meaning: str) -> str | None:
        value = cells[columns[meaning]].strip() if meaning in columns else ""
        return None if value.casefold() in NOTHING else value

    def whole(meaning: str) -> int | None:
        value = text(meaning)
        if value is None:
            return None
        try:
            return int(value.replace(",", "").replace(" ", "").replace("\u202f", ""))
        except ValueError:
            where = f"{file}, line {place}, column '{head[columns[meaning]]}'"
            raise DataError(where, shown(value), "a whole number") from None

    def rounded(meaning: str) -> Rounded | None:
        value = text(meaning)
        try:
            return None if value is None else Rounded.of(value)
        except (ValueError, ZeroDivisionError):
            where = f"{file}, line {place}, column '{head[columns[meaning]]}'"
            raise DataError(where, shown(value), "a number, or a percentage") from None

    group = {head[i]: TOTAL if cells[i].strip().casefold() in ALL else cells[i].strip() for i in dimensions}
    return Row(place, group, whole("n"), whole("selected"), rounded("rate"), rounded("ratio"))
