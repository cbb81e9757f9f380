"""Counting coded rows, and summing counts that share a key."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaikit.stats.table import Floats, Ints

DENSE = 1 << 22  # cells up to which one bincount over all of them is faster than sorting the rows


def counted(
    codes: Sequence[NDArray[Any]],
    sizes: Sequence[int],
    outcome: Sequence[NDArray[np.int8] | None],
    weight: Floats | None,
    rows: int | None = None,
) -> tuple[Ints, tuple[Ints, Floats | None, Floats | None]]:
    """Return the cells that occur, and per cell the rows, weights and squared weights by outcome.

    Parameters
    ----------
    codes : sequence of int arrays, shape (n,)
        One an axis.
    sizes : sequence of int
        Categories of each axis.
    outcome : sequence of int8 arrays of 0 and 1, shape (n,), or None
        Label and decision; None where there is none.
    weight : float array, shape (n,), optional
        Of each row.
    rows : int, optional
        n, needed when no array is given.
    """
    shape = tuple(1 if a is None else 2 for a in outcome)
    given = [a for a in outcome if a is not None]
    columns = [*codes, *given]
    n = len(columns[0]) if columns else int(rows or 0)
    every = [*sizes, *(2 for _ in given)]
    total = prod(every)
    if total > 2**62:
        return _sorted(codes, given, shape, weight)
    index = _ravelled(columns, every, n)
    if total <= max(DENSE, 4 * n):
        return _dense(index, sizes, shape, weight)
    unique, inverse = np.unique(index, return_inverse=True)
    inner = prod(shape)
    cell, place = np.unique(unique // inner, return_inverse=True)

    def spread(w: Floats | None) -> NDArray[Any]:
        table = np.zeros((len(cell), inner), dtype=np.int64 if w is None else np.float64)
        table[place, unique % inner] = np.bincount(inverse, weights=w, minlength=len(unique))
        return table.reshape(len(cell), *shape)

    weighted = None if weight is None else (spread(weight), spread(weight * weight))
    return _unravelled(cell, sizes), (spread(None), *(weighted or (None, None)))


def _ravelled(columns: Sequence[NDArray[Any]], sizes: Sequence[int], n: int) -> Ints:
    # the smallest integers that hold the index: a million rows stay in cache
    total = prod(sizes)
    kind = np.int16 if total < 2**15 else np.int32 if total < 2**31 else np.int64
    index: NDArray[Any] = np.zeros(n, dtype=kind)
    for column, size in zip(columns, sizes, strict=True):
        index *= kind(size)
        np.add(index, column, out=index, casting="unsafe")
    return index


def _dense(
    index: Ints, sizes: Sequence[int], shape: tuple[int, ...], weight: Floats | None
) -> tuple[Ints, tuple[Ints, Floats | None, Floats | None]]:
    outer, inner = prod(sizes), prod(shape)
    counts = np.bincount(index, minlength=outer * inner).reshape(outer, *shape)
    cell = np.flatnonzero(counts.any(axis=tuple(range(1, counts.ndim))))
    kept = _unravelled(cell, sizes), counts[cell].astype(np.int64)
    if weight is None:
        return kept[0], (kept[1], None, None)

    def total(w: Floats) -> Floats:
        sums = np.bincount(index, w, minlength=outer * inner).reshape(outer, *shape)[cell]
        return np.asarray(sums, dtype=np.float64)

    return kept[0], (kept[1], total(weight), total(weight * weight))


def _unravelled(cell: Ints, sizes: Sequence[int]) -> Ints:
    if not sizes:
        return np.zeros((len(cell), 0), dtype=np.int64)
    return np.stack(np.unravel_index(cell, tuple(sizes)), axis=1).astype(np.int64)


def _sorted(
    codes: Sequence[NDArray[Any]], given: Sequence[NDArray[Any]], shape: tuple[int, ...], weight: Floats | None
) -> tuple[Ints, tuple[Ints, Floats | None, Floats | None]]:
    n = len(codes[0])
    one = np.zeros((n, int(prod(shape))), dtype=np.int64)
    place = np.zeros(n, dtype=np.int64)
    for a in given:
        place = place * 2 + a
    one[np.arange(n), place] = 1
    keys = np.stack(codes, axis=1).astype(np.int64)
    if weight is None:
        cells, (counts,) = summed(keys, one)
        return cells, (counts.reshape(len(cells), *shape), None, None)
    w = one * weight[:, None]
    cells, (counts, weights, squares) = summed(keys, one, w, w * weight[:, None])
    return cells, tuple(a.reshape(len(cells), *shape) for a in (counts, weights, squares))  # type: ignore[return-value]


def summed(keys: Ints, *values: NDArray[Any]) -> tuple[Ints, tuple[NDArray[Any], ...]]:
    """Return the distinct rows of `keys`, in order, and the sums of `values` over equal keys.

    Examples
    --------
    >>> keys, (total,) = summed(np.array([[1], [0], [1]]), np.array([5, 7, 1]))
    >>> keys.ravel().tolist(), total.tolist()
    ([0, 1], [7, 6])
    """
    if keys.shape[1] == 0:
        return keys[:1], tuple(v.sum(axis=0, keepdims=True) for v in values)
    order = np.lexsort(keys.T[::-1])
    ordered = keys[order]
    new = np.ones(len(keys), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    first = np.flatnonzero(new)
    return ordered[first], tuple(np.add.reduceat(v[order], first, axis=0) for v in values)
