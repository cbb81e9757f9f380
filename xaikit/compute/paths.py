"""Deletion and insertion: how fast the output moves when features go, or come, in an order."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Game(Protocol):
    """What coalitions of a row are worth, for example `xaikit.compute.masking.Masked`."""

    def values(self, rows: slice, masks: NDArray[np.bool_], /) -> Floats:
        """Return the values, float array (rows, coalitions, background, outputs)."""
        ...


def path_gain(game: Game, row: int, values: Floats, change: Floats, rng: np.random.Generator, orders: int) -> Floats:
    """Return by how much deletion and insertion beat random orders in one row, float array (2, outputs).

    Parameters
    ----------
    game : Game
        The game of the rows.
    row : int
        Which of its rows.
    values : float array, shape (players, outputs)
        The attribution whose order is followed: what pushed towards the prediction first.
    change : float array, shape (outputs,)
        Prediction − base, whose sign says which way that is.
    rng : numpy.random.Generator
        Draws random orders and breaks ties.
    orders : int
        Random orders.

    Returns
    -------
    float array, shape (2, outputs)
        Areas between the curves, in units of the output; positive is better than chance.

    References
    ----------
    Petsiuk, V., Das, A. and Saenko, K. (2018). RISE: randomized input sampling for explanation. BMVC.
    """
    players, outputs = values.shape
    up = np.where(change < 0, -1.0, 1.0)
    # ties are broken by chance: by position, they would favour the columns that come first in the table
    own = [np.lexsort((rng.random(players), -values[:, k] * up[k])) for k in range(outputs)]
    chance = [rng.permutation(players) for _ in range(orders)]
    masks = np.concatenate([_deleted(o) for o in (*own, *chance)] + [~_deleted(o) for o in own])
    areas = game.values(slice(row, row + 1), masks)[0].mean(axis=1).reshape(-1, players + 1, outputs).mean(axis=1)
    # a random order inserted is another random order deleted: one mean serves both
    random = areas[outputs : outputs + orders].mean(axis=0)
    deletion, insertion = np.diag(areas[:outputs]), np.diag(areas[outputs + orders :])
    return np.stack([(random - deletion) * up, (insertion - random) * up])


def _deleted(order: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return the masks left after the first 0, 1, …, all players of an order are deleted, (players + 1, players)."""
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    kept: NDArray[np.bool_] = rank[None, :] >= np.arange(len(order) + 1)[:, None]
    return kept
