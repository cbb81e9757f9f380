"""Rows with missing values: trees and pipelines may take them, and then they are explained as they are."""

from typing import Any

from xaikit.compute.batches import take
from xaikit.compute.tables import with_gaps
from xaikit.core.errors import ModelError

ASKED = 8


def takes_gaps(model: Any, batch: Any) -> bool:
    """Return whether the model answers the rows of a batch in which a value is missing; true where none is.

    Some of them are asked, as nothing that a model says of itself can be relied on: a pipeline that fills gaps does
    not say so, and a callable says nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from xaikit.auditing.models import as_model
    >>> gaps = np.array([[1.0, np.nan]])
    >>> takes_gaps(as_model(lambda x: x.sum(axis=1)), gaps), takes_gaps(as_model(lambda x: x[:, 0]), gaps)
    (False, True)
    """
    rows = with_gaps(batch)
    if not len(rows):
        return True
    try:
        model.predict(take(batch, rows[:ASKED]))
    except ModelError:
        return False
    return True
