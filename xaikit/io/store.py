"""Results and explanations on disk: JSON, and arrays without pickle."""

import io
import json
import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from xaikit.core.codec import explanation_from_dict, explanation_to_dict, loads
from xaikit.core.errors import DataError, shown
from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult
from xaikit.io.files import write_bytes

DAMAGE = (
    *(OSError, EOFError, BadZipFile, zlib.error, RuntimeError),  # of the archive; a method or a key that zip lacks
    *(ValueError, LookupError, TypeError, AttributeError),  # of what is in it
)
_ARRAYS = ("values", "base", "prediction", "stderr", "degrees", "converged")


def read_result(source: str | Path) -> AuditResult:
    """Return the result in a file, or in JSON text.

    Raises
    ------
    DataError
        When there is no such file, or it is not a result.
    """
    if isinstance(source, str) and source.lstrip().startswith("{"):
        return loads(source)
    path = Path(source)
    try:
        return loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"result {shown(str(path))}", f"'{error}'", "a file that `xaikit audit` wrote") from None


def save_explanation(explanation: Explanation, path: Path) -> None:
    """Write an explanation to one `.npz` file: arrays as arrays, the rest as JSON; no pickle."""
    raw = explanation_to_dict(explanation)
    arrays: dict[str, NDArray[Any]] = {}
    for name in _ARRAYS:
        raw.pop(name)
        value = getattr(explanation, name)
        if value is not None:
            arrays[name] = value
    raw["arrays"] = sorted(arrays)
    arrays["meta"] = np.frombuffer(json.dumps(raw).encode("utf-8"), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_bytes(path, buffer.getvalue())


def load_explanation(path: Path) -> Explanation:
    """Return what `save_explanation` wrote; nothing is executed.

    Raises
    ------
    DataError
        When there is no such file, or it is not an explanation, or not the whole of one.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {k: file[k] for k in file.files}
        meta = json.loads(arrays.pop("meta").tobytes().decode("utf-8"))
        lost = sorted(set(meta.pop("arrays", arrays)) ^ set(arrays))
        if lost:
            raise ValueError(f"{', '.join(lost)}: lost, or not of this file")
        return explanation_from_dict({**dict.fromkeys(_ARRAYS), **meta, **arrays})
    except DAMAGE as error:
        raise DataError(f"explanation {shown(str(path))}", f"'{error}'", "a file that `.save` wrote") from None
