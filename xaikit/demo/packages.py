"""Files inside installed packages, found without importing the packages."""

import importlib.util
import lzma
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from xaikit.core.errors import DataError, shown


@dataclass(frozen=True, slots=True)
class Package:
    """A file that a package on PyPI brings along.

    Parameters
    ----------
    name, version : str
        As pip knows them.
    module : str
        The folder that is installed.
    path : str
        Of the file inside it.
    """

    name: str
    version: str
    module: str
    path: str

    def file(self) -> Path | None:
        """Return where the file lies, or None when the package or the file is not there; nothing is imported."""
        spec = importlib.util.find_spec(self.module)
        folders = spec.submodule_search_locations if spec else None
        file = Path(next(iter(folders))) / self.path if folders else None
        return file if file is not None and file.is_file() else None

    def found(self) -> Path:
        """Return where the file lies.

        Raises
        ------
        DataError
            When it is not there.
        """
        file = self.file()
        if file is None:
            raise DataError(f"package {self.name}", "no " + self.path, f"version {self.version} to be installed")
        return file


# All that a pickled table of strings and numbers needs; nothing here runs code of the file's choosing.
TABLE_PARTS = {
    ("pandas.core.frame", "DataFrame"),
    ("pandas.core.internals.managers", "BlockManager"),
    ("pandas._libs.internals", "_unpickle_block"),
    ("pandas.core.indexes.base", "_new_Index"),
    ("pandas.core.indexes.base", "Index"),
    ("pandas.core.indexes.range", "RangeIndex"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
}


class _TableUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in TABLE_PARTS:
            raise DataError("a pickled table", shown(f"{module}.{name}"), "pandas and NumPy parts of a table alone")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def read_pickled_table(path: Path) -> pd.DataFrame:
    """Return the table in an xz-compressed pickle, with an unpickler that knows tables and nothing else.

    Raises
    ------
    DataError
        When the pickle holds anything but a table.
    """
    with lzma.open(path) as file:
        table = _TableUnpickler(file).load()
    if not isinstance(table, pd.DataFrame):
        raise DataError(f"file {shown(str(path), 200)}", f"a {type(table).__name__}", "a table")
    return table
