"""Shapley and Owen values by antithetic permutations, each pair of orders against one background row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations, product
from math import factorial

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from xaikit.stats.shapley_sampling import Estimate, judge
from xaikit.stats.unread import Moves

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
# (rows, masks, background row of each mask) → values, float array (rows, masks, outputs)
PairedGame = Callable[[Ints, Bools, Ints], Floats]
Walk = Callable[[PairedGame, Ints, Ints, Ints, Floats, Floats], Floats]


def orders(players: int, count: int, rng: np.random.Generator, blocks: Sequence[Ints] | None = None) -> Ints:
    """Draw orders of the players, int array (count, players).

    Parameters
    ----------
    players, count : int
        How many.
    rng : numpy.random.Generator
        Source of the draw.
    blocks : sequence of int array, optional
        A partition of the players: those of a block come one after the other, blocks and members in random order,
        which makes the mean contribution the Owen value.

    References
    ----------
    Owen, G. (1977). Values of games with a priori unions.
    """
    if blocks is None:
        return np.argsort(rng.random((count, players)), axis=1)
    key = np.empty((count, players))
    for block in blocks:
        key[:, block] = rng.random((count, 1)) + 1e-9 * rng.random((count, len(block)))
    return np.argsort(key, axis=1)


def nested_orders(levels: Ints, count: int, rng: np.random.Generator) -> Ints:
    """Draw orders in which unions within unions join together, int array (count, players).

    Parameters
    ----------
    levels : int array, shape (levels, players)
        The union of each player, from the widest level to the narrowest; every level refines the one before it.
    count : int
        How many.
    rng : numpy.random.Generator
        Source of the draw.

    References
    ----------
    Winter, E. (1989). A value for cooperative games with levels structure of cooperation. International Journal of
    Game Theory 18, 227–240.
    """
    keys = [rng.random((count, int(level.max()) + 1))[:, level] for level in levels]
    return np.lexsort((rng.random((count, levels.shape[1])), *reversed(keys)), axis=-1)


def every_nested_order(levels: Ints, most: int) -> Ints | None:
    """Return all orders in which unions within unions join together, or None where there are more than `most`.

    Examples
    --------
    >>> every_nested_order(np.array([[0, 0, 1]]), 24).tolist()
    [[0, 1, 2], [1, 0, 2], [2, 0, 1], [2, 1, 0]]
    """

    def orders_of(members: Ints, depth: int) -> list[tuple[int, ...]]:
        narrower = (
            [members[levels[depth, members] == u] for u in np.unique(levels[depth, members])]
            if depth < len(levels)
            else [members[k : k + 1] for k in range(len(members))]
        )
        inner = [orders_of(m, depth + 1) if len(m) > 1 else [(int(m[0]),)] for m in narrower]
        return [sum(parts, ()) for chosen in permutations(inner) for parts in product(*chosen)]

    return np.array(sorted(orders_of(np.arange(levels.shape[1]), 0))) if _orders(levels) <= most else None


def _orders(levels: Ints) -> int:
    """Return how many orders there are: of the unions in each wider union, and of the players in each narrowest."""
    nodes = [np.zeros((1, levels.shape[1]), dtype=np.intp), *levels[:, None], np.arange(levels.shape[1])[None]]
    count = 1
    for wide, narrow in pairwise(nodes):
        for union in np.unique(wide[0]):
            count *= factorial(len(np.unique(narrow[0][wide[0] == union])))
    return count


def balanced(count: int, background: int, rng: np.random.Generator) -> Ints:
    """Deal background rows to `count` pairs, none more than once more often than another.

    Examples
    --------
    >>> np.bincount(balanced(7, 3, np.random.default_rng(0))).max()
    np.int64(3)
    """
    rounds = [rng.permutation(background) for _ in range(-(-count // background))]
    return np.concatenate(rounds)[:count].astype(np.intp)


def contributions(game: PairedGame, rows: Ints, order: Ints, behind: Ints, whole: Floats, nobody: Floats) -> Floats:
    """Return what each player adds, averaged over each order and its reverse, (rows, orders, players, outputs).

    Parameters
    ----------
    game : callable
        Values of coalitions, each before one background row.
    rows : int array
        Rows to explain.
    order : int array, shape (orders, players)
        Each is walked forwards and backwards: for a game of pairs of players one such walk is exact.
    behind : int array, shape (orders,)
        The background row of each order.
    whole : float array, shape (rows, outputs)
        Value of all players.
    nobody : float array, shape (background, outputs)
        Value of none.

    References
    ----------
    Castro, J., Gómez, D. and Tejada, J. (2009). Polynomial calculation of the Shapley value based on sampling.
    Mitchell, R. et al. (2022). Sampling permutations for Shapley value estimation. JMLR 23. (antithetic)
    """
    count, players = order.shape
    rank = np.argsort(order, axis=1)
    steps = np.arange(1, players)
    forwards = rank[:, None] < steps[:, None]
    backwards = (players - 1 - rank)[:, None] < steps[:, None]
    masks = np.concatenate([forwards, backwards], axis=1).reshape(-1, players)
    values = game(rows, masks, np.repeat(behind, 2 * (players - 1)))
    values = values.reshape(len(rows), count, 2, players - 1, -1)
    start = np.broadcast_to(nobody[behind][None, :, None, None], (*values.shape[:3], 1, values.shape[-1]))
    end = np.broadcast_to(whole[:, None, None, None], start.shape)
    added = np.diff(np.concatenate([start, values, end], axis=3), axis=3)
    out = np.take_along_axis(added[:, :, 0], rank[None, :, :, None], axis=2)
    back = np.take_along_axis(added[:, :, 1], (players - 1 - rank)[None, :, :, None], axis=2)
    return np.asarray((out + back) / 2)


def pairs_of(players: int) -> tuple[Ints, Ints]:
    """Return the first and the second member of every pair, in the order in which `interactions` gives them.

    Examples
    --------
    >>> [a.tolist() for a in pairs_of(3)]
    [[0, 0, 1], [1, 2, 2]]
    """
    return np.triu_indices(players, 1)


def interactions(game: PairedGame, rows: Ints, order: Ints, behind: Ints, _whole: Floats, nobody: Floats) -> Floats:
    """Return what each player adds alone, then what each pair adds together, (rows, orders, terms, outputs).

    A pair adds, after those that precede both in the order, what its members add together beyond what each adds by
    itself; the mean over all orders is the Shapley–Taylor index of order 2. The terms of an order sum to the total.

    Parameters
    ----------
    game, rows, order, behind, nobody
        As in `contributions`.

    References
    ----------
    Sundararajan, M., Dhamdhere, K. and Agarwal, A. (2020). The Shapley Taylor interaction index. ICML.
    """
    players = order.shape[1]
    one, two = pairs_of(players)
    found = []
    for sequence, at in zip(order, behind, strict=True):
        rank = np.argsort(sequence)
        before = rank[None, :] < np.minimum(rank[one], rank[two])[:, None]
        first, second = before.copy(), before.copy()
        first[np.arange(len(one)), one] = True
        second[np.arange(len(two)), two] = True
        masks = np.concatenate([np.eye(players, dtype=bool), before, first, second, first | second])
        unique, where = np.unique(masks, axis=0, return_inverse=True)
        values = game(rows, unique, np.full(len(unique), at))[:, where.ravel()]
        alone = values[:, :players] - nobody[at]
        none, left, right, both = np.split(values[:, players:], 4, axis=1)
        found.append(np.concatenate([alone, both - left - right + none], axis=1))
    return np.stack(found, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """Orders to walk, the background row of each, and after how many of them to look.

    Parameters
    ----------
    order : int array, shape (orders, players)
        As long as the last look.
    behind : int array, shape (orders,)
        Background rows, balanced.
    ends : tuple of int
        Orders at each look, increasing.
    """

    order: Ints
    behind: Ints
    ends: tuple[int, ...]


def estimate_by_orders(
    game: PairedGame,
    walks: Walks,
    whole: Floats,
    nobody: Floats,
    tolerance: float,
    chunk: int = 2**22,
    walk: Walk = contributions,
    terms: int = 0,
    reach: Floats | None = None,
) -> Estimate:
    """Estimate the Shapley (or Owen) values of a block of rows by walking orders, until they are precise enough.

    Parameters
    ----------
    game : callable
        Values of coalitions, each before one background row.
    walks : Walks
        What to evaluate.
    whole : float array, shape (rows, outputs)
        Value of all players.
    nobody : float array, shape (background, outputs)
        Value of none.
    tolerance : float
        As in `xaikit.stats.shapley_sampling.estimate`.
    chunk : int
        Numbers that one call of `game` may return.
    walk : callable
        What is read off each order: `contributions` of players, or of pairs of them.
    terms : int
        How many values `walk` gives; by default one a player.
    reach : float array, shape (outputs,), optional
        Range of the answers: what a player may have moved in orders that were not drawn counts in its variance.
    """
    rows, outputs = whole.shape
    players, background = terms or walks.order.shape[1], len(nobody)
    sums = np.zeros((rows, background, players, outputs))
    squares = np.zeros((rows, players, outputs))
    moves = Moves.none((rows, players, outputs))
    blank = np.zeros((rows, players, outputs))
    spent, precise = np.zeros(rows, dtype=np.intp), np.zeros((rows, outputs), dtype=bool)
    found = Estimate(blank, blank.copy(), blank.copy(), spent, precise)
    inflation = float(norm.isf(0.025 / len(walks.ends)) / norm.isf(0.025))
    active, done = np.arange(rows), 0
    for end in walks.ends:
        step = max(1, chunk // (2 * players * outputs * len(active)))
        for start in range(done, end, step):
            part = slice(start, min(start + step, end))
            order, behind = walks.order[part], walks.behind[part]
            each = walk(game, active, order, behind, whole[active], nobody)
            share = (behind == np.arange(background)[:, None]).astype(np.float64)
            sums[active] += np.einsum("uk,rkpo->rupo", share, each)
            squares[active] += (each**2).sum(axis=1)
            moves.add(active, each, reach)
        times = np.bincount(walks.behind[:end], minlength=background)
        _summarize(found, active, sums[active], squares[active], times, whole[active] - nobody.mean(axis=0))
        found.sampling[active] += moves.unseen(active, 2 * end, reach)
        judge(found, active, tolerance, inflation, np.abs(whole).max(axis=0, initial=0))
        found.coalitions[active] = 2 * (walks.order.shape[1] - 1) * end
        active, done = active[~precise[active].all(axis=1)], end
        if not len(active):
            break
    return found


def _summarize(found: Estimate, rows: Ints, sums: Floats, squares: Floats, times: Ints, total: Floats) -> None:
    """Write the means, and the two parts of their variance.

    The background rows are clusters: their means vary by the draw of background and of orders, which is the total;
    what orders of one background row vary is the part of the orders. Where no background row was used twice the two
    cannot be told apart, and the whole is counted as from the orders.
    """
    used = times > 0
    sums, count = sums[:, used], times[used][None, :, None, None]
    cluster = sums / count
    values = cluster.mean(axis=1)
    clusters = int(used.sum())
    spread = cluster.var(axis=1, ddof=1) / clusters if clusters > 1 else np.zeros_like(values)
    within = spread
    if times.max() > 1:
        pooled = (squares - (sums**2 / count).sum(axis=1)) / int((times[used] - 1).sum())
        within = np.clip(pooled, 0, None) * float((1 / times[used]).sum()) / clusters**2
    # what the dealt background rows miss of the base is spread over the players
    gap = total - values.sum(axis=1)
    found.values[rows] = values + gap[:, None] / values.shape[1]
    found.sampling[rows] = within
    found.background[rows] = np.clip(spread - within, 0, None)
