"""Batches of texts, whatever they come in."""

from typing import Any

import numpy as np
import pandas as pd

from xaikit.core.errors import DataError, shown


def as_texts(batch: Any) -> list[str]:
    """Return the texts of a list, an array, a series or a table of one column.

    Raises
    ------
    DataError
        For a table of several columns, or a row that is no text.

    Examples
    --------
    >>> as_texts(pd.DataFrame({"letter": ["a", "b"]}))
    ['a', 'b']
    """
    if isinstance(batch, pd.DataFrame):
        if batch.shape[1] != 1:
            raise DataError("inputs of a text model", f"a table of {batch.shape[1]} columns", "one column of texts")
        batch = batch.iloc[:, 0]
    texts = list(batch) if isinstance(batch, list | tuple) else np.asarray(batch, dtype=object).ravel().tolist()
    wrong = next((i for i, t in enumerate(texts) if not isinstance(t, str)), None)
    if wrong is not None:
        got = f"{shown(texts[wrong], 40)} in row {wrong + 1}"
        raise DataError("inputs of a text model", got, "a text in every row")
    return texts
