"""How the score depends on one feature: partial dependence, its spread over people, and accumulated local effects.

Runs when it is named, with the features to look at.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.batches import as_array, is_tensor, length, take
from xaikit.core import plugin
from xaikit.core.errors import DataError, unknown_name
from xaikit.core.evidence import Evidence
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.target import Target
from xaikit.stats.agreement import mean_interval

Floats = NDArray[np.float64]


def check(
    model: Model,
    inputs: Any,
    target: Target,
    players: Players,
    rng: np.random.Generator,
    *,
    features: list[str],
    bins: Annotated[int, Field(ge=2, le=100)] = 10,
    rows: Annotated[int, Field(ge=10)] = 500,
) -> Iterator[Evidence]:
    """Measure the course of the score over the values of some features.

    Parameters
    ----------
    model, inputs, target, players
        The audit's.
    rng : numpy.random.Generator
        Draws rows.
    features : list of str
        Columns to look at; numbers are cut at quantiles, words taken one by one. Missing values make no cut, and who
        has one is set to each value like everybody else.
    bins : int
        Cells of a numeric feature.
    rows : int
        Rows that are set to each value, at most.

    Yields
    ------
    Evidence
        `partial_dependence` at each value: the mean score when everybody is set to it, its interval over rows, and in
        `detail` the 10 % and 90 % quantiles over people (ICE, centred at the first value). For numbers also
        `accumulated_local_effect`, which moves each person only within the own cell, and so never leaves the data.

    Raises
    ------
    SpecError
        When a feature is unknown.
    DataError
        When it is a group of columns.

    References
    ----------
    Friedman, J. H. (2001). Greedy function approximation. Annals of Statistics 29(5). (partial dependence)
    Goldstein, A. et al. (2015). Peeking inside the black box. JCGS 24(1). (ICE)
    Apley, D. W. and Zhu, J. (2020). Visualizing the effects of predictor variables in black box supervised learning
    models. JRSS B 82(4). (ALE)
    """
    few = take(inputs, np.sort(rng.permutation(length(inputs))[:rows]))
    for feature in features:
        if feature not in players.names:
            raise unknown_name("partial_dependence.features", "feature", feature, players.names)
        if feature not in players.columns:
            raise DataError("partial_dependence.features", f"'{feature}', a group of columns", "one column")
        column = players.columns.index(feature)
        whole, own = (_column(batch, column) for batch in (inputs, few))
        present = _present(inputs, column, whole)
        if not len(present):
            because = "every value is missing"
            yield Evidence("partial_dependence", None, n=0, unit="score", about={"feature": feature}, because=because)
        elif present.dtype.kind in "biuf" and len(np.unique(present)) > bins:
            edges = _edges(present, bins)
            yield from _dependence(model, few, target, column, feature, edges)
            held = np.flatnonzero(~pd.isna(own))
            yield from _accumulated(model, take(few, held), target, column, feature, edges, own[held].astype(float))
        else:
            yield from _dependence(model, few, target, column, feature, _values(present))


def _edges(present: NDArray[Any], bins: int) -> NDArray[Any]:
    """Return the quantiles that cut a feature; of whole numbers, values that somebody has: between two is none."""
    levels = np.linspace(0, 1, bins + 1)
    if present.dtype.kind in "biu":
        return np.unique(np.quantile(present.astype(np.int64), levels, method="inverted_cdf"))
    return np.unique(np.quantile(present.astype(np.float64), levels))


def _values(present: NDArray[Any]) -> NDArray[Any]:
    """Return different values, sorted: as numbers where they are, else by their text."""
    if present.dtype.kind in "biuf":
        return np.unique(present)
    different = pd.unique(pd.Series(present, dtype=object))
    return np.array(sorted(different, key=str), dtype=object)


def _column(batch: Any, column: int) -> NDArray[Any]:
    return batch.iloc[:, column].to_numpy() if isinstance(batch, pd.DataFrame) else as_array(batch)[:, column]


def _present(batch: Any, column: int, values: NDArray[Any]) -> NDArray[Any]:
    """Return the values that are there, as numbers where the column is one of numbers with gaps."""
    there: NDArray[Any] = values[~pd.isna(values)]
    kind = batch.dtypes.iloc[column] if isinstance(batch, pd.DataFrame) else values.dtype
    if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind):
        return there
    return np.asarray(there, dtype=np.int64 if pd.api.types.is_integer_dtype(kind) else np.float64)


def _answers(model: Model, rows: Any, target: Target, column: int, value: Any) -> Floats:
    """Return the scores when a column is set to a value, or to one value a row, (n,)."""
    if isinstance(rows, pd.DataFrame):
        changed = rows.copy()
        name = rows.columns[column]
        changed[name] = pd.Series(np.broadcast_to(value, len(rows)), index=rows.index).astype(rows[name].dtype)
    elif is_tensor(rows):
        changed = rows.clone()
        changed[:, column] = plugin.function("torch", "as_tensor")(value, dtype=rows.dtype, device=rows.device)
    else:
        changed = np.array(rows)
        changed[:, column] = value
    return np.asarray(target(model.predict(changed)), dtype=np.float64)[:, 0]


def _dependence(
    model: Model, rows: Any, target: Target, column: int, feature: str, values: NDArray[Any]
) -> Iterator[Evidence]:
    first = None
    for value, name in zip(values, _shown(values), strict=True):
        scores = _answers(model, rows, target, column, value)
        first = scores if first is None else first
        mean, low, high, n = mean_interval(scores)
        people = np.quantile(scores - first, [0.1, 0.9])
        detail: dict[str, float | int | str | bool | None] = {
            "ice_10": float(people[0]), "ice_90": float(people[1]), "confidence": 0.95
        }  # fmt: skip
        about = {"feature": feature, "bin": name}
        yield Evidence("partial_dependence", mean, low, high, n, "score", about, detail=detail)


def _accumulated(
    model: Model, rows: Any, target: Target, column: int, feature: str, edges: Floats, own: Floats
) -> Iterator[Evidence]:
    cell = np.clip(np.searchsorted(edges, own, side="left") - 1, 0, len(edges) - 2)
    step = _answers(model, rows, target, column, edges[cell + 1]) - _answers(model, rows, target, column, edges[cell])
    count = np.bincount(cell, minlength=len(edges) - 1)
    total = np.bincount(cell, weights=step, minlength=len(edges) - 1)
    mean = np.divide(total, count, out=np.zeros(len(count)), where=count > 0)
    effect = np.concatenate([[0.0], np.cumsum(mean)])
    middle = (effect[1:] + effect[:-1]) / 2
    effect -= (middle * count).sum() / count.sum()
    for name, value in zip(_shown(edges), effect, strict=True):
        about = {"feature": feature, "bin": name}
        yield Evidence("accumulated_local_effect", float(value), n=len(own), unit="score", about=about)


def _shown(values: NDArray[Any]) -> list[str]:
    """Return values in words: of numbers as many digits as tell them apart, six at least."""
    if not all(isinstance(v, (int, float, np.number)) for v in values):
        return [str(v) for v in values]
    for digits in range(6, 18):
        names = [f"{v:.{digits}g}" for v in values]
        if len(set(names)) == len(names):
            break
    return names
