"""Changes of a row so small that its meaning stays: of texts, pictures and series.

Of a text: one word begins with the other case, the punctuation at the end comes or goes, one space is doubled, two
neighbouring letters inside one word change places (a slip of the finger), or one word is replaced by a synonym that
the auditor declares. None adds or takes a word, so values before and after can be compared word by word.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaikit.compute.batches import as_array
from xaikit.compute.grids import like

EDITS = ("case", "punctuation", "space", "typo", "synonym")
AROUND = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)
SHORTEST = 4  # letters of a word in which a slip leaves the word to be recognised


def edited(text: str, edit: str, rng: np.random.Generator, synonyms: Mapping[str, str] | None = None) -> str | None:
    """Return a text with one small edit at a place drawn; None where it has no place for it.

    Parameters
    ----------
    text : str
        As it was written.
    edit : {"case", "punctuation", "space", "typo", "synonym"}
        Which.
    rng : numpy.random.Generator
        Draws the place.
    synonyms : mapping of str to str, optional
        Words in lower case, and the word that means the same.

    Examples
    --------
    >>> edited("Well done.", "punctuation", np.random.default_rng(0))
    'Well done'
    >>> edited("sales", "typo", np.random.default_rng(0)) in ("slaes", "saels")
    True
    """
    if edit == "punctuation":
        return _punctuated(text)
    if edit == "space":
        gaps = [m.start() for m in re.finditer(r"(?<=\S) (?=\S)", text)]
        return None if not gaps else _put(text, int(rng.choice(gaps)), " ")
    words = [(m.start(), _changed(m[0], edit, rng, synonyms or {})) for m in re.finditer(r"\S+", text)]
    able = [(at, word) for at, word in words if word is not None]
    if not able:
        return None
    at, word = able[int(rng.integers(len(able)))]
    end = at + len(re.findall(r"\S+", text[at:])[0])
    return text[:at] + word + text[end:]


def _put(text: str, at: int, what: str) -> str:
    return text[:at] + what + text[at:]


def _punctuated(text: str) -> str | None:
    """Return a text without its full stop, or with one; None where it ends in something else than a word."""
    body = text.rstrip()
    rest = text[len(body) :]
    if re.search(r"\w[.!?。]$", body):
        return body[:-1] + rest
    return f"{body}.{rest}" if re.search(r"\w$", body) else None


def _changed(word: str, edit: str, rng: np.random.Generator, synonyms: Mapping[str, str]) -> str | None:
    found = AROUND.match(word)
    assert found is not None
    before, core, after = found.groups()
    if edit == "case":
        other = core[:1].swapcase() + core[1:]
        shouted = len(core) > 1 and core.isupper()
        return None if other == core or shouted else before + other + after
    if edit == "synonym":
        other = synonyms.get(core.casefold(), "")
        return before + (other.capitalize() if core[:1].isupper() else other) + after if other else None
    pairs = [i for i in range(1, len(core) - 2) if core[i] != core[i + 1]]
    if len(core) < SHORTEST or not core.isalpha() or not pairs:
        return None
    i = int(rng.choice(pairs))
    return before + core[:i] + core[i + 1] + core[i] + core[i + 2 :] + after


def noisy(rows: Any, inputs: Any, noise: float, rng: np.random.Generator) -> Any | None:
    """Return pictures or series with noise, a share of the spread of all their numbers; None where these are codes.

    Parameters
    ----------
    rows, inputs : array or tensor
        What is moved, and what the spread is taken from.
    noise : float
        Standard deviation, as a share of that of `inputs`.
    """
    array = as_array(rows)
    if array.dtype.kind != "f" or not as_array(inputs).std():
        return None
    moved = array + noise * float(as_array(inputs).std()) * rng.standard_normal(array.shape)
    return like(moved, rows)


def shifted(rows: Any) -> Any:
    """Return pictures one pixel to the right, series one step later; the edge is repeated.

    Examples
    --------
    >>> shifted(np.array([[[1.0], [2.0], [3.0]]])).ravel().tolist()
    [1.0, 1.0, 2.0]
    """
    array = as_array(rows)
    axis = along(array.ndim)
    size = array.shape[axis]
    return like(np.take(array, [0, *range(size - 1)], axis=axis), rows)


def along(dimensions: int) -> int:
    """Return the axis of a batch along which it is shifted: the width of pictures, the steps of series."""
    return 3 if dimensions == 4 else 1


def moved_along(one: NDArray[Any], other: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return maps of rows and of the shifted rows, (rows, *places, outputs), where both show the same places."""
    axis = one.ndim - 2  # the last of the places
    size = one.shape[axis]
    return np.take(one, range(size - 1), axis=axis), np.take(other, range(1, size), axis=axis)
