"""Files that are whole or absent: written beside their place, then moved into it."""

import hashlib
import os
import tempfile
from pathlib import Path

from xaikit.core.errors import XaikitError
from xaikit.core.progress import Progress, silent

MEGABYTE = 1_000_000


class OutputError(XaikitError):
    """Something could not be written; what was there before is untouched."""


def write_bytes(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write `content` to `path`, whole or not at all; a private file is its owner's alone (mode 0600).

    Raises
    ------
    OutputError
        When the folder cannot be made or written to, or the disk is full. An older file stays as it was.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".xaikit-", suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if not private:
            _default_mode(temporary)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise OutputError(
            f"writing {path}", f"'{error.strerror or error}'", "a folder that can be written to, with room"
        ) from None


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 to `path`, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def sha256(path: Path, progress: Progress = silent) -> str:
    """Return the SHA-256 of a file, or of all files below a folder with their names, in hexadecimal digits."""
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    done, total = 0, sum(f.stat().st_size for f in files)
    for file in files:
        if file is not path:
            digest.update(str(file.relative_to(path)).encode() + b"\0")
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
                done += len(chunk)
                progress("hash of the data", done // MEGABYTE, total // MEGABYTE)
    return digest.hexdigest()


def _default_mode(path: str) -> None:
    # mkstemp gives 0600; a report is to be shared like any file the user makes
    mask = os.umask(0)
    os.umask(mask)
    Path(path).chmod(0o666 & ~mask)
