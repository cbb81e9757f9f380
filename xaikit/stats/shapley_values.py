"""Shapley values and their standard errors from the values of paired coalitions: one linear operator for all rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from xaikit.core.errors import SpecError
from xaikit.stats.coalitions import PairedDesign, kernel_mass, paired_design, stratum_sizes, total_pairs

Floats = NDArray[np.float64]


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
    rows : float array, shape (pairs, players)
        The regressors: masks minus their mean.
    scale : float array, shape (pairs,)
        What a residual is multiplied with before it enters the variance: the leverage correction (HC3).
    applied : float array like `operator`
        What the values are computed with: `operator`, or that with the help of `odd_interactions`.
    predicted : float array, shape (pairs, known), or None
        The first half differences in, the help's prediction of each out; None without help.
    """

    design: PairedDesign
    operator: Floats
    rows: Floats
    scale: Floats
    applied: Floats
    predicted: Floats | None = None

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
        if self.predicted is None:
            return np.asarray((half[..., :pilot] ** 2).sum(axis=-1))
        guess = half[..., : self.predicted.shape[1]] @ self.predicted[:pilot].T
        return np.asarray(((half[..., :pilot] - guess) ** 2).sum(axis=-1))

    def unexplained(self, half: Floats) -> Floats:
        """Return what the help misses of half differences; the half differences themselves without help."""
        if self.predicted is None:
            return half
        return np.asarray(half - half[..., : self.predicted.shape[1]] @ self.predicted.T)

    def variance(self, half: Floats) -> Floats:
        """Return the variance of the values that comes from drawing coalitions, shape (..., players).

        The sandwich estimator with whole pairs as clusters, coalition sizes as strata, and the finite-population
        correction: a size that was enumerated adds nothing, so an enumerated game has variance 0.
        """
        half = self.unexplained(half)
        residual = (half - (half @ self.operator.T) @ self.rows.T) * self.scale
        out = np.zeros((*half.shape[:-1], self.design.players))
        sizes = stratum_sizes(self.design.players)
        for size, (count, there_are) in enumerate(zip(self.design.counts(), sizes, strict=True), start=1):
            if count in (0, there_are):
                continue
            here = np.flatnonzero(self.design.stratum == size)
            operator, part = self.operator[:, here], residual[..., here]
            squares = (part**2) @ (operator**2).T - (part @ operator.T) ** 2 / count
            out += squares * (count / max(1, count - 1)) * (1 - count / there_are)
        return np.clip(out, 0, None)


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
    leverage = np.einsum("kj,jk->k", in_basis, solved)
    drawn = counts < np.array(stratum_sizes(players))
    spare = np.where(drawn[design.stratum - 1], 1 - leverage, 1.0)
    return PairedRegression(design, operator, in_basis @ basis.T, 1 / np.clip(spare, 1e-6, None), operator)


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
        rank = np.linalg.matrix_rank(design.prefix(ends[0]).masks @ zero_sum_basis(players))
        if rank == players - 1:
            return design
    raise SpecError("budget", f"{2 * ends[0]} coalitions", f"more of them, to tell {players} features apart")
