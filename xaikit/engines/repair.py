"""How far would an error drop if one feature took its best value? The natural explanation of an anomaly.

The residual of a feature says where the rebuilt row differs, which is often not where it is wrong: one corrupted
value spoils the reconstruction of all that depend on it. Repairing asks which single change makes the row normal.
"""

from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.batches import as_array, length, take
from xaikit.compute.tables import player_data
from xaikit.core.errors import DataError
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target

Floats = NDArray[np.float64]


def explain(
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players,
    progress: Progress,
    *,
    candidates: Annotated[int, Field(ge=2)] = 32,
) -> Explanation:
    """Explain an error or an anomaly score, row by row, by repairing one feature at a time.

    Parameters
    ----------
    model : Model
        Its target is an error: `compute.composed.reconstruction_error`, an anomaly score, a loss.
    inputs : array or table, shape (rows, columns)
        What to explain.
    background : like `inputs`
        Normal rows: the values that a feature may take come from them.
    target : Target
        The error; lower is better.
    players : Players
        Features; the columns of a group are repaired together.
    progress : Progress
        Told of rows done.
    candidates : int
        How many values are tried for a feature: quantiles of the background for a number, rows of it for a group.

    Returns
    -------
    Explanation
        `values` (rows, players, outputs), 0 or more: the error minus the least error with that feature repaired.
        They do not add up to the error: two features can each repair the row. `detail["repaired"]` holds the index
        of the best candidate, −1 where the feature is best as it is.

    Raises
    ------
    DataError
        When rows and background have different columns.

    References
    ----------
    Idé, T., Dhurandhar, A., Navrátil, J., Singh, M., Abe, N. (2021). Anomaly attribution with likelihood
    compensation. AAAI 35(5), 4131–4138 (how far must an input be corrected to be normal).
    """
    if len(players.columns) != np.shape(background)[1] or np.shape(inputs)[1] != np.shape(background)[1]:
        raise DataError("background", f"{np.shape(background)[1]} columns", f"{len(players.columns)}, as the inputs")
    n = length(inputs)
    before = _errors(model, target, inputs)
    values = np.zeros((n, len(players), before.shape[1]))
    best = np.full((n, len(players)), -1.0)
    asked = n
    for player in range(len(players)):
        members = players.members(player)
        tried = _candidates(background, members, candidates)
        repaired = _repaired(inputs, members, tried)
        errors = _errors(model, target, repaired).reshape(n, len(tried), -1)
        values[:, player] = np.maximum(before - errors.min(axis=1), 0.0)
        best[:, player] = np.where(values[:, player, 0] > 0, errors[:, :, 0].argmin(axis=1), -1)
        asked += n * len(tried)
        progress("repair", player + 1, len(players))
    return Explanation(
        values=values,
        base=np.zeros_like(before),
        prediction=before,
        feature_names=players.names,
        output_names=target.outputs,
        engine="repair",
        data=player_data(inputs, players),
        unit="drop of the error",
        target=target.name,
        budget={"model_rows": asked, "candidates": candidates},
        notes=("Repairs are one at a time and do not add up: two features can each repair the same row.",),
        detail={"repaired": best},
    )


def _errors(model: Model, target: Target, batch: Any) -> Floats:
    return np.asarray(target(model.predict(batch)), dtype=np.float64)


def _candidates(background: Any, members: NDArray[np.intp], count: int) -> NDArray[Any]:
    """Return the values to try for one player, shape (candidates, columns of the player)."""
    table = background.iloc[:, members] if isinstance(background, pd.DataFrame) else as_array(background)[:, members]
    rows = np.asarray(table)
    if len(members) == 1 and rows.dtype.kind == "f":
        return np.unique(np.quantile(rows[:, 0], np.linspace(0, 1, count))).astype(rows.dtype)[:, None]
    different = pd.DataFrame(rows).drop_duplicates().to_numpy()
    chosen: NDArray[Any] = different[np.linspace(0, len(different) - 1, min(count, len(different))).astype(int)]
    return chosen


def _repaired(inputs: Any, members: NDArray[np.intp], tried: NDArray[Any]) -> Any:
    """Return every row with every candidate, (rows × candidates, columns)."""
    n = length(inputs)
    out = take(inputs, np.repeat(np.arange(n), len(tried)))
    if not isinstance(out, pd.DataFrame):
        out = np.array(as_array(out))
        out[:, members] = np.tile(tried, (n, 1))
        return out
    out = out.reset_index(drop=True)
    for place, column in enumerate(members):
        name = out.columns[column]
        out[name] = pd.Series(np.tile(tried[:, place], n), dtype=out[name].dtype)
    return out
