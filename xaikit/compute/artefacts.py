"""What a file handed to an auditor is, by its content; nothing is opened by what it claims to be, nothing runs."""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from xaikit.core.errors import ModelError, SpecError, shown

LEGACY_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # the magic number that torch < 1.6 pickled first
ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")  # as joblib compresses by default
COMPRESSED = (*ZLIB, b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x5d\x00\x00", b"\x04\x22\x4d\x18")  # gzip bzip2 xz lzma lz4

STARTS = {
    LEGACY_TORCH: "torch_legacy",
    b"\x89HDF\r\n\x1a\n": "hdf5",
    **dict.fromkeys(COMPRESSED, "compressed"),
    **{b"\x80" + bytes([protocol]): "pickle" for protocol in range(2, 6)},
    b'{"learner":': "xgboost",
    b"{L\0\0\0\0\0\0\0\x07learner": "xgboost",
    b"tree\nversion=": "lightgbm",
    b"tree\r\nversion=": "lightgbm",
    b"CBM1": "catboost",
}

# What the kind of a file is called when it is shown to people.
KINDS = {
    "torch_program": "a torch.export program (.pt2)",
    "torch_script": "a TorchScript archive",
    "torch_zip": "a torch.save archive",
    "torch_legacy": "a torch.save file of torch before 1.6",
    "safetensors": "a safetensors file",
    "skops": "a skops file",
    "onnx": "an ONNX model",
    "pickle": "a pickle (joblib, cloudpickle)",
    "compressed": "a compressed file, most likely a joblib pickle",
    "xgboost": "an XGBoost model (JSON or UBJSON)",
    "lightgbm": "a LightGBM model (text)",
    "catboost": "a CatBoost model (.cbm)",
    "hdf5": "an HDF5 file (Keras)",
    "zip": "a zip archive of another kind",
    "cut": "the beginning of an archive (torch, skops) or of safetensors: cut off or damaged",
    "json": "JSON",
    "text": "text",
    "folder": "a folder",
    "transformers": "a Hugging Face model folder",
    "empty": "an empty file",
    "unknown": "a file of unknown kind",
}


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file read once: what is hashed is what is opened.

    Parameters
    ----------
    path : Path
        Where it lay.
    content : bytes
        Whole.
    kind : str
        A key of `KINDS`.
    """

    path: Path
    content: bytes
    kind: str

    @property
    def sha256(self) -> str:
        """Of the content, in hex."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def looks_like(self) -> str:
        """The kind, for people."""
        return KINDS[self.kind]

    def stream(self) -> io.BytesIO:
        """Return the content as a file opened for reading."""
        return io.BytesIO(self.content)

    def wrong(self, expected: str, hint: str | None = None) -> ModelError:
        """Return the error for a file that is not what the adapter takes."""
        return ModelError(f"model file {shown(str(self.path), 200)}", self.looks_like, expected, hint)


def read(path: Path) -> Artefact:
    """Read a model file.

    Raises
    ------
    SpecError
        When there is none.
    ModelError
        When it is a folder or cannot be read.
    """
    where = f"model file {shown(str(path), 200)}"
    if not path.exists():
        raise SpecError(where, "no such file", "the path of a model")
    if path.is_dir():
        raise ModelError(where, "a folder", "a file")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(where, f"'{error.strerror}'", "a file that can be read") from None
    return Artefact(path, content, kind_of(content))


def kind_at(path: Path) -> str:
    """Return the kind of the file or folder at a path, from its first bytes and, for an archive, its index."""
    if path.is_dir():
        return "transformers" if (path / "config.json").is_file() else "folder"
    try:
        with path.open("rb") as file:
            head = file.read(4096)
            size = file.seek(0, io.SEEK_END)
            if head[:4] == b"PK\x03\x04":
                file.seek(0)
                return _zip_kind(file)
    except OSError:
        return "unknown"
    return _plain_kind(head, size)


def kind_of(content: bytes) -> str:
    r"""Return the kind of a file's content, a key of `KINDS`.

    Examples
    --------
    >>> kind_of(b""), kind_of(b"age,sex\n1,F\n")
    ('empty', 'text')
    """
    if content[:4] == b"PK\x03\x04":
        return _zip_kind(io.BytesIO(content))
    return _plain_kind(content[:4096], len(content))


def _zip_kind(file: io.BufferedReader | io.BytesIO) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return "cut"
    inner = {name.partition("/")[2] for name in names}
    if "archive_format" in inner and any(n.startswith(("models/", "data/weights/")) for n in inner):
        return "torch_program"
    if "data.pkl" in inner:
        return "torch_script" if any(n.startswith("code/") or n == "constants.pkl" for n in inner) else "torch_zip"
    return "skops" if "schema.json" in names else "zip"


def _plain_kind(head: bytes, size: int) -> str:
    if not head:
        return "empty"
    known = next((kind for start, kind in STARTS.items() if head.startswith(start)), None)
    if known:
        return known
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") >= 2:
        return "safetensors" if int.from_bytes(head[:8], "little") <= size - 8 else "cut"
    return "onnx" if _is_onnx(head) else _text_kind(head)


def _is_onnx(head: bytes) -> bool:
    # ModelProto begins with field 1, ir_version, a varint below 128; then comes another field of ModelProto:
    # 2 producer_name, 3 producer_version, 4 domain, 7 graph or 8 opset_import (length-delimited), 5 model_version.
    if len(head) < 4 or head[0] != 0x08 or not 0 < head[1] < 64:
        return False
    return head[2] in {0x12, 0x1A, 0x22, 0x28, 0x3A, 0x42}


def _text_kind(head: bytes) -> str:
    try:
        text = head.decode("utf-8", "ignore" if len(head) == 4096 else "strict")
    except UnicodeDecodeError:
        return "unknown"
    if not all(c.isprintable() or c.isspace() for c in text):
        # protocol 0 of pickle is text and has no magic number: it is known by its last opcode
        return "unknown"
    if text.lstrip()[:1] in {"{", "["}:
        try:
            json.loads(text)
        except ValueError:
            return "text"
        return "json"
    return "pickle" if text.rstrip().endswith(".") and "\n(" in text else "text"
