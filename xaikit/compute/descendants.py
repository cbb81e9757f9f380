"""What a model would decide, were the sensitive feature another and with it all that it shapes, as declared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from xaikit.compute.batches import take
from xaikit.compute.flips import columns_of
from xaikit.compute.nuisance import design
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.target import Target

Bools = NDArray[np.bool_]
JITTER = 1e-6  # of rows that are equally near, one is drawn


@dataclass(frozen=True, slots=True)
class Moved:
    """How much the rate of a group changes.

    Parameters
    ----------
    value, error : float
        Mean change of the decision, and its standard error.
    to_favourable, to_unfavourable : int
        How many decisions turned.
    n : int
        Rows of the group.
    """

    value: float
    error: float
    to_favourable: int
    to_unfavourable: int
    n: int


def moved_with_descendants(
    model: Model,
    inputs: Any,
    frame: pd.DataFrame,
    players: Players,
    target: Target,
    threshold: float,
    features: Sequence[str],
    confounders: Sequence[str],
    member: Bools,
    other: Bools,
    rng: np.random.Generator,
    rows: int = 10_000,
) -> Moved | None:
    """Return the change in decisions when each member takes the features of somebody of the other group.

    The donor is the nearest in the confounders, by lot among equals; all other inputs are kept. The mean is the total
    effect on the model's decision under the declared graph, if donors are near enough. None when the model reads none
    of the features.

    Parameters
    ----------
    model, inputs, players, target, threshold
        As an engine takes them.
    frame : pandas.DataFrame
        The same rows, with the confounders.
    features : sequence of str
        The sensitive feature and its declared descendants.
    confounders : sequence of str
        Columns.
    member, other : bool arrays, shape (n,)
        Whose features are changed, and whose are taken.
    rng : numpy.random.Generator
        Draws rows, and donors among equals.
    rows : int
        At most so many members are changed.

    References
    ----------
    Pearl, J. (2009). Causality, § 3.2 (back-door adjustment).
    Kusner, M. et al. (2017). Counterfactual fairness. NIPS.
    Abadie, A. and Imbens, G. (2006). Large sample properties of matching estimators. Econometrica 74.
    """
    columns = np.unique(np.concatenate([columns_of(players, f) for f in features] or [np.array([], dtype=np.intp)]))
    if not len(columns) or not member.any() or not other.any():
        return None
    mine = np.sort(rng.permutation(np.flatnonzero(member))[:rows])
    donor = _donors(design(frame, confounders), mine, np.flatnonzero(other), rng)
    before = np.asarray(target(model.predict(take(inputs, mine))))[:, 0] >= threshold
    changed = with_columns_of(take(inputs, mine), take(inputs, donor), columns)
    after = np.asarray(target(model.predict(changed)))[:, 0] >= threshold
    change = after.astype(float) - before
    value = float(change.mean())
    # who takes from the same donor is not independent: the error is over donors
    who = np.unique(donor, return_inverse=True)[1].reshape(-1)
    within = np.bincount(who, weights=change - value)
    error = float(np.sqrt(np.sum(within**2)) / len(mine))
    return Moved(value, error, int((change > 0).sum()), int((change < 0).sum()), len(mine))


def with_columns_of(rows: Any, donors: Any, columns: NDArray[np.intp]) -> Any:
    """Return the rows with some columns taken from the donors, row by row; both stay as they are."""
    out = rows.copy()
    if isinstance(out, pd.DataFrame):
        for column in columns:
            name = out.columns[column]
            out[name] = donors[name].to_numpy()
        return out
    out[:, columns] = donors[:, columns]
    return out


def _donors(x: Any, mine: NDArray[np.intp], others: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    if not x.shape[1]:
        return np.asarray(rng.choice(others, len(mine)))
    place = np.concatenate([x, JITTER * rng.normal(size=(len(x), 3))], axis=1)
    nearest = NearestNeighbors(n_neighbors=1).fit(place[others]).kneighbors(place[mine], return_distance=False)
    return np.asarray(others[nearest[:, 0]])
