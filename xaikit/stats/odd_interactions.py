"""Shapley values helped by a smooth guess: odd interactions by a Gaussian process, corrected by what it misses.

Half differences of complementary coalitions hold the odd interactions of a game alone, and Shapley values depend on
nothing else. A Gaussian process over them (interactions of order 1, 3 and 5) predicts each half difference from the
others; the weighted least squares of `shapley_values` is then applied to the leave-one-out residuals, and the values
of the prediction are added. A good guess leaves little to estimate; a bad one costs precision, not truth, and the
standard errors come from the residuals, not from the process.
"""

from dataclasses import dataclass, replace
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from xaikit.stats.coalitions import PairedDesign
from xaikit.stats.shapley_values import PairedRegression

Floats = NDArray[np.float64]
ORDERS = (1, 3, 5)


@dataclass(frozen=True, slots=True, eq=False)
class OddProcess:
    """Linear operators of one design and one choice of variances.

    Parameters
    ----------
    guess : float array, shape (players, pairs)
        Centred half differences in, Shapley values of the prediction out.
    left_out : float array, shape (pairs, pairs)
        Centred half differences in, leave-one-out residuals out.
    """

    guess: Floats
    left_out: Floats


def krawtchouk(players: int, order: int) -> Floats:
    """Return the sum of all products of `order` of `players` signs, by how many of the signs are positive.

    Examples
    --------
    >>> krawtchouk(3, 2).tolist()  # −−−, +−−, ++−, +++
    [3.0, -1.0, -1.0, 3.0]
    """
    return np.array(
        [
            float(sum((-1) ** j * comb(players - plus, j) * comb(plus, order - j) for j in range(order + 1)))
            for plus in range(players + 1)
        ]
    )


def odd_process(design: PairedDesign, third: float, fifth: float, noise: float) -> OddProcess:
    """Condition the process on a design.

    Parameters
    ----------
    design : PairedDesign
        Where half differences are known. That of everybody against nobody is known too: centred, it is 0.
    third, fifth : float
        Prior variance of all interactions of order 3 and 5 that one player takes part in, over that of order 1.
    noise : float
        Variance of what is neither, over that of order 1.

    References
    ----------
    Rasmussen, C. E. and Williams, C. (2006). Gaussian processes for machine learning, 5.4.2. (residuals in closed
    form) O'Donnell, R. (2014). Analysis of Boolean functions, 2. (odd part and Shapley values of a Walsh series)
    """
    players = design.players
    signs = np.vstack([np.where(design.masks, 1.0, -1.0), np.ones(players)])
    share = {1: 1.0, 3: third / max(1, comb(players - 1, 2)), 5: fifth / max(1, comb(players - 1, 4))}
    share = {k: v for k, v in share.items() if k <= players}
    agree = np.rint((signs @ signs.T + players) / 2).astype(np.intp)
    kernel = np.sum([v * krawtchouk(players, k) for k, v in share.items()], axis=0)[agree]
    kernel[np.diag_indices(len(design))] += noise
    kernel[-1, -1] += 1e-9 * kernel[-1, -1]
    inverse = cho_solve(cho_factor(kernel), np.eye(len(kernel)))[:, :-1]  # the last observation is 0
    left_out = inverse[:-1] / np.diag(inverse)[:, None]
    return OddProcess(_values_with(signs, share) @ inverse, left_out)


def _values_with(signs: Floats, share: dict[int, float]) -> Floats:
    """Return the covariance of Shapley values with half differences, (players, pairs).

    A product of the signs of k players, k odd, is worth 2/k to each of them.
    """
    players = signs.shape[1]
    plus = (signs > 0).sum(axis=1)
    out = np.zeros((players, len(signs)))
    for order, variance in share.items():
        others = krawtchouk(players - 1, order - 1)
        positive, negative = others[np.maximum(plus - 1, 0)], others[np.minimum(plus, players - 1)]
        out += variance * 2 / order * np.where(signs.T > 0, positive, -negative)
    return out


def chosen_process(design: PairedDesign, half: Floats, pilot: int = 512) -> OddProcess:
    """Return the process whose leave-one-out residuals are smallest, over a small grid, for all rows together.

    Parameters
    ----------
    design : PairedDesign
        Of the half differences.
    half : float array, shape (n, pairs)
        Centred half differences of several rows and outputs.
    pilot : int
        The choice is made on at most this many pairs.
    """
    few = design.prefix(pilot)
    scaled = half[:, :pilot] / np.maximum(half[:, :pilot].std(axis=1, keepdims=True), 1e-300)
    fifths = (0.0, 0.1) if design.players > 5 else (0.0,)
    grid = [(t, f * t, n) for t in (0.03, 0.15, 0.6) for f in fifths for n in (0.003, 0.03, 0.2)]
    misses = [float(((scaled @ odd_process(few, *g).left_out.T) ** 2).sum()) for g in grid]
    return odd_process(design, *grid[int(np.argmin(misses))])


def helped(regression: PairedRegression, half: Floats, rows: int = 64) -> PairedRegression:
    """Return the regression with the help of a process that is tuned on up to `rows` of the half differences.

    Parameters
    ----------
    regression : PairedRegression
        Of the design.
    half : float array, shape (n, pairs)
        Centred half differences.
    rows : int
        How many of them are looked at.
    """
    some = np.unique(np.linspace(0, len(half) - 1, min(len(half), rows)).astype(np.intp))
    process = chosen_process(regression.design, half[some])
    applied = process.guess + regression.operator @ process.left_out
    return replace(regression, applied=applied, left_out=process.left_out)


def helps(players: int, pairs: int) -> bool:
    """Whether a design is in the range where the errors are proven: 10 pairs a player, and far from all there are.

    Examples
    --------
    >>> helps(20, 512), helps(20, 100), helps(10, 200)
    (True, False, False)
    """
    return bool(10 * players <= pairs <= min(2 ** (players - 5), 4096))
