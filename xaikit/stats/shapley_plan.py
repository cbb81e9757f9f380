"""How Shapley values are estimated, and why so: by players, budget, background and partition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from xaikit.core.errors import SpecError
from xaikit.core.players import Players
from xaikit.stats.coalitions import total_pairs
from xaikit.stats.shapley_sampling import doubling
from xaikit.stats.shapley_values import minimum_pairs

MANY_BACKGROUND_ROWS = 20  # from here permutations need fewer model rows at equal error (measured, 12 to 14 features)


@dataclass(frozen=True, slots=True)
class Plan:
    """How to estimate.

    Parameters
    ----------
    way : {"trivial", "regression", "permutation"}
        Trivial where at most one feature is read.
    ends : tuple of int
        Pairs of coalitions, or orders, after which is looked; the last is the budget.
    because : str
        Why, for the report.
    read : bool array, shape (players,)
        Who plays; the others are worth 0.
    blocks : list of int array, or None
        Unions that join together (Owen values), as positions among those who play.
    known : int
        Pairs of coalitions that the help of odd interactions is conditioned on; 0 for no help.
    """

    way: Literal["trivial", "regression", "permutation"]
    ends: tuple[int, ...]
    because: str
    read: NDArray[np.bool_]
    blocks: list[NDArray[np.intp]] | None = None
    known: int = 0


def planned(
    players: Players,
    read: NDArray[np.bool_],
    background: int,
    budget: int | str,
    method: str,
    partition: Mapping[str, Sequence[str]] | None,
) -> Plan:
    """Return the plan.

    Parameters
    ----------
    players : Players
        Features.
    read : bool array, shape (players,)
        Which of them the model reads.
    background : int
        Background rows.
    budget : int or "auto"
        Coalitions a row.
    method : {"auto", "regression", "permutation"}
        As asked for.
    partition : mapping, optional
        Unions of features.

    Raises
    ------
    SpecError
        When the budget is too small, or the partition names no feature.
    """
    count, blocks = int(read.sum()), unions(players, read, partition)
    if count < 2:
        return Plan("trivial", (), "at most one feature is read: its value is the whole difference", read)
    every, automatic = total_pairs(count), budget == "auto"
    most = _automatic_pairs(count, background) if automatic else int(budget) // 2
    if method != "permutation" and blocks is None and enumerable(count, budget):
        return Plan("regression", (every,), f"2^{count} coalitions are within the budget: enumerated, exact", read)
    if method == "permutation" or blocks is not None or (method == "auto" and background >= MANY_BACKGROUND_ROWS):
        return _orders(count, background, most, automatic, read, blocks)
    last = min(every, most)
    if last < minimum_pairs(count):
        raise SpecError("shapley.budget", str(budget), f"at least {2 * minimum_pairs(count)} for {count} features")
    ends = doubling(max(64, 3 * count), last) if automatic else (last,)
    because = f"2^{count} coalitions are too many: paired leverage sampling, at most {2 * last} coalitions"
    return Plan("regression", ends, because, read)


def _automatic_pairs(count: int, background: int) -> int:
    """Return where "auto" stops: 40 coalitions a feature, unless that is half a million model rows a row."""
    return min(max(2048, 20 * count), max(2 * minimum_pairs(count), 2**18 // background))


def enumerable(players: int, budget: int | str) -> bool:
    """Whether all coalitions are within the budget; "auto" enumerates up to 8 players.

    Examples
    --------
    >>> enumerable(8, "auto"), enumerable(10, 1024), enumerable(11, 1024)
    (True, True, False)
    """
    return bool(2**players <= (256 if budget == "auto" else int(budget)))


def _orders(count: int, background: int, pairs: int, automatic: bool, read: NDArray[np.bool_], blocks: Any) -> Plan:
    """Return the plan that walks orders, at no more model rows than `pairs` of coalitions would cost."""
    last = pairs * background // (count - 1)
    if last < 2:
        needed = -(-4 * (count - 1) // background)
        raise SpecError("shapley.budget", f"{2 * pairs}", f"at least {needed} for two permutations")
    ends = doubling(max(2 * background, 16), last) if automatic else (last,)
    kind = "Owen values" if blocks is not None else f"{background} background rows"
    because = f"{kind}: antithetic permutations, one background row each, at most {last} of them"
    return Plan("permutation", ends, because, read, blocks)


def unions(
    players: Players, read: NDArray[np.bool_], partition: Mapping[str, Sequence[str]] | None
) -> list[NDArray[np.intp]] | None:
    """Return the unions as positions among the players that are read; a player in none is a union of its own."""
    if not partition:
        return None
    names = list(players.names)
    joined = Players.of(names, partition, where="partition")
    kept = np.flatnonzero(read)
    return [np.flatnonzero(joined.owner[kept] == u) for u in range(len(joined)) if (joined.owner[kept] == u).any()]
