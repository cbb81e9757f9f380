"""The same kind of model, fitted again on a bootstrap sample: what retraining alone would change."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone

from xaikit.compute.batches import length, take
from xaikit.core import plugin
from xaikit.core.decisions import Roles
from xaikit.core.model import Model


def refitted(
    model: Model, population: Any, frame: pd.DataFrame | None, roles: Roles, times: int, rng: np.random.Generator
) -> list[Model] | str:
    """Return models fitted again on bootstrap samples of the labelled population, or why that cannot be done.

    Parameters
    ----------
    model : Model
        One that holds a fitted scikit-learn estimator can be cloned and fitted.
    population, frame : batch, pandas.DataFrame
        Inputs as the model takes them, and the same rows with their labels.
    roles : Roles
        Which column is the label.
    times : int
        How many models.
    rng : numpy.random.Generator
        Draws the samples, and the seed of an estimator that has one.

    References
    ----------
    Upadhyay, S., Joshi, S. and Lakkaraju, H. (2021). Towards robust and reliable algorithmic recourse. NeurIPS 34.
    """
    estimator = getattr(model, "estimator", None)
    if not isinstance(estimator, BaseEstimator):
        return "only a scikit-learn estimator can be fitted again; this model is a black box"
    if frame is None or roles.label is None or roles.label not in frame.columns:
        return "without labels (roles.label) nothing can be fitted again"
    truth = frame[roles.label].to_numpy()
    n, out = length(population), []
    for _ in range(times):
        rows = rng.integers(n, size=n)
        fresh = clone(estimator)
        if "random_state" in fresh.get_params():
            fresh.set_params(random_state=int(rng.integers(2**31)))
        fresh.fit(take(population, rows), truth[rows])
        out.append(plugin.function("xaikit.adapters.sklearn", "of")(fresh))
    return out
