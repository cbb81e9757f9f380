"""Shapley values straight from the definition: slow, obvious, and sharing nothing with the engines."""

from itertools import combinations
from math import factorial

import numpy as np


def brute_force(value, players):
    """Sum, over all coalitions, of the weighted contribution of each player; `value(frozenset) -> float or array`."""
    everyone = range(players)
    known = {}

    def v(coalition):
        key = frozenset(coalition)
        if key not in known:
            known[key] = np.asarray(value(key), dtype=float)
        return known[key]

    out = []
    for i in everyone:
        others = [j for j in everyone if j != i]
        total = 0.0
        for size in range(players):
            weight = factorial(size) * factorial(players - size - 1) / factorial(players)
            for coalition in combinations(others, size):
                total = total + weight * (v((*coalition, i)) - v(coalition))
        out.append(total)
    return np.array(out)


def marginal_game(predict, row, background, members=None):
    """The game of one row: columns of the coalition's players from the row, the rest from each background row."""
    members = members or [[c] for c in range(background.shape[1])]

    def value(coalition):
        mixed = background.copy()
        for player in coalition:
            mixed[:, members[player]] = row[members[player]]
        return np.asarray(predict(mixed), dtype=float).reshape(len(mixed), -1).mean(axis=0)

    return value


def linear(weights, row, background):
    """Closed form for a linear model: wᵢ (xᵢ − mean of the background)."""
    return np.asarray(weights) * (np.asarray(row) - np.asarray(background).mean(axis=0))


def product(members, players):
    """Closed form of the game that is worth 1 when all of `members` are there: 1 / |members| to each of them."""
    out = np.zeros(players)
    out[list(members)] = 1 / len(members)
    return out


def by_enumeration(values):
    """Shapley values from the worth of all 2ⁿ coalitions, coalition `k` holding the players of `k`'s bits."""
    values = np.asarray(values, dtype=float)
    players = int(np.log2(len(values)))
    size = np.array([bin(k).count("1") for k in range(len(values))])
    weight = np.array([factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)])
    out = np.empty(players)
    for i in range(players):
        without = np.flatnonzero(~(np.arange(len(values)) >> i) & 1)
        out[i] = (weight[size[without]] * (values[without | (1 << i)] - values[without])).sum()
    return out
