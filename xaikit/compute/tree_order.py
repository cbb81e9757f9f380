"""Numbers that trees compare, as their order among the thresholds: nothing is lost in single precision.

shap's TreeSHAP compares in single precision, where the trees were grown in double: a row that lies between two
neighbouring single-precision numbers goes the wrong way, values of single features are then wrong, and add up.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def by_order(ensemble: Any, *batches: Floats) -> tuple[Floats, ...]:
    """Put the place among a feature's thresholds where thresholds and values stood; every comparison stays as it was.

    Parameters
    ----------
    ensemble : shap.explainers._tree.TreeEnsemble
        Its thresholds are replaced. A tree that splits by sets of categories is left as it is.
    *batches : float array, shape (rows, columns)
        Not altered; NaN stays NaN.

    Returns
    -------
    tuple of float array
        Whole numbers, below 2²⁴ for fewer thresholds than that, which single precision holds exactly.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> stump = SimpleNamespace(
    ...     children_left=np.array([[1, -1, -1]]), features=np.zeros((1, 3), int), input_dtype=np.float64,
    ...     threshold_types=np.zeros((1, 3), int), thresholds=np.array([[1e9 + 1, -2.0, -2.0]]),
    ... )
    >>> by_order(stump, np.array([[1e9], [1e9 + 1], [1e9 + 2]]))[0].ravel().tolist(), stump.thresholds[0, 0]
    ([0.0, 0.0, 1.0], np.float64(0.0))
    """
    splits = ensemble.children_left >= 0
    if ensemble.threshold_types[splits].any():
        return batches
    thresholds, places = ensemble.thresholds, ensemble.thresholds.copy()
    given = [batch.astype(ensemble.input_dtype).astype(np.float64) for batch in batches]  # as the trees read them
    for column in range(given[0].shape[1]):
        here = splits & (ensemble.features == column)
        cuts = np.unique(thresholds[here])
        places[here] = np.searchsorted(cuts, thresholds[here])
        for batch in given:
            known = ~np.isnan(batch[:, column])
            batch[known, column] = np.searchsorted(cuts, batch[known, column])
    ensemble.thresholds = places
    return tuple(given)
