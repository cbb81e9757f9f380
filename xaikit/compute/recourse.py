"""What would have changed a decision: the fewest and smallest changes that a person can make, for any black box."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from xaikit.compute.coding import Coding
from xaikit.core.errors import unknown_name

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Accept = Callable[[Floats], Bools]  # codes (n, players) → accepted (n,)
FAR = np.inf


@dataclass(frozen=True, slots=True)
class Constraints:
    """What a person can change, how far, and at what cost.

    Parameters
    ----------
    immutable : tuple of str
        Features that cannot change.
    only_increase, only_decrease : tuple of str
        Numeric features that can move one way.
    bounds : mapping of str to (low, high)
        What may be proposed for a numeric feature.
    costs : mapping of str to float
        Weight of a full-range change (1 by default); also of a change of category.
    linked : mapping of str to mapping of str to float
        `{"education": {"age": 2.0}}`: each step up in education comes with two years of age, immutable or not.
    """

    immutable: tuple[str, ...] = ()
    only_increase: tuple[str, ...] = ()
    only_decrease: tuple[str, ...] = ()
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    costs: Mapping[str, float] = field(default_factory=dict)
    linked: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def check(self, names: tuple[str, ...]) -> None:
        """Raise a `SpecError`, with the nearest name, when a constraint names no feature."""
        named = {
            "immutable": self.immutable,
            "only_increase": self.only_increase,
            "only_decrease": self.only_decrease,
            "bounds": tuple(self.bounds),
            "costs": tuple(self.costs),
            "linked": (*self.linked, *(b for links in self.linked.values() for b in links)),
        }
        for what, features in named.items():
            for feature in features:
                if feature not in names:
                    raise unknown_name(f"recourse.{what}", "feature", feature, names)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The answers for a number of people.

    Parameters
    ----------
    codes : float array, shape (people, k, players)
        The proposed rows; NaN where there are fewer than k answers.
    cost : float array, shape (people, k)
        Weighted Gower distance from the person's own row, over what was changed; infinite where there is none.
    changed : int array, shape (people, k)
        Number of features that differ.
    """

    codes: Floats
    cost: Floats
    changed: NDArray[np.intp]

    @property
    def found(self) -> Bools:
        """Who has at least one answer."""
        return np.isfinite(self.cost[:, 0])


def search(
    own: Floats,
    donors: Floats,
    accept: Accept,
    coding: Coding,
    constraints: Constraints,
    *,
    answers: int = 1,
    nearest: int = 30,
    block: int = 64,
) -> Answers:
    """Find the nearest accepted rows that respect the constraints.

    Each person is given the changeable features of people who were accepted, where the constraints allow; the nearest
    that the model accepts are kept; then single changes are taken back, and what remains is halved towards the
    person's own value, as long as the model still accepts.

    Parameters
    ----------
    own : float array, shape (people, players)
        Rows that were rejected, coded.
    donors : float array, shape (donors, players)
        Rows that were accepted, coded; their numbers are moved to the grid, so that no person's row is proposed.
    accept : callable
        The model's decision on coded rows.
    coding : Coding
        Kinds and scales of the players.
    constraints : Constraints
        Respected by every answer.
    answers : int
        At most so many a person, each changing another set of features.
    nearest : int
        Candidates refined a person.
    block : int
        People searched at once.

    References
    ----------
    Ustun, B., Spangher, A. and Liu, Y. (2019). Actionable recourse in linear classification. FAT*.
    Mothilal, R., Sharma, A. and Tan, C. (2020). Explaining ML classifiers through diverse counterfactuals. FAT*.
    Brughmans, D., Leyman, P. and Martens, D. (2023). NICE: nearest instance counterfactual explanations.
    """
    names = coding.players.names
    constraints.check(names)
    weights = np.array([constraints.costs.get(n, 1.0) for n in names]) / coding.spans()
    out = _none(len(own), answers, len(names))
    if not len(donors):
        return out
    pool = np.unique(coding.snapped(donors), axis=0)
    for start in range(0, len(own), block):
        rows = slice(start, min(start + block, len(own)))
        _search_block(own[rows], pool, accept, coding, constraints, weights, nearest, out, rows)
    return out


def _none(people: int, answers: int, players: int) -> Answers:
    return Answers(
        np.full((people, answers, players), np.nan),
        np.full((people, answers), FAR),
        np.zeros((people, answers), dtype=np.intp),
    )


def _search_block(
    own: Floats,
    pool: Floats,
    accept: Accept,
    coding: Coding,
    constraints: Constraints,
    weights: Floats,
    nearest: int,
    out: Answers,
    rows: slice,
) -> None:
    start = own[:, None]
    candidates = _allowed(np.broadcast_to(pool, (len(own), *pool.shape)), start, coding, constraints)
    cost = _cost(candidates, start, coding, weights)
    valid = accept(candidates.reshape(-1, own.shape[1])).reshape(cost.shape)
    cost = np.where(valid, cost, FAR)
    kept = np.argsort(cost, axis=1, kind="stable")[:, :nearest]
    current = np.take_along_axis(candidates, kept[..., None], axis=1)
    alive = np.isfinite(np.take_along_axis(cost, kept, axis=1))
    current = _reverted(current, start, alive, accept, coding, constraints, weights)
    current = _halved(current, start, alive, accept, coding, constraints)
    cost = np.where(alive, _cost(current, start, coding, weights), FAR)
    changed = (current != start).sum(axis=2)
    for i in range(len(own)):
        _choose(current[i], cost[i], changed[i], current[i] != own[i], out, rows.start + i)


def _choose(
    current: Floats, cost: Floats, changed: NDArray[np.intp], where: Bools, out: Answers, person: int
) -> None:
    """Keep the sparsest, then cheapest, answers that change different sets of features."""
    seen: set[bytes] = set()
    for j in np.lexsort((cost, np.where(np.isfinite(cost), changed, 10**6))):
        if not np.isfinite(cost[j]) or len(seen) == out.cost.shape[1]:
            return
        if where[j].tobytes() not in seen:
            place = len(seen)
            out.codes[person, place], out.cost[person, place] = current[j], cost[j]
            out.changed[person, place] = changed[j]
            seen.add(where[j].tobytes())


def _allowed(candidates: Floats, own: Floats, coding: Coding, constraints: Constraints) -> Floats:
    """Return the candidates with the person's own value wherever a constraint would break, and links followed."""
    out = candidates.copy()
    for p, name in enumerate(coding.players.names):
        mine = np.broadcast_to(own[..., p], out[..., p].shape)
        keep = np.zeros(mine.shape, dtype=bool)
        if name in constraints.immutable:
            keep[:] = True
        if name in constraints.only_increase:
            keep |= out[..., p] < mine
        if name in constraints.only_decrease:
            keep |= out[..., p] > mine
        if name in constraints.bounds:
            low, high = constraints.bounds[name]
            keep |= (out[..., p] < low) | (out[..., p] > high)
        out[..., p] = np.where(keep, mine, out[..., p])
    return _linked(out, own, coding, constraints)


def _linked(out: Floats, own: Floats, coding: Coding, constraints: Constraints) -> Floats:
    names = coding.players.names
    for source, links in constraints.linked.items():
        s = names.index(source)
        rise = np.maximum(out[..., s] - own[..., s], 0.0)
        for target, factor in links.items():
            t = names.index(target)
            otherwise = own[..., t] if target in constraints.immutable else out[..., t]
            out[..., t] = np.where(rise > 0, own[..., t] + factor * rise, otherwise)
    return out


def _cost(candidates: Floats, own: Floats, coding: Coding, weights: Floats) -> Floats:
    away = np.where(coding.ordered, np.abs(candidates - own), candidates != own)
    cost: Floats = away @ weights
    return cost


def _reverted(
    current: Floats,
    own: Floats,
    alive: Bools,
    accept: Accept,
    coding: Coding,
    constraints: Constraints,
    weights: Floats,
) -> Floats:
    """Take back one change at a time, the dearest first, while the model still accepts; all people at once."""
    players = current.shape[2]
    while True:
        person, place, player = np.nonzero((current != own) & alive[..., None])
        if not len(person):
            return current
        trial = current[person, place].copy()
        mine = own[person, 0]
        trial[np.arange(len(trial)), player] = mine[np.arange(len(trial)), player]
        trial = _linked(trial, mine, coding, constraints)
        before = _cost(current[person, place], mine, coding, weights)
        gain = before - _cost(trial, mine, coding, weights)
        fewer = (trial != mine).sum(axis=1) < (current[person, place] != mine).sum(axis=1)
        useful = fewer & accept(trial)
        if not useful.any():
            return current
        score = np.full((*current.shape[:2], players), -1.0)
        score[person[useful], place[useful], player[useful]] = 1.0 + gain[useful]
        best = score.argmax(axis=2)
        chosen = useful & (best[person, place] == player)
        current[person[chosen], place[chosen]] = trial[chosen]


def _halved(
    current: Floats,
    own: Floats,
    alive: Bools,
    accept: Accept,
    coding: Coding,
    constraints: Constraints,
    steps: int = 4,
) -> Floats:
    """Move each changed number halfway back on the grid, as long as the model still accepts."""
    for p in map(int, np.flatnonzero(coding.ordered)):
        low = np.broadcast_to(own, current.shape)[..., p].copy()
        for _ in range(steps):
            trial = current.copy()
            trial[..., p] = coding.on_grid(p, (low + current[..., p]) / 2)
            trial = _linked(trial, np.broadcast_to(own, current.shape), coding, constraints)
            least, most = constraints.bounds.get(coding.players.names[p], (-np.inf, np.inf))
            inside = (trial[..., p] >= least) & (trial[..., p] <= most)
            inside &= np.abs(trial[..., p] - own[..., p]) < np.abs(current[..., p] - own[..., p])
            ahead = np.sign(trial[..., p] - own[..., p]) == np.sign(current[..., p] - own[..., p])
            ask = alive & inside & ahead & (trial[..., p] != low)
            if not ask.any():
                break
            good = np.zeros(ask.shape, dtype=bool)
            good[ask] = accept(trial[ask])
            current[good] = trial[good]
            low = np.where(ask & ~good, trial[..., p], low)
    return current
