"""What would have changed a decision: the fewest and smallest changes that a person can make, for any black box."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xaikit.compute.coding import FEW
from xaikit.compute.plausibility import USUAL, Crowd
from xaikit.compute.recourse_constraints import Limits
from xaikit.compute.recourse_refining import Accept, refined

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
FAR = np.inf
AIM = 1.5 * USUAL  # in the choice: what is barely usual to one sample of real rows is often not to another
GOLDEN = (5**0.5 - 1) / 2
MIXES = 4  # rounds in which what several accepted people have is mixed, for those whom no single one could help


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
    plausibility : float array, shape (people, k)
        Share of real rows that are at least as far from their nearest others; NaN where there is no answer.
    tried : int
        How many rows the model was asked about.
    """

    codes: Floats
    cost: Floats
    changed: NDArray[np.intp]
    plausibility: Floats
    tried: int = 0

    @property
    def found(self) -> Bools:
        """Who has at least one answer."""
        return np.isfinite(self.cost[:, 0])

    def differing(self, own: Floats) -> Bools:
        """Return what each answer changes of the rows it is for, (people, k, players)."""
        return np.asarray((self.codes != own[:, None]) & np.isfinite(self.cost)[..., None])

    def diversity(self, own: Floats) -> Floats:
        """Return how different each person's answers are, shape (people,): 1 where no two change the same feature.

        The mean over pairs of answers of the Jaccard distance between the sets of features that they change; NaN
        where there are not two answers.
        """
        sets = self.differing(own).astype(np.float64)
        both = np.einsum("ikp,ijp->ikj", sets, sets)
        size = sets.sum(axis=2)
        either = size[:, :, None] + size[:, None] - both
        pairs = np.triu(np.ones(both.shape[1:], dtype=bool), 1) & (size[:, :, None] > 0) & (size[:, None] > 0)
        distance = 1 - both / np.maximum(either, 1)
        count = pairs.sum(axis=(1, 2))
        mean = np.where(pairs, distance, 0.0).sum(axis=(1, 2)) / np.maximum(count, 1)
        return np.where(count > 0, mean, np.nan)

    @classmethod
    def none(cls, people: int, answers: int, players: int) -> "Answers":
        """Return no answers for anybody, to be filled."""
        shape = (people, answers)
        return cls(
            np.full((*shape, players), np.nan),
            np.full(shape, FAR),
            np.zeros(shape, dtype=np.intp),
            np.full(shape, np.nan),
        )

    @classmethod
    def joined(cls, parts: "list[Answers]") -> "Answers":
        """Return the answers of several blocks of people as one."""
        return cls(
            np.concatenate([p.codes for p in parts]),
            np.concatenate([p.cost for p in parts]),
            np.concatenate([p.changed for p in parts]),
            np.concatenate([p.plausibility for p in parts]),
            sum(p.tried for p in parts),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """Where changes are borrowed from, what accepts them, and what they are held against.

    For each person every change of one feature alone is tried. Where none is accepted, or none is plausible, each is
    given the changeable features of people who were accepted, where the constraints allow; the nearest that the model
    accepts are kept; then single changes are taken back, and what remains is halved towards the person's own value,
    as long as the model still accepts. Of what is left, an answer is preferred that is as usual as most real rows (or
    as the person's own), then one that changes fewer features (weighed by their costs), then the cheaper. Further
    answers are searched with the features of the earlier ones held fast; where that finds none, they may share some.

    Parameters
    ----------
    pool : float array, shape (donors, players)
        Rows that were accepted, coded, their numbers on the grid.
    everybody : float array, shape (rows, players)
        Codes of the population. What one to four of them have together is not proposed: it could point at them.
    crowd : Crowd
        A sample of them, by whose measure an answer is chosen.
    witness : Crowd
        Others of them, who say how plausible the answers are: chosen by the crowd, they look better to the crowd.
    accept : callable
        The model's decision on codes.
    limits : Limits
        Respected by every answer.
    nearest : int
        Candidates refined a person.

    References
    ----------
    Ustun, B., Spangher, A. and Liu, Y. (2019). Actionable recourse in linear classification. FAT*.
    Mothilal, R., Sharma, A. and Tan, C. (2020). Explaining ML classifiers through diverse counterfactuals. FAT*.
    Brughmans, D., Leyman, P. and Martens, D. (2023). NICE: nearest instance counterfactual explanations.
    """

    pool: Floats
    everybody: Floats
    crowd: Crowd
    witness: Crowd
    accept: Accept
    limits: Limits
    nearest: int = 30

    def answers(self, own: Floats, k: int = 1) -> Answers:
        """Return up to k answers for each of some people; memory grows with people × donors × features.

        Parameters
        ----------
        own : float array, shape (people, players)
            Rows that were rejected, coded.
        k : int
            At most so many a person, each changing another set of features.
        """
        out = Answers.none(len(own), k, own.shape[1])
        if not len(self.pool) or not len(own):
            return out
        asked = _Counted(self.accept)
        first = self._candidates(own, np.zeros(own.shape, dtype=bool), asked)
        self._choose(first, own, np.arange(len(own)), 0, out)
        for place in range(1, k):
            who = np.flatnonzero(np.isfinite(out.cost[:, place - 1]))
            if not len(who):
                break
            used = np.asarray(out.differing(own)[who].any(axis=1))
            self._choose(self._candidates(own[who], used, asked), own[who], who, place, out)
            rest = who[~np.isfinite(out.cost[who, place])]
            self._choose(first[rest], own[rest], rest, place, out)
        person, place_ = np.nonzero(np.isfinite(out.cost))
        out.plausibility[person, place_] = self.witness.plausibility(out.codes[person, place_], own[person])
        return Answers(out.codes, out.cost, out.changed, out.plausibility, asked.rows)

    def _candidates(self, own: Floats, frozen: Bools, accept: Accept) -> Floats:
        """Return accepted rows for each person, refined, (people, candidates, players); NaN where there are fewer."""
        near = np.full((len(own), self.nearest, own.shape[1]), np.nan)
        alone = self._alone(own, frozen, accept)
        rest = np.flatnonzero(~self._enough(alone, own))
        if len(rest):
            near[rest] = self._borrowed(own[rest], self.pool, frozen[rest], accept)
        for turn in range(0 if frozen.any() else MIXES):
            rest = np.flatnonzero(np.isnan(near[:, 0, 0]) & np.isnan(alone[..., 0]).all(axis=1))
            if len(rest):
                near[rest] = self._borrowed(own[rest], _mixed(self.pool, turn), frozen[rest], accept)
        return np.concatenate([alone, near], axis=1)

    def _enough(self, alone: Floats, own: Floats) -> Bools:
        """Return for whom one feature alone is a usual change, and no dearer than any two others."""
        out = np.zeros(len(own), dtype=bool)
        free = self.limits.dear[~self.limits.fixed]
        person, slot = np.nonzero(~np.isnan(alone[..., 0]))
        rows = alone[person, slot]
        cheap = (rows != own[person]) @ self.limits.dear <= 2 * (free.min() if len(free) else 0.0)
        if cheap.any():
            usual, wanted = self._plausible(rows[cheap], own, person[cheap])
            out[person[cheap][~(usual < wanted)]] = True
        return out

    def _plausible(self, rows: Floats, own: Floats, person: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return how plausible rows are, and how plausible they should be: as most, or as the person's own row."""
        found = self.crowd.plausibility(np.concatenate([rows, own]), np.concatenate([own[person], own]))
        return found[: len(rows)], np.fmin(found[len(rows) :][person], AIM)

    def _alone(self, own: Floats, frozen: Bools, accept: Accept) -> Floats:
        """Return the accepted changes of one feature alone, of a number the cheapest, (people, slots, players)."""
        values, slots = self.limits.singles()
        start = own[:, None]
        candidates = self.limits.allowed(np.where(np.isnan(values), start, values), start, frozen[:, None])
        cost = self._accepted(candidates, start, accept)
        out = np.full((len(own), int(slots.max(initial=-1)) + 1, own.shape[1]), np.nan)
        for slot in range(out.shape[1]):
            mine = np.flatnonzero(slots == slot)
            best = mine[cost[:, mine].argmin(axis=1)]
            there = np.isfinite(cost[np.arange(len(own)), best])
            out[there, slot] = candidates[there, best[there]]
        return out

    def _borrowed(self, own: Floats, pool: Floats, frozen: Bools, accept: Accept) -> Floats:
        start = own[:, None]
        wide = np.broadcast_to(pool, (len(own), *pool.shape))
        candidates = self.limits.allowed(wide, start, frozen[:, None])
        cost = self._accepted(candidates, start, accept)
        kept = np.argsort(cost, axis=1, kind="stable")[:, : self.nearest]
        current = np.take_along_axis(candidates, kept[..., None], axis=1)
        alive = np.isfinite(np.take_along_axis(cost, kept, axis=1))
        current = refined(current, start, alive, accept, self.limits)
        out = np.full((len(own), self.nearest, own.shape[1]), np.nan)
        out[:, : current.shape[1]] = np.where(alive[..., None], current, np.nan)
        return out

    def _accepted(self, candidates: Floats, own: Floats, accept: Accept) -> Floats:
        """Return the cost of each candidate, infinite where it is not accepted or breaks a limit."""
        valid = self.limits.respected(candidates, own) & (candidates != own).any(axis=-1)
        valid[valid] = accept(candidates[valid])
        return np.where(valid, self.limits.cost(candidates, own), FAR)

    def _choose(self, candidates: Floats, own: Floats, who: NDArray[np.intp], place: int, out: Answers) -> None:
        """Put the best candidate of each person into the answers: usual, sparse, unlike the earlier ones, cheap."""
        person, rows = _different(candidates)
        if not len(rows):
            return
        mine = own[person]
        moved, cost = rows != mine, self.limits.cost(rows, mine)
        usual, wanted = self._plausible(rows, own, person)
        earlier = (out.codes[who][:, :place] != own[:, None])[person]
        shared = (earlier & moved[:, None]).any(axis=1).sum(axis=1)
        same = (earlier == moved[:, None]).all(axis=2).any(axis=1)
        order = np.lexsort((cost, moved @ self.limits.dear + shared, usual < wanted, person))
        done: set[int] = set()
        for j in order:
            i = int(person[j])
            if i in done or same[j] or not moved[j].any() or self._points_at_somebody(rows[j], moved[j]):
                continue
            done.add(i)
            at = (int(who[i]), place)
            out.codes[at], out.cost[at] = rows[j], cost[j]
            out.changed[at] = moved[j].sum()

    def _points_at_somebody(self, row: Floats, moved: Bools) -> bool:
        """Return whether what would be disclosed, the changed values together, is had by one to four people."""
        held = int((self.everybody[:, moved] == row[moved]).all(axis=1).sum())
        return 0 < held < FEW


class _Counted:
    """A decision that counts the rows it is asked about."""

    def __init__(self, accept: Accept) -> None:
        self.accept, self.rows = accept, 0

    def __call__(self, codes: Floats) -> Bools:
        """Return who is accepted."""
        self.rows += len(codes)
        return self.accept(codes) if len(codes) else np.zeros(0, dtype=bool)


def _different(candidates: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return the different candidates, and whose each is."""
    people = np.broadcast_to(np.arange(len(candidates))[:, None], candidates.shape[:2])
    there = ~np.isnan(candidates[..., 0])
    both = np.unique(np.column_stack([people[there], candidates[there]]), axis=0)
    return both[:, 0].astype(np.intp), both[:, 1:]


def _mixed(pool: Floats, turn: int) -> Floats:
    """Return the pool with each feature in another order: what several accepted people have, in one row."""
    out = pool.copy()
    for p in range(pool.shape[1]):
        step = GOLDEN * (1 + p + turn * pool.shape[1])
        out[:, p] = pool[np.argsort((np.arange(len(pool)) * step) % 1.0, kind="stable"), p]
    return out
