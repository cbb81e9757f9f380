"""Which coalitions are asked of the model: complementary pairs, every size equally often, none twice."""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PairedDesign:
    """Pairs of complementary coalitions; every prefix is itself a balanced design.

    Parameters
    ----------
    masks : bool array, shape (pairs, players)
        One coalition of each pair, the one that is not larger; its partner is the complement.
    stratum : int array, shape (pairs,)
        The size of that coalition, 1 … players // 2.
    """

    masks: Bools
    stratum: Ints

    @property
    def players(self) -> int:
        """The number of players."""
        return int(self.masks.shape[1])

    def __len__(self) -> int:
        return len(self.masks)

    def prefix(self, pairs: int) -> "PairedDesign":
        """Return the first `pairs` pairs."""
        return PairedDesign(self.masks[:pairs], self.stratum[:pairs])

    def counts(self) -> Ints:
        """Return the pairs drawn of each size 1 … players // 2."""
        return np.bincount(self.stratum, minlength=self.players // 2 + 1)[1:].astype(np.intp)

    @property
    def complete(self) -> bool:
        """Whether every coalition there is has been drawn."""
        return len(self) == total_pairs(self.players)


def total_pairs(players: int) -> int:
    """Return how many complementary pairs of proper coalitions there are: 2^(n−1) − 1.

    Examples
    --------
    >>> total_pairs(4)
    7
    """
    return int(2 ** (players - 1) - 1)


def stratum_sizes(players: int) -> list[int]:
    """Return the number of pairs of each size 1 … players // 2.

    Examples
    --------
    >>> stratum_sizes(4)  # {i} with its complement; {i, j} with its complement
    [4, 3]
    """
    return [comb(players, s) // (2 if 2 * s == players else 1) for s in range(1, players // 2 + 1)]


def kernel_mass(players: int) -> Floats:
    """Return the Shapley-kernel weight of all pairs of each size, shape (players // 2,), up to a factor.

    References
    ----------
    Charnes, A. et al. (1988). Extremal principle solutions of games in characteristic function form.
    """
    s = np.arange(1, players // 2 + 1)
    return np.asarray(np.where(2 * s == players, 0.5, 1.0) / (s * (players - s)))


def paired_design(players: int, pairs: int, rng: np.random.Generator) -> PairedDesign:
    """Draw complementary pairs of coalitions, sizes in equal shares, without replacement.

    Equal shares of sizes are what sampling by leverage scores comes to; a size that is used up leaves its share to
    the others, so that with enough pairs the design enumerates the game.

    Parameters
    ----------
    players : int
        At least 2.
    pairs : int
        How many; no more than `total_pairs(players)` are drawn.
    rng : numpy.random.Generator
        Source of the draw.

    References
    ----------
    Musco, C. and Witter, R. T. (2025). Provably accurate Shapley value estimation via leverage score sampling. ICLR.
    Covert, I. and Lee, S.-I. (2021). Improving KernelSHAP: practical Shapley value estimation. AISTATS.
    """
    sizes = stratum_sizes(players)
    counts = _shares(sizes, min(pairs, total_pairs(players)))
    masks, strata, times = [], [], []
    for index, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        drawn = _distinct(players, index + 1, size, count, rng)
        masks.append(drawn)
        strata.append(np.full(count, index + 1, dtype=np.intp))
        times.append(np.arange(count) + rng.random())
    order = np.argsort(np.concatenate(times), kind="stable")
    return PairedDesign(np.concatenate(masks)[order], np.concatenate(strata)[order])


def _shares(sizes: list[int], pairs: int) -> list[int]:
    """Deal `pairs` among the strata in equal parts, none beyond its size (smallest strata fill first)."""
    out, left = [0] * len(sizes), pairs
    by_size = sorted(range(len(sizes)), key=lambda i: sizes[i])
    for done, i in enumerate(by_size):
        waiting = len(sizes) - done
        out[i] = min(sizes[i], -(-left // waiting))
        left -= out[i]
    return out


def _distinct(players: int, size: int, there_are: int, count: int, rng: np.random.Generator) -> Bools:
    """Draw `count` distinct coalitions of one size; of half-size ones, those with player 0."""
    if count == 0:
        return np.zeros((0, players), dtype=bool)
    if there_are <= 4 * count:
        every = np.array(list(combinations(range(players), size)), dtype=np.intp)[:there_are]
        return _as_masks(every[rng.permutation(there_are)[:count]], players)
    found = np.zeros((0, players), dtype=bool)
    while len(found) < count:
        keys = rng.random((2 * (count - len(found)) + 8, players), dtype=np.float32)
        more = _as_masks(np.argpartition(keys, size - 1, axis=1)[:, :size], players)
        if 2 * size == players:
            more[~more[:, 0]] ^= True
        found = np.concatenate([found, more])
        _, first = np.unique(np.packbits(found, axis=1), axis=0, return_index=True)
        found = found[np.sort(first)]
    return found[:count]


def _as_masks(members: Ints, players: int) -> Bools:
    masks = np.zeros((len(members), players), dtype=bool)
    np.put_along_axis(masks, members, True, axis=1)
    return masks
