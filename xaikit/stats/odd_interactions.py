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

from xaikit.stats.coalitions import PairedDesign
from xaikit.stats.shapley_values import PairedRegression

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


# Variance of the interactions of order 3 and 5 that one player takes part in, and of what is neither, over order 1.
# From smooth to rough games; each row takes what leaves it the smallest error, so that it does not depend on others.
PRIORS = ((0.3, 0.1, 0.01), (0.1, 0.01, 0.1), (0.03, 0.003, 0.2))


@dataclass(frozen=True, slots=True, eq=False)
class Agreements:
    """How alike coalitions are: all that the covariance of two half differences depends on.

    Parameters
    ----------
    known : int array, shape (known + 1, known + 1)
        How many players are on the same side in both, of the first pairs; the last is everybody.
    rest : int array, shape (pairs − known, known + 1)
        The same of the other pairs with these.
    members : bool array, shape (known + 1, players)
        Who is in the first pairs' coalitions, and in everybody.
    """

    known: Ints
    rest: Ints
    members: Bools

    @classmethod
    def of(cls, design: PairedDesign, known: int) -> "Agreements":
        """Return those of the first `known` pairs of a design, and of its other pairs with them."""
        members = np.vstack([design.masks[:known], np.ones(design.players, dtype=bool)])
        return cls(_alike(members, members), _alike(design.masks[known:], members), members)


@dataclass(frozen=True, slots=True, eq=False)
class OddProcess:
    """A Gaussian process conditioned on the first pairs of a design, for one choice of variances.

    Parameters
    ----------
    inverse : float array, shape (known + 1, known + 1)
        Of the covariance of the known pairs, and of everybody against nobody, last.
    onward : float array, shape (known + 1, pairs − known)
        Covariance of these with the other pairs.
    worth : float array, shape (players, known + 1)
        Covariance of Shapley values with these.
    noise : float
        Variance of what is neither of order 1, 3 nor 5.
    """

    inverse: Floats
    onward: Floats
    worth: Floats
    noise: float

    @property
    def known(self) -> int:
        """How many pairs it is conditioned on."""
        return len(self.inverse) - 1

    @property
    def spread(self) -> Floats:
        """Variance of each known pair given the others, shape (known,)."""
        return np.asarray(1 / np.diag(self.inverse)[:-1])

    def left_out(self, half: Floats, pilot: int) -> Floats:
        """Return what it misses of the first known half differences, each predicted from the others, (..., pilot).

        Parameters
        ----------
        half : float array, shape (..., pairs)
            Centred half differences.
        pilot : int
            How many, at most.
        """
        first = slice(0, min(pilot, self.known))
        return np.asarray((half[..., : self.known] @ self.inverse[:-1, first]) * self.spread[first])

    def unexplained(self, half: Floats) -> Floats:
        """Return what it misses of all, `(..., pairs)`: those that are not known are predicted from all that are."""
        weights = half[..., : self.known] @ self.inverse[:-1]  # the observation of everybody against nobody is 0
        out = np.empty_like(half)
        np.multiply(weights[..., :-1], self.spread, out=out[..., : self.known])
        np.subtract(half[..., self.known :], weights @ self.onward, out=out[..., self.known :])
        return out

    def operator(self, plain: Floats, drawn: Floats) -> Floats:
        """Return the operator `(players, pairs)`: its own values, and the plain operator's of what it misses.

        Parameters
        ----------
        plain : float array, shape (players, pairs)
            Half differences in, centred Shapley values out.
        drawn : float array, shape (pairs,)
            Which share of the coalitions of its size was drawn. What is missed is known of these (the misfit, noise ×
            weight), and estimated for the others by what is missed when each is left out (spread × weight).
        """
        kept = drawn[: self.known] * self.noise + (1 - drawn[: self.known]) * self.spread
        by_weight = self.worth - plain[:, self.known :] @ self.onward.T
        by_weight[:, :-1] += plain[:, : self.known] * kept
        return np.hstack([by_weight @ self.inverse[:, :-1], plain[:, self.known :]])


def _alike(one: Bools, other: Bools) -> Ints:
    """Return how many players are on the same side in two coalitions, for two lists of them."""
    a, b = (2 * m.astype(np.float32) - 1 for m in (one, other))  # sums of fewer than 2^24 ones are exact
    return np.asarray((a @ b.T + one.shape[1]) / 2, dtype=np.intp)


def krawtchouk(players: int, order: int) -> Floats:
    """Return the sum of all products of `order` of `players` signs, by how many of the signs are positive.

    Examples
    --------
    >>> krawtchouk(3, 2).tolist()  # −−−, +−−, ++−, +++
    [3.0, -1.0, -1.0, 3.0]

    References
    ----------
    MacWilliams, F. J. and Sloane, N. J. A. (1977). The theory of error-correcting codes, 5.7. (three-term recurrence)
    """
    total = 2.0 * np.arange(players + 1) - players
    before, here = np.zeros(players + 1), np.ones(players + 1)
    for k in range(order):
        before, here = here, (total * here - (players - k + 1) * before) / (k + 1)
    return here


def odd_process(agreements: Agreements, third: float, fifth: float, noise: float) -> OddProcess:
    """Condition the process on the first pairs of a design.

    Parameters
    ----------
    agreements : Agreements
        Of the pairs whose half differences are known. That of everybody against nobody is known too: it is 0.
    third, fifth : float
        Prior variance of all interactions of order 3 and 5 that one player takes part in, over that of order 1.
    noise : float
        Variance of what is neither, over that of order 1.

    References
    ----------
    Rasmussen, C. E. and Williams, C. (2006). Gaussian processes for machine learning, 5.4.2. (residuals in closed
    form) O'Donnell, R. (2014). Analysis of Boolean functions, 2. (odd part and Shapley values of a Walsh series)
    """
    players = agreements.members.shape[1]
    share = {1: 1.0, 3: third / max(1, comb(players - 1, 2)), 5: fifth / max(1, comb(players - 1, 4))}
    share = {k: v for k, v in share.items() if k <= players}
    by_agreement = np.sum([v * krawtchouk(players, k) for k, v in share.items()], axis=0)
    kernel = by_agreement[agreements.known]
    kernel[np.diag_indices(len(kernel) - 1)] += noise
    kernel[-1, -1] += 1e-9 * kernel[-1, -1]
    onward = by_agreement[agreements.rest].T
    return OddProcess(_inverse(kernel), onward, _values_with(agreements.members, share), noise)


def _inverse(kernel: Floats) -> Floats:
    """Return the inverse of a positive definite matrix, a third of the work of solving for the identity."""
    lower, failed = dpotrf(kernel, lower=1)
    if failed:
        raise np.linalg.LinAlgError("the kernel of the odd process is not positive definite")
    half, _ = dpotri(lower, lower=1)  # what is above the diagonal is not of it
    below = np.tril(half, -1)
    below += below.T
    np.fill_diagonal(below, half.diagonal())
    return np.asarray(below)


def _values_with(members: Bools, share: dict[int, float]) -> Floats:
    """Return the covariance of Shapley values with half differences, (players, pairs).

    A product of the signs of k players, k odd, is worth 2/k to each of them.
    """
    players, plus = members.shape[1], members.sum(axis=1)
    positive, negative = np.zeros(len(members)), np.zeros(len(members))
    for order, variance in share.items():
        others = krawtchouk(players - 1, order - 1)
        positive += variance * 2 / order * others[np.maximum(plus - 1, 0)]
        negative -= variance * 2 / order * others[np.minimum(plus, players - 1)]
    return np.where(members.T, positive, negative)


@dataclass(frozen=True, slots=True, eq=False)
class HelpedRegression(PairedRegression):
    """The regression of what a process misses, and the values of the process.

    Parameters
    ----------
    process : OddProcess
        The help.
    """

    process: OddProcess

    def unexplained(self, half: Floats) -> Floats:
        """Return what the process misses of half differences, like `half`."""
        return self.process.unexplained(half)

    def missed(self, half: Floats, pilot: int = 256) -> Floats:
        """Return the sum of squares of what the process misses of the first `pilot` half differences, shape (...)."""
        return np.asarray((self.process.left_out(half, pilot) ** 2).sum(axis=-1))


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
    drawn = design.drawn()[design.stratum - 1]
    agreements = Agreements.of(design, known)
    # a residual that is left out has not been fitted: it needs the leverage correction half (HC2 for HC3)
    plain = regression.sandwich
    sandwich = replace(plain, scale=np.sqrt(plain.scale))
    for prior in PRIORS:
        process = odd_process(agreements, *prior)
        applied = process.operator(regression.operator, drawn)
        out.append(HelpedRegression(design, regression.operator, applied, sandwich, process))
    return tuple(out)


def helps(players: int, pairs: int) -> bool:
    """Whether a design is in the range where the errors are proven: 10 pairs a player, and far from all there are.

    Examples
    --------
    >>> helps(20, 512), helps(20, 100), helps(10, 200)
    (True, False, False)
    """
    return bool(10 * players <= pairs <= 2 ** (players - 5))
