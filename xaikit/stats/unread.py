"""Features that moved no probe: who they are, and how much they may be worth nevertheless.

A model can be asked about some coalitions only, so that nobody can be shown to be worth 0 by asking. What can be said
is how rarely a feature moves the output that moved it in none of m random coalitions, and what it is worth if it then
moves as far as any two answers were seen apart: a limit of 3 / m of that range.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
# (rows, masks, background row of each mask) → values, float array (rows, masks, 1, outputs)
Probed = Callable[[Ints, Bools, Ints], Floats]

PROBES = 1000  # of each row: the limit is then .3 % of the range of the answers
FEWEST = 16  # with fewer probes of a row nobody passes
COST = 2.5  # model rows a probe: without and with all suspects, and every fourth time with halves of them
ROUNDS = 5  # of probes; who is still suspected when each of them found somebody takes part
TOGETHER = 2**22  # answers held at once
AUTO = 4096  # coalitions a row that are reckoned with where the caller names no number
ASKED = 2**14  # model rows of the search for who moved, a round
ONE_SIDED = 0.05  # a share of moves that is missed by m probes with this chance is the limit
Z = 1.959963984540054
ENDS = (np.min, np.max)
UNSEEN = (-np.log(ONE_SIDED) / Z) ** 2
"""Moves beyond those seen that a variance counts, 2.34: the interval then holds Poisson counts as often as 94 %."""


RARE = 0.1  # share of moves up to which their number is Poisson's, and a spread of them is no error yet
FEW_MOVES = 3  # that say little of how far the next one goes


@dataclass(frozen=True, slots=True, eq=False)
class Unread:
    """Who moved the output in no probe of any row.

    Parameters
    ----------
    players : bool array, shape (players,)
        Who. They do not take part, and are given 0.
    probes : int
        Random coalitions of each row in which none of them moved the output; 0 where nobody passed.
    reach : float array, shape (outputs,)
        Range of the answers seen: no two were further apart.
    rare : bool array, shape (players,)
        Who was suspected, and moved the output in some probe after all.
    """

    players: Bools
    probes: int
    reach: Floats
    rare: Bools

    @property
    def limit(self) -> Floats:
        """What each of them is worth at most, either way, with 95 % confidence, shape (outputs,)."""
        return share_limit(self.probes) * self.reach

    @property
    def variance(self) -> Floats:
        """The square of the standard error whose 95 % interval ends at the limit, shape (outputs,)."""
        return np.asarray((self.limit / Z) ** 2)


def share_limit(probes: int) -> float:
    """Return the largest share of moves that `probes` draws without one leave open, with 95 % confidence.

    Examples
    --------
    >>> round(share_limit(100), 4), share_limit(0)  # three in a hundred, hence "the rule of three"
    (0.0295, 1.0)

    References
    ----------
    Hanley, J. A. and Lippman-Hand, A. (1983). If nothing goes wrong, is everything all right? JAMA 249(13).
    """
    return float(1 - ONE_SIDED ** (1 / probes)) if probes else 1.0


def unread(
    game: Probed,
    whole: Floats,
    nobody: Floats,
    players: int,
    rng: np.random.Generator,
    most: int | None = None,
    probes: int = PROBES,
) -> Unread:
    """Return who moves the output in no probe.

    Each player alone joins nobody, and leaves everybody, on up to 16 rows; who moves nothing there is suspected. Then
    random coalitions of the others are drawn (each is in with the same chance, which is drawn evenly from 0 to 1, as
    before a player of a random order), each put before one row of the background. All suspects join them together;
    every fourth time a random half of them does, and then the other half. Where an answer differs, each suspect is
    asked alone, and who moves it takes part from there on; then all are probed anew. So those that pass have moved
    nothing in `probes` coalitions of *each* row, at a cost that does not grow with how many they are. Who acts only
    when another suspect is in or out shows in half of the probes with halves, or more.

    Parameters
    ----------
    game : callable
        Values of coalitions, each before one background row.
    whole : float array, shape (rows, outputs)
        Value of all players.
    nobody : float array, shape (background, outputs)
        Value of none.
    players : int
        How many there are.
    rng : numpy.random.Generator
        Draws the coalitions.
    most : int, optional
        Coalitions a row that may be asked, each before the whole background: a quarter of them is spent on probes, at
        most. Where that is fewer than 16 probes, nobody passes. None stands for 4096.
    probes : int
        Of each row, at most.
    """
    rows, background = len(whole), len(nobody)
    probes = min(probes, int((AUTO if most is None else most) * background / 4 / COST))
    few = np.unique(np.linspace(0, rows - 1, min(rows, 16)).astype(np.intp))
    suspects, seen = _still(game, few, players, np.arange(players) % background)
    low, high = (
        end(np.concatenate([end(seen, 0)[None], end(whole, 0)[None], end(nobody, 0)[None]]), 0) for end in ENDS
    )
    if probes < FEWEST:
        return Unread(np.zeros(players, dtype=bool), 0, high - low, suspects)
    return _Prober(game, rows, whole.shape[1], background, rng, probes).passed(suspects, np.stack([low, high]))


def _still(game: Probed, few: Ints, players: int, behind: Ints) -> tuple[Bools, Floats]:
    """Return who moves nothing by joining nobody, or by leaving everybody, on a few rows; and the answers."""
    alone = np.eye(players, dtype=bool)
    masks = np.concatenate([alone, np.zeros_like(alone), ~alone, np.ones((1, players), dtype=bool)])
    values = game(few, masks, np.append(np.tile(behind, 3), 0))[:, :, 0]
    joining, nobody, leaving, everybody = np.split(values, [players, 2 * players, 3 * players], axis=1)
    moves = np.abs(np.concatenate([joining - nobody, leaving - everybody]))
    return (moves.max(axis=0) <= rounding(values)).all(axis=-1), values.reshape(-1, values.shape[-1])


@dataclass(frozen=True, slots=True, eq=False)
class _Probes:
    """One round: coalitions without suspects, those with some, and which of the former each of the latter is from."""

    base: Bools
    joined: Bools
    of: Ints
    behind: Ints


@dataclass(frozen=True, slots=True, eq=False)
class _Prober:
    game: Probed
    rows: int
    outputs: int
    background: int
    rng: np.random.Generator
    probes: int

    def passed(self, suspects: Bools, answers: Floats) -> Unread:
        """Return who of the suspects passes; `answers`, shape (2, outputs), are the ends of those seen before."""
        low, high = answers
        left = suspects.copy()
        for _ in range(ROUNDS if self.probes >= FEWEST else 0):
            if not left.any():
                break
            probes = self._drawn(left)
            moved, bottom, top = self._moved(probes)
            low, high = np.minimum(low, bottom), np.maximum(high, top)
            if not len(moved):
                return Unread(left, self.probes, high - low, suspects & ~left)
            found = self._who(probes, moved, left)
            if not found.any():  # they act only together
                break
            left &= ~found
        return Unread(np.zeros_like(suspects), 0, high - low, suspects)

    def _drawn(self, suspects: Bools) -> _Probes:
        count = self.probes
        level = self.rng.permutation((np.arange(count) + self.rng.random(count)) / count)
        base = self.rng.random((count, len(suspects))) < level[:, None]
        base[:, suspects] = False
        quarter = np.arange(0, count, 4)
        half = self.rng.random((len(quarter), len(suspects))) < 0.5
        joined = np.concatenate(
            [base | suspects, base[quarter] | (half & suspects), base[quarter] | (~half & suspects)]
        )
        turns = -(-count // self.background)
        behind = np.concatenate([self.rng.permutation(self.background) for _ in range(turns)])[:count]
        return _Probes(base, joined, np.concatenate([np.arange(count), quarter, quarter]), behind)

    def _moved(self, probes: _Probes) -> tuple[Ints, Floats, Floats]:
        """Return the (row, joined coalition) whose answer differs, shape (n, 2), and the ends of the answers."""
        masks = np.concatenate([probes.base, probes.joined])
        behind = np.concatenate([probes.behind, probes.behind[probes.of]])
        moved, low, high = [], [], []
        step = max(1, TOGETHER // (len(masks) * self.outputs))
        for start in range(0, self.rows, step):
            block = np.arange(start, min(start + step, self.rows))
            values = self.game(block, masks, behind)[:, :, 0]
            without, joined = values[:, : len(probes.base)], values[:, len(probes.base) :]
            away = (np.abs(joined - without[:, probes.of]) > rounding(values)).any(axis=-1)
            moved.append(np.argwhere(away) + np.array([start, 0]))
            low.append(values.min(axis=(0, 1)))
            high.append(values.max(axis=(0, 1)))
        return np.concatenate(moved), np.min(low, axis=0), np.max(high, axis=0)

    def _who(self, probes: _Probes, moved: Ints, suspects: Bools) -> Bools:
        """Return who of the suspects moves an answer when alone in joining, or in leaving those who joined."""
        found, names = np.zeros_like(suspects), np.flatnonzero(suspects)
        for row, joined in self._spread(moved, max(1, ASKED // (2 * len(names) + 2))):
            without, together = probes.base[probes.of[joined]], probes.joined[joined]
            one = np.zeros((len(names), len(suspects)), dtype=bool)
            one[np.arange(len(names)), names] = True
            masks = np.concatenate([[without], without ^ one, [together], together ^ one])
            behind = np.full(len(masks), probes.behind[probes.of[joined]])
            values = self.game(np.array([row]), masks, behind)[0, :, 0]
            half = len(names) + 1
            start = np.repeat(values[[0, half]], len(names), axis=0)
            alone = np.concatenate([values[1:half], values[half + 1 :]])
            away: Bools = np.any(np.abs(alone - start) > rounding(values), axis=-1)
            found[names] |= away[: len(names)] | away[len(names) :]
        return found

    def _spread(self, moved: Ints, most: int) -> Ints:
        """Return up to `most` of those that moved, from as many rows as there are."""
        moved = moved[self.rng.permutation(len(moved))]
        rows = moved[:, 0]
        order = np.argsort(rows, kind="stable")
        starts = np.r_[0, np.flatnonzero(np.diff(rows[order])) + 1]
        turn = np.empty(len(moved), dtype=np.intp)  # how often its row has come before
        turn[order] = np.arange(len(moved)) - np.repeat(starts, np.diff(np.r_[starts, len(moved)]))
        return np.asarray(moved[np.argsort(turn, kind="stable")[:most]])


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """In how many orders each player moved the output, and how far at most, (rows, players, outputs) both."""

    times: Floats
    largest: Floats

    @classmethod
    def none(cls, shape: tuple[int, ...]) -> "Moves":
        """Return that nobody moved yet."""
        return cls(np.zeros(shape), np.zeros(shape))

    def add(self, rows: Ints, each: Floats, reach: Floats | None) -> None:
        """Count what each player adds in further orders, (rows, orders, players, outputs)."""
        if reach is None:
            return
        far = np.abs(each)
        self.times[rows] += (far > 1e-6 * reach).sum(axis=1)
        self.largest[rows] = np.maximum(self.largest[rows], far.max(axis=1))

    def unseen(self, rows: Ints, probes: int, reach: Floats | None) -> Floats:
        """Return the variance of rare moves beyond those seen; the first few say little of how far they go.

        Without a range of the answers nothing was counted, and the variance is 0.
        """
        if reach is None:
            return np.zeros_like(self.times[rows])
        times = self.times[rows]
        size = np.where(times < FEW_MOVES, reach, 2 * self.largest[rows])
        return np.where(times <= RARE * probes, UNSEEN * (size / probes) ** 2, 0.0)


def rounding(values: Floats) -> Floats:
    """Return how much of each output (last axis) is rounding, in the precision in which the model answered.

    Examples
    --------
    >>> values = np.array([[1e9, 0.5], [1e9 + 1e-3, 0.25]])
    >>> rounding(values) < [1e-3, 1e-6]
    array([ True,  True])
    """
    flat = values.reshape(-1, values.shape[-1])
    with np.errstate(over="ignore"):
        single = (flat.astype(np.float32) == flat).all(axis=0)
    units = np.where(single, 4 * np.finfo(np.float32).eps, 64 * np.finfo(np.float64).eps)
    return np.asarray(units * np.abs(flat).max(axis=0, initial=0))
