import errno
import stat

import pytest

from xaikit.io import files
from xaikit.io.files import OutputError, sha256, write_bytes, write_text


def test_a_file_is_written_with_its_folders_and_replaced_whole(tmp_path):
    path = tmp_path / "a" / "b.txt"
    write_text(path, "één")
    write_text(path, "twee")
    assert path.read_text("utf-8") == "twee"
    assert [p.name for p in path.parent.iterdir()] == ["b.txt"]


def test_a_full_disk_leaves_the_old_file_and_nothing_half_written(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    write_text(path, "old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_bytes(path, b"new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_file_in_the_way_of_a_folder_is_said(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="a folder that can be written to"):
        write_text(tmp_path / "file" / "report.html", "x")


def test_the_mode_is_that_of_any_new_file(tmp_path):
    write_text(tmp_path / "a", "x")
    (tmp_path / "b").write_text("x")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "b").stat().st_mode)


def test_the_hash_of_a_folder_knows_names_and_contents(tmp_path):
    (tmp_path / "a").write_text("1")
    first = sha256(tmp_path)
    assert sha256(tmp_path / "a") == "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
    (tmp_path / "a").rename(tmp_path / "b")
    assert sha256(tmp_path) != first
