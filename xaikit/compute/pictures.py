"""Small pictures of arrays, as PNG: lossless, deterministic, without an imaging library.

References
----------
ISO/IEC 15948:2004. Portable Network Graphics (PNG): functional specification.
"""

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from xaikit.core.errors import DataError

URI = "data:image/png;base64,"


def thumbnail(pixels: NDArray[np.floating], low: float, high: float, side: int = 24) -> str:
    """Return an image as a `data:` URI of a PNG, at most `side` pixels a side; finer images are means of their cells.

    Parameters
    ----------
    pixels : float array, shape (channels, height, width)
        Three channels are red, green and blue; any other number is averaged to grey.
    low, high : float
        What is black and what is white.
    side : int
        Most pixels a side.

    Raises
    ------
    DataError
        When the pixels are no image.

    Examples
    --------
    >>> thumbnail(np.zeros((1, 2, 2)), 0.0, 1.0).startswith("data:image/png;base64,")
    True
    """
    if pixels.ndim != 3 or 0 in pixels.shape:
        raise DataError("a picture", f"shape {pixels.shape}", "(channels, height, width)")
    image = np.asarray(pixels, dtype=np.float64)
    image = image if len(image) == 3 else image.mean(axis=0, keepdims=True)
    for axis in (1, 2):
        if image.shape[axis] > side:
            parts = np.array_split(np.arange(image.shape[axis]), side)
            image = np.stack([image.take(p, axis=axis).mean(axis=axis) for p in parts], axis=axis)
    shade = np.clip((image - low) / ((high - low) or 1.0), 0.0, 1.0)
    return URI + base64.b64encode(_png(np.round(255 * shade).astype(np.uint8))).decode("ascii")


def _png(image: NDArray[np.uint8]) -> bytes:
    channels, height, width = image.shape
    kind = 2 if channels == 3 else 0  # colour, or grey
    lines = image.transpose(1, 2, 0).reshape(height, -1)
    raw = b"".join(b"\0" + line.tobytes() for line in lines)  # every line begins with its filter: none
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(raw, 9)) + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
