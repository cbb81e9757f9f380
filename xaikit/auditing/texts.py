"""Whether a model reads texts: one column of strings, which it is then handed as a list."""

import pandas as pd

from xaikit.compute.texts import as_texts
from xaikit.core.errors import DataError, ModelError
from xaikit.core.model import Model, Tokenized

MOST_ALIKE = 0.5


def texts_of(model: Model, features: pd.DataFrame) -> list[str] | None:
    """Return the one feature column as texts where the model reads texts, else None.

    A model with a tokenizer reads texts. Another is asked two of them, unless it takes tables by column name and
    the column looks like categories (few different values, single words): a category is one feature, a text is many.

    Parameters
    ----------
    model : Model
        Asked two texts at most, and never when it is an endpoint, where every request may cost.
    features : pandas.DataFrame
        The feature columns of all rows.

    Raises
    ------
    DataError
        When a model with a tokenizer meets a row without text.
    """
    if features.shape[1] != 1 or pd.api.types.is_numeric_dtype(features.iloc[:, 0].dtype):
        return None
    if isinstance(model, Tokenized):
        return _whole(features)
    if hasattr(model, "requests_for") or (getattr(model, "takes_frames", False) and not _prose(features.iloc[:, 0])):
        return None
    known = features.iloc[:, 0].dropna()
    if not all(isinstance(v, str) for v in known):
        return None
    try:
        model.predict(known.head(2).tolist())
    except (ModelError, DataError):
        return None
    return _whole(features)


def _whole(features: pd.DataFrame) -> list[str]:
    name, column = str(features.columns[0]), features.iloc[:, 0]
    gaps = column.isna().to_numpy().nonzero()[0]
    if len(gaps):
        got = f"{len(gaps)} rows without text, the first in row {gaps[0] + 1}"
        raise DataError(f"feature column '{name}'", got, "a text in every row")
    return as_texts(features)


def _prose(column: pd.Series) -> bool:
    texts = column.dropna().map(str).astype("str")
    several = texts.str.contains(r"\S\s+\S", regex=True).mean()
    return bool(texts.nunique() > MOST_ALIKE * len(texts) and several > MOST_ALIKE)
