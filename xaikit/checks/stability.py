"""Stability: is the explanation the same with another seed, and nearly the same after an input moved a little.

Movements of the explanation are put beside the movement of the prediction and the stated standard error: a value that
jumps while neither moves is not to be relied on.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.batches import as_array, is_tensor
from xaikit.compute.rerunning import Recipe, Setting, fitting, some
from xaikit.core import plugin
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.target import Target
from xaikit.stats.agreement import mean_interval, rank_correlation, relative_distance

Floats = NDArray[np.float64]


def check(
    explanations: Mapping[str, Explanation],
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players,
    rng: np.random.Generator,
    recipes: Mapping[str, Recipe] | None = None,
    *,
    rows: Annotated[int, Field(ge=2)] = 20,
    noise: Annotated[float, Field(gt=0, lt=1)] = 0.02,
) -> Iterator[Evidence]:
    """Measure stability across seeds and under small input noise.

    Parameters
    ----------
    explanations : mapping of str to Explanation
        What is checked.
    model, inputs, background, target, players
        With which they were made.
    rng : numpy.random.Generator
        Draws rows, other seeds and noise.
    recipes : mapping of str to Recipe, optional
        How each was asked for: the other seeds are those of the same explanation, not of the engine's defaults.
    rows : int
        Rows that are explained again.
    noise : float
        Standard deviation of the noise on numeric columns that are not binary, as a share of each column's.

    Yields
    ------
    Evidence
        `seed_distance` (mean relative L2 distance to the explanation with another seed; `detail` says what the stated
        standard errors predict), `seed_rank_correlation`, `noise_distance` (with `detail` on the prediction's move).

    References
    ----------
    Alvarez-Melis, D. and Jaakkola, T. S. (2018). On the robustness of interpretability methods. arXiv 1806.08049.
    """
    setting = Setting(model, inputs, background, target, players)
    able, because = fitting(explanations, setting)
    for name, why in because.items():
        for measure in ("seed_distance", "seed_rank_correlation", "noise_distance"):
            yield Evidence(measure, None, about={"explanation": name}, because=why)
    for name, explanation in able.items():
        few, recipe = some(explanation, rows, rng), (recipes or {}).get(name)
        again = setting.rows_of(few)
        one, two = (setting.again(explanation, again, rng, recipe) for _ in range(2))
        yield from _seeds(name, one, two)
        moved = jittered(again, inputs, noise, rng)
        if moved is None:
            why = "no column is a number that can move a little"
            yield Evidence("noise_distance", None, about={"explanation": name}, because=why)
        else:
            yield _noise(name, one, setting.again(explanation, moved, rng, recipe), noise)


def _flat(values: Floats) -> Floats:
    return np.asarray(values.reshape(len(values), -1))


def _seeds(name: str, one: Explanation, two: Explanation) -> Iterator[Evidence]:
    about = {"explanation": name}
    value, low, high, n = mean_interval(relative_distance(_flat(one.values), _flat(two.values)))
    detail: dict[str, float | int | str | bool | None] = {"confidence": 0.95}
    sampling = one.detail.get("stderr_sampling", one.stderr)
    if sampling is not None:
        size = np.linalg.norm(_flat(one.values), axis=1)
        spread = np.sqrt(2) * np.linalg.norm(_flat(sampling), axis=1)
        detail["predicted_by_standard_errors"] = (
            float(np.mean(spread[size > 0] / size[size > 0])) if size.any() else 0
        )
    yield Evidence("seed_distance", value, low, high, n, "relative L2 distance", about, detail=detail)
    ranks = rank_correlation(_flat(np.abs(one.values)), _flat(np.abs(two.values)))
    value, low, high, n = mean_interval(ranks)
    why = "" if n else "every row has equal values for all features"
    yield Evidence("seed_rank_correlation", value, low, high, n, "correlation", about, because=why)


def _noise(name: str, one: Explanation, moved: Explanation, noise: float) -> Evidence:
    value, low, high, n = mean_interval(relative_distance(_flat(one.values), _flat(moved.values)))
    shift = float(np.abs(moved.prediction - one.prediction).mean())
    scale = float(np.abs(one.prediction - one.base).mean())
    return Evidence(
        "noise_distance",
        value,
        low,
        high,
        n,
        "relative L2 distance",
        {"explanation": name},
        detail={"noise": noise, "prediction_moved": shift / scale if scale else shift, "confidence": 0.95},
    )


def jittered(rows: Any, inputs: Any, noise: float, rng: np.random.Generator) -> Any | None:
    """Return rows with noise on every numeric column of more than two values, or None where there is none."""
    if isinstance(rows, pd.DataFrame):
        out = rows.copy()
        floats = [c for c in inputs.columns if inputs[c].dtype.kind == "f" and inputs[c].nunique() > 2]
        for column in floats:
            out[column] = rows[column] + noise * float(inputs[column].std()) * rng.standard_normal(len(rows))
        return out if floats else None
    array = as_array(inputs)
    moving = np.array([array.dtype.kind == "f" and len(np.unique(column[:1000])) > 2 for column in array.T])
    if not moving.any():
        return None
    step = noise * array.std(axis=0) * moving * rng.standard_normal((len(rows), array.shape[1]))
    if is_tensor(rows):
        return rows + plugin.function("torch", "as_tensor")(step, dtype=rows.dtype, device=rows.device)
    return (rows + step).astype(array.dtype)
