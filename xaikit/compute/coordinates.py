"""Rows of any table as numbers on one scale, for distances and classifiers: standardised, categories one-hot."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.compute.batches import as_array

Floats = NDArray[np.float64]


def coordinates(*batches: Any) -> list[Floats]:
    """Return the batches as float arrays (rows, dimensions), scaled by the spread of all rows together.

    A column with missing values is filled by its median, and whether a value was missing is a dimension more.

    Parameters
    ----------
    *batches : array, tensor or table, shape (rows, columns)
        Of the same columns.

    Examples
    --------
    >>> a, b = coordinates(pd.DataFrame({"c": ["x", "y"]}), pd.DataFrame({"c": ["y"]}))
    >>> a.shape, bool((a[1] == b[0]).all())
    ((2, 2), True)
    """
    ends = np.cumsum([len(b) for b in batches])[:-1]
    if isinstance(batches[0], pd.DataFrame):
        joined = pd.concat([b.reset_index(drop=True) for b in batches], ignore_index=True)
        words = [c for c in joined.columns if joined[c].dtype.kind not in "biuf"]
        whole = pd.get_dummies(joined, columns=words, dtype=float).to_numpy(dtype=np.float64)
    else:
        whole = np.concatenate([as_array(b).reshape(len(b), -1) for b in batches]).astype(np.float64)
    whole = _filled(whole, np.isnan(whole).any(axis=0), whole)
    spread = whole.std(axis=0)
    whole = (whole - whole.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return list(np.split(whole, ends))


def codes_like(reference: Any) -> Callable[[Any], Floats]:
    """Return a function from batches to numbers for trees: numbers as they are, categories by their place in a list.

    Of numbers that are missing the median takes the place; whether they were is told by columns after all the others,
    one for each column of the reference in which a number is missing.

    Parameters
    ----------
    reference : array, tensor or table
        Fixes the list of categories of each column; a category that is not in it becomes −1.

    Examples
    --------
    >>> frame = pd.DataFrame({"job": ["b", "a"], "age": [30, 40]})
    >>> codes_like(frame)(frame.iloc[:1]).tolist()
    [[1.0, 30.0]]
    """
    if not isinstance(reference, pd.DataFrame):
        return _like(lambda batch: as_array(batch).reshape(len(batch), -1).astype(np.float64), reference)
    words = {c: pd.Index(sorted(map(str, reference[c].unique()))) for c in reference.columns}

    def codes(batch: pd.DataFrame) -> Floats:
        columns = [
            batch[c].to_numpy(dtype=np.float64)
            if reference[c].dtype.kind in "biuf"
            else words[c].get_indexer(batch[c].map(str, na_action="ignore")).astype(np.float64)
            for c in reference.columns
        ]
        return np.stack(columns, axis=1)

    return _like(codes, reference)


def _like(codes: Callable[[Any], Floats], reference: Any) -> Callable[[Any], Floats]:
    known = codes(reference)
    gaps: NDArray[np.bool_] = np.asarray(np.isnan(known).any(axis=0))
    return lambda batch: _filled(codes(batch), gaps, known)


def _filled(numbers: Floats, gaps: NDArray[np.bool_], reference: Floats) -> Floats:
    """Return the numbers with gaps filled by the reference's medians; those of `gaps` are told in columns more."""
    missing = np.isnan(numbers)
    if not missing.any() and not gaps.any():
        return numbers
    middle = [np.median(c[~np.isnan(c)]) if not np.isnan(c).all() else 0.0 for c in reference.T]
    return np.concatenate([np.where(missing, middle, numbers), missing[:, gaps].astype(np.float64)], axis=1)
