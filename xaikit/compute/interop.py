"""For people who come from elsewhere: an `Explanation` as shap draws it."""

from typing import Any

import numpy as np
import shap

from xaikit.core.explanation import Explanation


def to_shap(explanation: Explanation) -> Any:
    """Return a `shap.Explanation` with 95 % bounds, which `shap.plots.waterfall`, `bar` and `beeswarm` draw.

    Parameters
    ----------
    explanation : Explanation
        Values `(rows, *features, outputs)`. One output loses its axis, as shap's plots expect; several keep it, and
        `result[:, :, 0]` picks one.

    Returns
    -------
    shap.Explanation
        `lower_bounds` and `upper_bounds` are filled where the explanation has standard errors.

    References
    ----------
    Lundberg, S. M. and Lee, S.-I. (2017). A unified approach to interpreting model predictions. NeurIPS 30.
    """
    single = explanation.values.shape[-1] == 1

    def of(a: Any) -> Any:
        return None if a is None else (a[..., 0] if single else a)

    half = explanation.margin()
    flat = explanation.values.ndim == 3
    return shap.Explanation(
        of(explanation.values),
        base_values=of(explanation.base),
        data=None if explanation.data is None else np.asarray(explanation.data),
        feature_names=list(explanation.feature_names) if flat else None,
        output_names=None if single else list(explanation.output_names),
        lower_bounds=None if half is None else of(explanation.values - half),
        upper_bounds=None if half is None else of(explanation.values + half),
    )
