"""Shapley values and their standard errors from the values of paired coalitions: one linear operator for all rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from xaikit.core.errors import SpecError
from xaikit.stats.coalitions import PairedDesign, kernel_mass, paired_design, total_pairs

Floats = NDArray[np.float64]
GAMES = 64  # residuals at once: the passes over them stay in the core's cache


@dataclass(frozen=True, slots=True, eq=False)
class Sandwich:
    """The variance of weighted least squares on a stratified sample of pairs, for all rows in a few matrix products.

    Parameters
    ----------
    order : int array, shape (counted,)
        The pairs of the sizes that were sampled, not enumerated, size by size.
    spans : tuple of (int, int, float)
        Of each such size: where it starts and ends in `order`, and its weight over the number of its pairs.
    rows : float array, shape (counted, players)
        The regressors: masks minus their mean.
    scale : float array, shape (counted,)
        What a residual is multiplied with before it enters the variance: the leverage correction (HC3).
    bread : float array, shape (counted, players)
        Residuals in, their part in the values out.
    squares : float array, shape (counted, players)
        Squared residuals in, their part in the variances out.
    """

    order: NDArray[np.intp]
    spans: tuple[tuple[int, int, float], ...]
    rows: Floats
    scale: Floats
    bread: Floats
    squares: Floats

    @classmethod
    def of(cls, design: PairedDesign, operator: Floats, rows: Floats, leverage: Floats) -> "Sandwich":
        """Return it for a design, its operator (players, pairs), regressors and leverage (pairs,)."""
        counts = design.counts()
        # one pair of a size tells no variance; all pairs of a size leave none: the finite-population correction
        weight = np.where(counts > 1, counts / np.maximum(counts - 1, 1) * (1 - design.drawn()), 0.0)
        by_size = np.argsort(design.stratum, kind="stable")
        order = by_size[weight[design.stratum[by_size] - 1] > 0]
        ends = np.cumsum(np.where(weight > 0, counts, 0))
        spans = tuple(
            (int(z - n), int(z), float(w / n)) for z, n, w in zip(ends, counts, weight, strict=True) if w > 0
        )
        bread = np.ascontiguousarray(operator.T[order])
        squares = bread**2 * weight[design.stratum[order] - 1][:, None]
        return cls(order, spans, rows[order], 1 / np.clip(1 - leverage[order], 1e-6, None), bread, squares)

    def variance(self, half: Floats, fitted: Floats) -> Floats:
        """Return the variance of the values, `(..., players)`.

        Parameters
        ----------
        half : float array, shape (..., pairs)
            What is regressed.
        fitted : float array, shape (..., players)
            The coefficients.
        """
        games, out = half.reshape(-1, half.shape[-1]), np.empty((fitted.size // fitted.shape[-1], fitted.shape[-1]))
        for start in range(0, len(games), GAMES):
            here = slice(start, start + GAMES)
            residual = np.take(games[here], self.order, axis=1)
            residual -= fitted.reshape(out.shape)[here] @ self.rows.T
            residual *= self.scale
            drawn = [w * (residual[:, a:z] @ self.bread[a:z]) ** 2 for a, z, w in self.spans]
            residual *= residual
            out[here] = residual @ self.squares - sum(drawn, np.zeros(1))
        return out.clip(0, None).reshape(fitted.shape)


@dataclass(frozen=True, slots=True, eq=False)
class PairedRegression:
    """Efficiency-constrained weighted least squares on a paired design.

    The constraint is met by construction: the coefficients live in an (n − 1)-dimensional orthonormal basis of the
    vectors that sum to 0, where the normal matrix is regular and needs no cut-off.

    Parameters
    ----------
    design : PairedDesign
        The coalitions.
    operator : float array, shape (players, pairs)
        Half differences in, centred Shapley values out.
    applied : float array like `operator`
        What the values are computed with: `operator`, or that with the help of `odd_interactions`.
    sandwich : Sandwich
        What the variances are computed with.
    """

    design: PairedDesign
    operator: Floats
    applied: Floats
    sandwich: Sandwich

    @property
    def share(self) -> Floats:
        """What each half difference holds of the total: |S| / n − 1/2, shape (pairs,)."""
        return np.asarray(self.design.stratum / self.design.players - 0.5)

    def values(self, half: Floats, total: Floats) -> Floats:
        """Return Shapley values `(..., players)`, which sum to `total`.

        Parameters
        ----------
        half : float array, shape (..., pairs)
            (v(S) − v(Sᶜ)) / 2 − share × total.
        total : float array, shape (...)
            v(all players) − v(none).
        """
        return np.asarray(half @ self.applied.T + total[..., None] / self.design.players)

    def missed(self, half: Floats, pilot: int = 256) -> Floats:
        """Return the sum of squares of what the help misses of the first `pilot` half differences, shape (...)."""
        return np.asarray((half[..., :pilot] ** 2).sum(axis=-1))

    def unexplained(self, half: Floats) -> Floats:
        """Return what the help misses of half differences; the half differences themselves without help."""
        return half

    def variance(self, half: Floats) -> Floats:
        """Return the variance of the values that comes from drawing coalitions, shape (..., players).

        The sandwich estimator with whole pairs as clusters, coalition sizes as strata, and the finite-population
        correction: a size that was enumerated adds nothing, so an enumerated game has variance 0.
        """
        half = self.unexplained(half)
        return self.sandwich.variance(half, half @ self.operator.T)


def paired_regression(design: PairedDesign) -> PairedRegression:
    """Factorise a design once, for all rows and outputs.

    Parameters
    ----------
    design : PairedDesign
        Regular: see `regular_design`.

    References
    ----------
    Lundberg, S. M. and Lee, S.-I. (2017). A unified approach to interpreting model predictions. NeurIPS 30.
    Covert, I. and Lee, S.-I. (2021). Improving KernelSHAP: practical Shapley value estimation. AISTATS.
    MacKinnon, J. G. and White, H. (1985). Some heteroskedasticity-consistent covariance matrix estimators with
    improved finite sample properties. Journal of Econometrics 29(3). (HC3)
    """
    players, counts = design.players, design.counts()
    weight = (kernel_mass(players) / np.maximum(counts, 1))[design.stratum - 1]
    basis = zero_sum_basis(players)
    in_basis = design.masks @ basis
    weighted = in_basis * weight[:, None]
    solved = cho_solve(cho_factor(in_basis.T @ weighted), weighted.T)
    operator = basis @ solved
    leverage = (in_basis * solved.T).sum(axis=1)
    sandwich = Sandwich.of(design, operator, in_basis @ basis.T, leverage)
    return PairedRegression(design, operator, operator, sandwich)


def zero_sum_basis(players: int) -> Floats:
    """Return an orthonormal basis `(players, players − 1)` of the vectors whose entries sum to 0 (Helmert).

    Examples
    --------
    >>> b = zero_sum_basis(4)
    >>> bool(np.allclose(b.sum(axis=0), 0) and np.allclose(b.T @ b, np.eye(3)))
    True
    """
    out = np.zeros((players, players - 1))
    for j in range(1, players):
        out[:j, j - 1] = 1.0
        out[j, j - 1] = -float(j)
        out[:, j - 1] /= np.sqrt(j * (j + 1))
    return out


def minimum_pairs(players: int) -> int:
    """Return the fewest pairs that give values and an error for them: 1.5 × players + 2, or all there are.

    Examples
    --------
    >>> minimum_pairs(3), minimum_pairs(20)
    (3, 32)
    """
    return min(players + players // 2 + 2, total_pairs(players))


def regular_design(players: int, ends: Sequence[int], rng: np.random.Generator) -> PairedDesign:
    """Draw a design that can be solved at every prefix of `ends` pairs; the rare one that cannot is drawn again."""
    for _ in range(50):
        design = paired_design(players, ends[-1], rng)
        first = design.prefix(ends[0]).masks @ zero_sum_basis(players)
        if np.linalg.matrix_rank(first.T @ first, hermitian=True) == players - 1:
            return design
    raise SpecError("budget", f"{2 * ends[0]} coalitions", f"more of them, to tell {players} features apart")
