"""Which coalitions are asked of the model: complementary pairs, sizes by their part in the variance, none twice."""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
Floats = NDArray[np.float64]
ROUNDS_OF_ALL = 3  # pairs of every size before the shares decide: a size with one pair has no variance


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

    def drawn(self) -> Floats:
        """Return which share of the pairs of each size was drawn; there may be more of them than a float can tell."""
        there_are = stratum_sizes(self.players)
        return np.array([n / of for n, of in zip(self.counts().tolist(), there_are, strict=True)])

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


def wanted_shares(players: int) -> Floats:
    """Return how often each size is drawn, shape (players // 2,): what makes the variance least, up to a factor.

    A size counts in the estimate by its kernel weight times the length of a centred coalition, √(s (n − s)); where
    residuals vary alike at all sizes, that product is its best share (Neyman). The coalitions of half the players are
    half as many pairs, and get half a share.

    Examples
    --------
    >>> (wanted_shares(4) / wanted_shares(4)[0]).round(3).tolist()
    [1.0, 0.433]

    References
    ----------
    Neyman, J. (1934). On the two different aspects of the representative method. JRSS 97(4).
    """
    s = np.arange(1, players // 2 + 1)
    return np.asarray(kernel_mass(players) * np.sqrt(s * (players - s)))


def paired_design(players: int, pairs: int, rng: np.random.Generator) -> PairedDesign:
    """Draw complementary pairs of coalitions, each size by its share, without replacement.

    The first three rounds take one pair of every size, so that each has a variance; from there sizes take turns by
    their shares. A size that is used up leaves its share to the others, so that with enough pairs the design
    enumerates the small sizes, and at last the game.

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
    stratum = _turns(sizes, wanted_shares(players), min(pairs, total_pairs(players)), rng)
    masks = np.empty((len(stratum), players), dtype=bool)
    for size, there_are in enumerate(sizes, start=1):
        here = stratum == size
        masks[here] = _distinct(players, size, there_are, int(here.sum()), rng)
    return PairedDesign(masks, stratum)


def _turns(sizes: list[int], shares: Floats, pairs: int, rng: np.random.Generator) -> Ints:
    """Return the size of each pair in the order of drawing, int array (pairs,).

    The k-th pair of a size is due at (k + u) / share, u one random number a size.
    """
    strata, times = [], []
    for index, (size, share) in enumerate(zip(sizes, shares / shares.min(), strict=True)):
        turn = np.arange(min(size, pairs)) + rng.random()
        times.append(np.where(turn < ROUNDS_OF_ALL, turn - ROUNDS_OF_ALL, turn / share))
        strata.append(np.full(len(turn), index + 1, dtype=np.intp))
    order = np.argsort(np.concatenate(times), kind="stable")[:pairs]
    return np.asarray(np.concatenate(strata)[order])


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
        found = found[_first_of_each(found)]
    return found[:count]


def _first_of_each(masks: Bools) -> Ints:
    """Return where each coalition is for the first time, in order."""
    words = np.zeros((len(masks), -(-masks.shape[1] // 64) * 8), dtype=np.uint8)
    bits = np.packbits(masks, axis=1)
    words[:, : bits.shape[1]] = bits
    key = words.view(np.uint64)
    single = key.shape[1] == 1  # numbers are sorted faster than lists of one
    _, first = np.unique(key[:, 0] if single else key, axis=None if single else 0, return_index=True)
    return np.sort(first)


def _as_masks(members: Ints, players: int) -> Bools:
    masks = np.zeros((len(members), players), dtype=bool)
    np.put_along_axis(masks, members, True, axis=1)
    return masks
