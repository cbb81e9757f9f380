"""What a pickle would import and call, read without running it; and the gate that only `trust` opens."""

import bz2
import gzip
import io
import lzma
import pickletools
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from xaikit.compute.artefacts import ZLIB, Artefact
from xaikit.core.errors import SpecError, TrustError, listed, shown

STRINGS = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "SHORT_BINSTRING", "BINSTRING", "STRING"}
PUTS = {"PUT", "BINPUT", "LONG_BINPUT"}
GETS = {"GET", "BINGET", "LONG_BINGET"}
CALLS = {"REDUCE", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "BUILD"}
OPENERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
    b"\x5d\x00\x00": lzma.open,
}
LIMIT = 256 * 1024 * 1024  # a decompressed pickle is not read further than this


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found in a pickle.

    Parameters
    ----------
    names : tuple of str
        Modules and functions that it imports, in order of first use.
    calls : int
        How many opcodes call or build something.
    complete : bool
        False where raw array data or damage ended the reading early.
    """

    names: tuple[str, ...]
    calls: int
    complete: bool

    def __str__(self) -> str:
        rest = "" if self.complete else "; the listing is not complete: raw data follow that hide what comes after"
        return (
            f"read without running it, it imports {listed(self.names, 20)}, "
            f"and calls or builds {self.calls} times{rest}"
        )


def listing(content: bytes) -> Listing:
    """Return what the pickles in a file import and call; nothing is executed.

    Parameters
    ----------
    content : bytes
        A pickle, several in a row (old torch), a zip with `.pkl` members (torch), or one of these compressed.

    Examples
    --------
    >>> import os, pickle
    >>> class Evil:
    ...     def __reduce__(self):
    ...         return os.system, ("true",)
    >>> listing(pickle.dumps(Evil())).names
    ('posix.system',)
    """
    names: dict[str, None] = {}
    calls, complete = 0, True
    for blob in _pickles(content):
        found, made, whole = _one_file(blob)
        names |= dict.fromkeys(found)
        calls, complete = calls + made, complete and whole
    return Listing(tuple(names), calls, complete)


def gate(artefact: Artefact, trust: bool | str, what: str) -> str:
    """Return the warning for the report, or raise: only `trust` lets a file run code.

    Parameters
    ----------
    artefact : Artefact
        The file.
    trust : bool or str
        True, or "sha256:…" of the very file.
    what : str
        What would be opened: "a whole torch module".

    Raises
    ------
    TrustError
        Without trust (with what the file imports), or when the hash is another.
    SpecError
        When `trust` is neither.
    """
    where = f"model file {shown(str(artefact.path), 200)}"
    if not trust:
        raise TrustError(
            where,
            f"{what}: opening it executes code; {listing(artefact.content)}",
            f"`trust: sha256:{artefact.sha256}` from somebody who knows where the file comes from",
            "`trust: true` opens whatever lies there.",
        )
    if trust is True:
        return f"Code in {what} was executed to open it (trust: true); SHA-256 {artefact.sha256}."
    wanted = str(trust).strip().lower()
    if not wanted.startswith("sha256:"):
        raise SpecError("model.trust", shown(str(trust)), "true, false or sha256: and 64 hexadecimal digits")
    if wanted.removeprefix("sha256:") != artefact.sha256:
        raise TrustError(where, f"a file with sha256:{artefact.sha256}", f"the one trusted, {shown(wanted)}")
    return f"Code in {what} was executed to open it; its SHA-256 was the trusted one, {artefact.sha256}."


def _pickles(content: bytes) -> Iterator[bytes]:
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                if info.filename.endswith(".pkl") and info.file_size <= LIMIT:
                    yield archive.read(info)
        return
    yield _decompressed(content)


def _decompressed(content: bytes) -> bytes:
    try:
        if content.startswith(ZLIB):
            return zlib.decompressobj().decompress(content, LIMIT)
        for magic, opener in OPENERS.items():
            if content.startswith(magic):
                with opener(io.BytesIO(content)) as file:
                    return bytes(file.read(LIMIT))
    except (OSError, EOFError, lzma.LZMAError, zlib.error):
        return content
    return content


def _one_file(blob: bytes) -> tuple[list[str], int, bool]:
    stream = io.BytesIO(blob)
    names: list[str] = []
    calls = 0
    while stream.tell() < len(blob):
        start = stream.tell()
        try:
            found, made = _one_pickle(stream, names)
        except Exception:  # genops raises whatever the damaged bytes lead it into
            # torch's legacy format ends with raw tensor data: a number of bytes after five whole pickles
            return names, calls, blob.startswith(b"\x80\x02\x8a\nl\xfc\x9c") and start > 0
        names, calls = found, calls + made
    return names, calls, True


def _one_pickle(stream: io.BytesIO, names: list[str]) -> tuple[list[str], int]:
    memo: dict[int, str | None] = {}
    recent: list[str] = []  # strings in order of use, from which STACK_GLOBAL takes its two
    last: str | None = None  # what the opcode before pushed, when that is a string
    calls = 0
    for opcode, argument, _ in pickletools.genops(stream):
        name = opcode.name
        if name == "MEMOIZE" or name in PUTS:
            memo[len(memo) if argument is None else int(argument)] = last
            continue
        last = str(argument) if name in STRINGS else memo.get(int(argument or 0)) if name in GETS else None
        if last is not None:
            recent.append(last)
        calls += name in CALLS
        _note_import(name, argument, recent, names)
    return names, calls


def _note_import(opcode: str, argument: object, recent: list[str], names: list[str]) -> None:
    if opcode in {"GLOBAL", "INST"}:
        names.append(str(argument).replace(" ", "."))
    elif opcode == "STACK_GLOBAL":
        names.append(".".join(recent[-2:]) if len(recent) > 1 else "(hidden)")
