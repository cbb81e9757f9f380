"""Batches of texts, whatever they come in."""

from typing import Any

import numpy as np
import pandas as pd

from xaikit.core.errors import DataError, shown
from xaikit.core.model import Array, Model, ModelCard


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


class Remembered:
    """A model that reads texts, and is asked each of them once.

    Texts with words left out are many, and those of a text and of the same text with one word changed are half alike.

    Parameters
    ----------
    model : Model
        Reads a list of texts.

    Examples
    --------
    >>> from xaikit.adapters.function import FunctionModel
    >>> asked = []
    >>> model = Remembered(FunctionModel(lambda texts: asked.extend(texts) or [len(t) for t in texts]))
    >>> model.predict(["a", "bc", "a"]).ravel().tolist(), model.predict(["bc"]).ravel().tolist(), asked
    ([1.0, 2.0, 1.0], [2.0], ['a', 'bc'])
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.known: dict[str, Array] = {}

    @property
    def card(self) -> ModelCard:
        """The model's card."""
        return self.model.card

    def predict(self, batch: Any) -> Array:
        """Return the scores of texts, float array (n, outputs)."""
        texts = as_texts(batch)
        new = [t for t in dict.fromkeys(texts) if t not in self.known]
        if new:
            self.known |= dict(zip(new, self.model.predict(new), strict=True))
        return np.stack([self.known[t] for t in texts])
