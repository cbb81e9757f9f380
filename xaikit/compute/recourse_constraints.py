"""What a person can change: constraints as they are declared, and as arrays that a search can respect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaikit.compute.coding import Coding
from xaikit.core.errors import SpecError, unknown_name
from xaikit.core.players import Players

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
NEARLY = 1e-9  # of a natural unit's size: rounding, not another value


@dataclass(frozen=True, slots=True)
class Constraints:
    """What a person can change, how far, and at what cost; numbers in the natural unit of the feature.

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

    @classmethod
    def declared(
        cls,
        immutable: Sequence[str] | None,
        only_increase: Sequence[str] | None,
        only_decrease: Sequence[str] | None,
        bounds: Mapping[str, tuple[float, float]] | None,
        costs: Mapping[str, float] | None,
        linked: Mapping[str, Mapping[str, float]] | None,
        otherwise: Sequence[str] = (),
    ) -> "Constraints":
        """Return the constraints of an audit.yaml or a call; `otherwise` is immutable where nothing is declared."""
        fixed = tuple(otherwise if immutable is None else immutable)
        return cls(
            fixed, tuple(only_increase or ()), tuple(only_decrease or ()), bounds or {}, costs or {}, linked or {}
        )

    def check(self, names: Sequence[str]) -> None:
        """Raise a `SpecError`, with the nearest name, when a constraint names no feature or contradicts itself."""
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
        for feature, (low, high) in self.bounds.items():
            if not low <= high:
                raise SpecError(f"recourse.bounds.{feature}", f"{low:g} to {high:g}", "the lower bound first")
        for feature, cost in self.costs.items():
            if not (0 <= cost < np.inf):
                raise SpecError(f"recourse.costs.{feature}", f"{cost:g}", "0 or more; forbid with `immutable`")

    def links(self) -> tuple[tuple[str, str, float], ...]:
        """Return (source, target, factor), a feature that follows before those that follow it.

        Raises
        ------
        SpecError
            When the links lead back to where they began.
        """
        graph: dict[str, set[str]] = {}
        for source, follow in self.linked.items():
            for target in follow:
                graph.setdefault(target, set()).add(source)
        try:
            order = list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            raise SpecError(
                "recourse.linked", f"a circle: {' → '.join(error.args[1])}", "links without one"
            ) from None
        return tuple((s, t, self.linked[s][t]) for t in order for s in self.linked if t in self.linked[s])


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Constraints over the players of a coding, in the unit of its codes.

    Parameters
    ----------
    fixed, up, down : bool array, shape (players,)
        Cannot change; can only increase; can only decrease.
    low, high : float array, shape (players,)
        What may be proposed.
    weights : float array, shape (players,)
        Cost of a unit, or of another category.
    dear : float array, shape (players,)
        Cost of a full range.
    links : tuple of (source, target, factor)
        Places of players; in an order in which they can be followed.
    coding : Coding
        Kinds of the players, and which categories are too rare to be named.
    """

    fixed: Bools
    up: Bools
    down: Bools
    low: Floats
    high: Floats
    weights: Floats
    dear: Floats
    links: tuple[tuple[int, int, float], ...]
    coding: Coding

    @classmethod
    def of(cls, constraints: Constraints, coding: Coding) -> "Limits":
        """Return the limits that constraints are for a coding.

        Raises
        ------
        SpecError
            For a feature that is not there, and for a direction, bounds or a link of one that is no number.
        """
        players = coding.players
        constraints.check(players.names)
        for what in ("only_increase", "only_decrease", "bounds", "linked"):
            for name in getattr(constraints, what):
                _number(coding, name, what)
        low, high = np.full(len(players), -np.inf), np.full(len(players), np.inf)
        for name, ends in constraints.bounds.items():
            p = players.names.index(name)
            low[p], high[p] = _codes(players, name, np.array(ends, dtype=np.float64))
        links = []
        for source, target, factor in constraints.links():
            _number(coding, target, "linked")
            scale = _size(players, source) / _size(players, target)
            links.append((players.names.index(source), players.names.index(target), factor * scale))
        costs = np.array([constraints.costs.get(n, 1.0) for n in players.names])

        def among(named: tuple[str, ...]) -> Bools:
            return np.array([n in named for n in players.names])

        fixed, up, down = map(among, (constraints.immutable, constraints.only_increase, constraints.only_decrease))
        return cls(fixed, up, down, low, high, costs / coding.spans(), costs, tuple(links), coding)

    def singles(self) -> tuple[Floats, NDArray[np.intp]]:
        """Return every value that a single player may be given, (values, players), NaN for the others.

        And the slot of each, of which one is kept: the values of a number share theirs, each category has its own.
        """
        rows: list[Floats] = [np.empty((0, len(self.fixed)))]
        slots: list[int] = []
        free = 0
        for p in map(int, np.flatnonzero(~self.fixed)):
            ordered = self.coding.ordered[p]
            values = self.coding.grids[p] if ordered else np.flatnonzero(~self.coding.rare[p])
            rows.append(np.full((len(values), len(self.fixed)), np.nan))
            rows[-1][:, p] = values
            slots += [free] * len(values) if ordered else range(free, free + len(values))
            free = max(slots, default=-1) + 1
        return np.concatenate(rows), np.array(slots, dtype=np.intp)

    def allowed(self, candidates: Floats, own: Floats, frozen: Bools) -> Floats:
        """Return candidates with the person's own value wherever a constraint would break, and links followed.

        Parameters
        ----------
        candidates, own : float arrays, shapes that broadcast to (…, players)
            Codes; `candidates` is not altered.
        frozen : bool array, broadcasts likewise
            What shall not be borrowed either.
        """
        mine = np.broadcast_to(own, candidates.shape)
        out = np.clip(candidates, self.low, self.high)
        keep = self.fixed | frozen | (mine < self.low) | (mine > self.high)
        keep = keep | (self.up & (out < mine)) | (self.down & (out > mine)) | self._rare(out)
        out = self.followed(np.where(keep, mine, out), mine)
        for source, target, _ in reversed(self.links):  # a source whose follower cannot follow stays where it was
            stuck = self._broken(out, mine)[..., target]
            out[..., source] = np.where(stuck, mine[..., source], out[..., source])
        return self.followed(out, mine) if self.links else out

    def followed(self, codes: Floats, own: Floats) -> Floats:
        """Return codes in which what is linked has moved with what it is linked to; `codes` may be altered."""
        for target in dict.fromkeys(t for _, t, _ in self.links):
            by, moved = self._carried(codes, own, target)
            mine = np.broadcast_to(own, codes.shape)[..., target]
            otherwise = mine if self.fixed[target] else codes[..., target]
            codes[..., target] = np.where(moved, mine + by, otherwise)
        return codes

    def respected(self, codes: Floats, own: Floats) -> Bools:
        """Return for each row of codes whether it breaks no constraint."""
        return np.asarray(~self._broken(codes, own).any(axis=-1))

    def cost(self, codes: Floats, own: Floats) -> Floats:
        """Return the weighted Gower distance of codes from the person's own row."""
        away = np.where(self.coding.ordered, np.abs(codes - own), codes != own)
        total: Floats = away @ self.weights
        return total

    def _broken(self, codes: Floats, own: Floats) -> Bools:
        mine = np.broadcast_to(own, codes.shape)
        moved = codes != mine
        ease = NEARLY / np.maximum(self.weights, NEARLY)
        bad: Any = self.fixed & moved
        bad = bad | (self.up & (codes < mine)) | (self.down & (codes > mine))
        bad = bad | (moved & ((codes < self.low - ease) | (codes > self.high + ease))) | (moved & self._rare(codes))
        for target in dict.fromkeys(t for _, t, _ in self.links):
            by, carried = self._carried(codes, mine, target)
            off = np.abs(codes[..., target] - mine[..., target] - by) > ease[target]
            outside = (codes[..., target] < self.low[target]) | (codes[..., target] > self.high[target])
            bad[..., target] = np.where(carried, off | outside, bad[..., target])
        return np.asarray(bad)

    def _carried(self, codes: Floats, own: Floats, target: int) -> tuple[Floats, Bools]:
        """Return how far a player is carried by those that it is linked to, and whether any of them rose."""
        by: Floats = np.zeros(codes.shape[:-1])
        moved: Bools = np.zeros(codes.shape[:-1], dtype=bool)
        for s, t, factor in self.links:
            if t == target:
                rise = np.maximum(codes[..., s] - own[..., s], 0.0)
                by, moved = by + factor * rise, np.asarray(np.logical_or(moved, rise > 0))
        return by, moved

    def _rare(self, codes: Floats) -> Bools:
        """Return where a code stands for a category that too few people have."""
        out = np.zeros(codes.shape, dtype=bool)
        for p, rare in enumerate(self.coding.rare):
            if rare.any():
                out[..., p] = rare[codes[..., p].astype(np.intp)]
        return out


def _number(coding: Coding, name: str, what: str) -> None:
    if not coding.ordered[coding.players.names.index(name)]:
        raise SpecError(f"recourse.{what}", f"'{name}', a category", "a feature of one numeric column")


def _size(players: Players, name: str) -> float:
    low, high = players.scales.get(name, (0.0, 1.0))
    return high - low


def _codes(players: Players, name: str, natural: Floats) -> Floats:
    """Return natural values of a player in the unit that the model takes."""
    low, high = players.scales.get(name, (0.0, 1.0))
    codes: Floats = (natural - low) / (high - low)
    return codes
