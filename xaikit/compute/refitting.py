"""The same kind of model, made again: fitted on bootstrap samples, or with a little noise on its weights."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone

from xaikit.compute import references
from xaikit.compute.batches import length, take
from xaikit.core import plugin
from xaikit.core.decisions import Roles
from xaikit.core.errors import SpecError
from xaikit.core.model import Model

TIMES = 10


@dataclass(frozen=True, slots=True, eq=False)
class Again:
    """Models made again, and how.

    Parameters
    ----------
    models : tuple of Model
        That could have been the model.
    method : str
        For the report.
    """

    models: tuple[Model, ...]
    method: str


def made_again(
    model: Model,
    population: Any,
    frame: pd.DataFrame | None,
    roles: Roles,
    times: int | None,
    rng: np.random.Generator,
    *,
    weight_noise: float = 0.05,
    refit: str | None = None,
) -> Again | str:
    """Return models that the same training could have given, or why none can be made.

    What can be fitted again is fitted on bootstrap samples of the labelled population: an estimator with the
    interface of scikit-learn, or any model whose training the auditor names (`refit`). A net of torch gets noise on
    its weights instead, for its training is not known.

    Parameters
    ----------
    model : Model
        As it was handed over.
    population, frame : batch, pandas.DataFrame
        Inputs as the model takes them, and the same rows with their labels.
    roles : Roles
        Which column is the label.
    times : int, optional
        How many; by default ten with noise, and none that would have to be fitted.
    rng : numpy.random.Generator
        Draws samples, seeds and noise.
    weight_noise : float
        Standard deviation of the noise, relative to that of each tensor of weights.
    refit : str, optional
        `package.module:function` or `file.py:function`, `function(inputs, labels, seed)` → estimator, module or
        callable. Its code is executed.

    References
    ----------
    Upadhyay, S., Joshi, S. and Lakkaraju, H. (2021). Towards robust and reliable algorithmic recourse. NeurIPS 34.
    Black, E., Wang, Z., Fredrikson, M. and Datta, A. (2022). Consistent counterfactuals for deep models. ICLR.
    """
    estimator = getattr(model, "estimator", None)
    if refit is None and times != 0 and hasattr(getattr(model, "module", None), "named_parameters"):
        return _noisy(model, TIMES if times is None else times, rng, weight_noise)
    if not times:
        return "the audit did not ask for models that are fitted again (retrainings)"
    if refit is None and not isinstance(estimator, BaseEstimator):
        return "the model is a black box: it can be fitted again only by a function of yours (refit)"
    if frame is None or roles.label is None or roles.label not in frame.columns:
        return "without labels (roles.label) nothing can be fitted again"
    truth = frame[roles.label].to_numpy()
    fitted = _cloned(estimator) if refit is None else _by(refit)
    how = "fitted again on bootstrap samples" + (f" by {refit}" if refit else "")
    return Again(tuple(_bootstrapped(fitted, population, truth, times, rng)), how)


def _bootstrapped(
    fitted: Any, population: Any, truth: NDArray[Any], times: int, rng: np.random.Generator
) -> Iterator[Model]:
    n = length(population)
    for _ in range(times):
        rows = rng.integers(n, size=n)
        fresh = fitted(take(population, rows), truth[rows], int(rng.integers(2**31)))
        yield plugin.function("xaikit.auditing.models", "as_model")(fresh)


def _cloned(estimator: BaseEstimator) -> Any:
    def fit(inputs: Any, labels: NDArray[Any], seed: int) -> Any:
        fresh = clone(estimator)
        if "random_state" in fresh.get_params():
            fresh.set_params(random_state=seed)
        return fresh.fit(inputs, labels)

    return fit


def _by(reference: str) -> Any:
    found = references.named(reference, "recourse.refit")
    if not callable(found):
        raise SpecError("recourse.refit", reference, "a function (inputs, labels, seed) → model")
    return found


def _noisy(model: Model, times: int, rng: np.random.Generator, scale: float) -> Again | str:
    # looked up when it is called: an audit of decisions alone loads no torch
    models = plugin.function("xaikit.compute.weight_noise", "shaken")(model, times, rng, scale)
    return Again(models, f"weight noise of {scale:g} sd") if models else "the net has no weights to put noise on"
