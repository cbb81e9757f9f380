"""Shapley values helped by a smooth guess: odd interactions by a Gaussian process, corrected by what it misses.

Half differences of complementary coalitions hold the odd interactions of a game alone, and Shapley values depend on
nothing else. A Gaussian process over them (interactions of order 1, 3 and 5) predicts each half difference from the
others; the weighted least squares of `shapley_values` is then applied to what that misses, and the values of the
prediction are added. A good guess leaves little to estimate; a bad one costs precision, not truth, and the
standard errors come from the residuals, not from the process.
"""

from dataclasses import dataclass, replace
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri

from xaikit.stats.coalitions import PairedDesign, stratum_sizes
from xaikit.stats.shapley_values import PairedRegression

Floats = NDArray[np.float64]


# Variance of the interactions of order 3 and 5 that one player takes part in, and of what is neither, over order 1.
# From smooth to rough games; each row takes what leaves it the smallest error, so that it does not depend on others.
PRIORS = ((0.3, 0.1, 0.01), (0.1, 0.01, 0.1), (0.03, 0.003, 0.2))


@dataclass(frozen=True, slots=True, eq=False)
class OddProcess:
    """Linear operators of one design and one choice of variances.

    Parameters
    ----------
    guess : float array, shape (players, known)
        Centred half differences of the first pairs in, Shapley values of the prediction out.
    predicted : float array, shape (pairs, known)
        The same in, a prediction of every half difference out: of those that are known from the others (leave one
        out), of the rest from all of them.
    fitted : float array like `predicted`
        The process itself at every pair, from all that are known.
    """

    guess: Floats
    predicted: Floats
    fitted: Floats


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


def odd_process(design: PairedDesign, third: float, fifth: float, noise: float, known: int) -> OddProcess:
    """Condition the process on the first pairs of a design.

    Parameters
    ----------
    design : PairedDesign
        Where half differences are known. That of everybody against nobody is known too: centred, it is 0.
    third, fifth : float
        Prior variance of all interactions of order 3 and 5 that one player takes part in, over that of order 1.
    noise : float
        Variance of what is neither, over that of order 1.
    known : int
        How many pairs it is conditioned on, at most: the cost of the inverse grows with their cube.

    References
    ----------
    Rasmussen, C. E. and Williams, C. (2006). Gaussian processes for machine learning, 5.4.2. (residuals in closed
    form) O'Donnell, R. (2014). Analysis of Boolean functions, 2. (odd part and Shapley values of a Walsh series)
    """
    players, first = design.players, design.masks[:known]
    signs = np.vstack([np.where(first, 1.0, -1.0), np.ones(players)])
    share = {1: 1.0, 3: third / max(1, comb(players - 1, 2)), 5: fifth / max(1, comb(players - 1, 4))}
    share = {k: v for k, v in share.items() if k <= players}
    kernel = _kernel(signs, signs, share)
    kernel[np.diag_indices(len(first))] += noise
    kernel[-1, -1] += 1e-9 * kernel[-1, -1]
    inverse = _inverse(kernel)[:, :-1]  # the last observation is 0
    predicted = np.eye(len(first)) - inverse[:-1] / np.diag(inverse)[:, None]
    fitted = np.eye(len(first)) - noise * inverse[:-1]
    if len(design) > known:
        rest = _kernel(np.where(design.masks[known:], 1.0, -1.0), signs, share) @ inverse
        predicted, fitted = np.vstack([predicted, rest]), np.vstack([fitted, rest])
    return OddProcess(_values_with(signs, share) @ inverse, predicted, fitted)


def _kernel(one: Floats, other: Floats, share: dict[int, float]) -> Floats:
    """Return the covariance of half differences of two lists of coalitions, given as signs."""
    players = one.shape[1]
    by_agreement = np.sum([v * krawtchouk(players, k) for k, v in share.items()], axis=0)
    agree = np.rint((one @ other.T + players) / 2).astype(np.intp)
    return np.asarray(by_agreement[agree])


def _inverse(kernel: Floats) -> Floats:
    """Return the inverse of a positive definite matrix, a third of the work of solving for the identity."""
    lower, failed = dpotrf(kernel, lower=1)
    if failed:
        raise np.linalg.LinAlgError("the kernel of the odd process is not positive definite")
    half = np.tril(dpotri(lower, lower=1)[0])
    return np.asarray(half + np.tril(half, -1).T)


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


def helped(regression: PairedRegression, known: int) -> tuple[PairedRegression, ...]:
    """Return the regression without help, and with the help of each prior.

    What the process misses of a size is known of the coalitions that were drawn, and estimated for the others by
    what it misses of the drawn ones when they are left out.

    Parameters
    ----------
    regression : PairedRegression
        Of the design.
    known : int
        Pairs that the processes are conditioned on, at most.
    """
    design, out = regression.design, [regression]
    drawn = (design.counts() / np.array(stratum_sizes(design.players), dtype=np.float64))[design.stratum - 1][:, None]
    for prior in PRIORS:
        process = odd_process(design, *prior, known)
        applied = regression.operator.copy()
        explained = drawn * process.fitted + (1 - drawn) * process.predicted
        applied[:, : process.guess.shape[1]] += process.guess - regression.operator @ explained
        # a residual that is left out has not been fitted: it needs the leverage correction half (HC2 for HC3)
        scale = np.sqrt(regression.scale)
        out.append(replace(regression, applied=applied, predicted=process.predicted, scale=scale))
    return tuple(out)


def helps(players: int, pairs: int) -> bool:
    """Whether a design is in the range where the errors are proven: 10 pairs a player, and far from all there are.

    Examples
    --------
    >>> helps(20, 512), helps(20, 100), helps(10, 200)
    (True, False, False)
    """
    return bool(10 * players <= pairs <= 2 ** (players - 5))
