"""Files of packages: found without import; a pickled table is read by an unpickler that knows only tables."""

import lzma
import pickle

import pytest

from xaikit.core.errors import DataError
from xaikit.demo.packages import Package, read_pickled_table


def test_a_file_of_an_installed_package():
    assert Package("numpy", "2", "numpy", "version.py").found().is_file()
    assert Package("numpy", "2", "numpy", "no_such_file").file() is None
    with pytest.raises(DataError, match=r"version 9\.9 to be installed"):
        Package("none", "9.9", "no_such_package_xyz", "a").found()


class Canary:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return exec, (f"import pathlib; pathlib.Path({self.path!r}).write_text('sang')",)


def test_anything_else_is_refused_unread(tmp_path):
    song = tmp_path / "sang"
    with lzma.open(tmp_path / "t.pkl", "wb") as file:
        pickle.dump(Canary(str(song)), file)
    with pytest.raises(DataError, match=r"builtins\.exec"):
        read_pickled_table(tmp_path / "t.pkl")
    assert not song.exists()
    with lzma.open(tmp_path / "t.pkl", "wb") as file:
        pickle.dump([1], file)
    with pytest.raises(DataError, match="a list"):
        read_pickled_table(tmp_path / "t.pkl")
