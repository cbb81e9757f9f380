"""The same rows with one feature set to what another group holds."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.compute.batches import take
from xaikit.core.evidence import UNKNOWN
from xaikit.core.groups import Groups
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.target import Target


def columns_of(players: Players, feature: str) -> NDArray[np.intp]:
    """Return the columns by which a feature reaches the model; empty when it does not."""
    if feature in players.names:
        return players.members(players.names.index(feature))
    # a column of the feature's own name may stand inside a group of another name
    return np.flatnonzero(np.array(players.columns) == feature)


def pattern_of(rows: Any, columns: NDArray[np.intp], groups: Groups, group: int) -> NDArray[Any] | str:
    """Return what the columns of a feature hold for one group, or why that is not one thing."""
    chosen = take(rows, np.flatnonzero(groups.codes == group))
    values = chosen.iloc[:, columns] if isinstance(chosen, pd.DataFrame) else pd.DataFrame(chosen[:, columns])
    different = values.drop_duplicates()
    if len(different) > 1:
        name = f"{groups.name} = {groups.names[group]}"
        return f"rows with {name} hold {len(different)} different values in the columns that the model reads"
    return np.asarray(different.iloc[0].to_numpy(dtype=object))


def replaced(rows: Any, columns: NDArray[np.intp], pattern: NDArray[Any]) -> Any:
    """Return the rows with the columns set to a pattern; the rows given stay as they are."""
    out = rows.copy()
    if isinstance(out, pd.DataFrame):
        for column, value in zip(columns, pattern, strict=True):
            name = out.columns[column]
            dtype = out[name].dtype
            out[name] = pd.Series([value] * len(out), index=out.index, dtype=dtype)
        return out
    out[:, columns] = pattern.astype(out.dtype)
    return out


def flips_of(
    model: Model | None,
    population: Any,
    groups: Groups | None,
    players: Players | None,
    target: Target | None,
    threshold: float | None,
    group: str,
) -> tuple[int, int] | None:
    """Return how many decisions change when a feature is set from a group of it to the others or back, of how many.

    Members of the group are set to each other group in turn, everybody else to the group; None where the model does
    not read the feature, or a group is not one value of it.
    """
    if model is None or groups is None or players is None or target is None or threshold is None:
        return None
    columns = columns_of(players, groups.name)
    if not len(columns):
        return None
    known = [i for i, name in enumerate(groups.names) if name != UNKNOWN]
    own = groups.names.index(group)
    pairs = [(own, i) for i in known if i != own] + [(i, own) for i in known if i != own]
    before = np.asarray(target(model.predict(population)))[:, 0] >= threshold
    changed = asked = 0
    for start, end in pairs:
        pattern = pattern_of(population, columns, groups, end)
        rows = np.flatnonzero(groups.codes == start)
        if isinstance(pattern, str) or not len(rows):
            continue
        after = np.asarray(target(model.predict(replaced(take(population, rows), columns, pattern))))[:, 0]
        changed += int(((after >= threshold) != before[rows]).sum())
        asked += len(rows)
    return (changed, asked) if asked else None
