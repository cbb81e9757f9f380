"""Candidates of recourse made smaller: changes taken back, numbers moved towards the person's own."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from xaikit.compute.recourse_constraints import Limits

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Accept = Callable[[Floats], Bools]  # codes (n, players) → accepted (n,)
HALVINGS = 4


def refined(current: Floats, own: Floats, alive: Bools, accept: Accept, limits: Limits) -> Floats:
    """Return candidates that change fewer features, and numbers less, and are still accepted.

    Parameters
    ----------
    current : float array, shape (people, candidates, players)
        Accepted rows within the limits, where `alive`; altered.
    own : float array, shape (people, 1, players)
        The people's own rows.
    alive : bool array, shape (people, candidates)
        Which candidates are asked about.
    accept : callable
        The model's decision on codes.
    limits : Limits
        Respected by every answer.
    """
    return _halved(_reverted(current, own, alive, accept, limits), own, alive, accept, limits)


def _reverted(current: Floats, own: Floats, alive: Bools, accept: Accept, limits: Limits) -> Floats:
    """Take back one change at a time, the dearest first, while the model still accepts; all people at once."""
    players = current.shape[2]
    while True:
        person, place, player = np.nonzero((current != own) & alive[..., None])
        if not len(person):
            return current
        trial = current[person, place].copy()
        mine = own[person, 0]
        trial[np.arange(len(trial)), player] = mine[np.arange(len(trial)), player]
        trial = limits.followed(trial, mine)
        gain = limits.cost(current[person, place], mine) - limits.cost(trial, mine)
        useful = (trial != mine).sum(axis=1) < (current[person, place] != mine).sum(axis=1)
        useful &= limits.respected(trial, mine)
        useful[useful] = accept(trial[useful])
        if not useful.any():
            return current
        score = np.full((*current.shape[:2], players), -np.inf)
        score[person[useful], place[useful], player[useful]] = gain[useful]
        best = score.argmax(axis=2)
        chosen = useful & (best[person, place] == player)
        current[person[chosen], place[chosen]] = trial[chosen]


def _halved(current: Floats, own: Floats, alive: Bools, accept: Accept, limits: Limits) -> Floats:
    """Move each changed number halfway back on the grid, as long as the model still accepts."""
    coding, wide = limits.coding, np.broadcast_to(own, current.shape)
    for p in map(int, np.flatnonzero(coding.ordered)):
        low = wide[..., p].copy()
        for _ in range(HALVINGS):
            trial = current.copy()
            trial[..., p] = coding.on_grid(p, (low + current[..., p]) / 2)
            trial = limits.followed(trial, wide)
            nearer = np.abs(trial[..., p] - wide[..., p]) < np.abs(current[..., p] - wide[..., p])
            ahead = np.sign(trial[..., p] - wide[..., p]) == np.sign(current[..., p] - wide[..., p])
            ask = alive & nearer & ahead & (trial[..., p] != low)
            ask[ask] = limits.respected(trial[ask], wide[ask])
            if not ask.any():
                break
            good = np.zeros(ask.shape, dtype=bool)
            good[ask] = accept(trial[ask])
            current[good] = trial[good]
            low = np.where(ask & ~good, trial[..., p], low)
    return current
