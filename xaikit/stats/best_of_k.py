"""Comparing every group with the best of k: the comparator was chosen by looking, and the p values know it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from xaikit.stats.rates import best, people, ratio, selection_rate
from xaikit.stats.resampling import covariance
from xaikit.stats.table import Floats, Ints, Table

SIMULATIONS = 10_000
MOST = 200_000_000  # pairs of groups looked at in all simulations together
SLICE = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class BestOfK:
    """The outcome for every group.

    Parameters
    ----------
    best : int
        The place of the highest rate.
    z : float array, shape (k,)
        How many standard errors each group lies below the group that is most clearly above it.
    rival : int array, shape (k,)
        The place of that group.
    p : float array, shape (k,)
        Adjusted p; NaN for the best itself.
    critical : float
        What the largest z exceeds with chance `alpha` when all rates are equal.
    simulations : int
        How many tables were drawn; p is no finer than one in as many.
    """

    best: int
    z: Floats
    rival: Ints
    p: Floats
    critical: float
    simulations: int


def best_of_k(table: Table, rng: np.random.Generator, simulations: int = SIMULATIONS, alpha: float = 0.05) -> BestOfK:
    """Return the test of every group against the best of k.

    The statistic of a group is the largest z of any group above it: a handful of people with the highest rate by
    luck then neither hides a disparity between large groups nor makes one. Its law when all rates are equal is
    simulated at the pooled rate with the groups' own sizes, and p is adjusted by step-down. Holm over tests against
    the observed best is not valid: it takes the comparator as given.

    With clusters or weights, rates are drawn from a normal law with the sandwich covariance.

    References
    ----------
    Westfall & Young (1993), Resampling-Based Multiple Testing, ch. 2 (step-down max-T); 29 CFR 1607.4(D) (comparison
    with the highest rate).
    """
    simulations = affordable(simulations, table.counts.shape[0])
    if not table.independent:
        return _normal(table, rng, simulations, alpha)
    x, n = people(table.counts)

    z = all_pairs(n)

    def draw(count: int) -> Ints:
        return np.asarray(rng.binomial(n, x.sum() / n.sum(), size=(count, len(n))))

    return step_down(best(ratio(x, n)), x, z, draw, simulations, alpha)


def all_pairs(n: Ints) -> Callable[[Ints], Floats]:
    """Return the function from selected people `(b, k)` to pooled z of each group above each, `(b, k, k)`.

    The same as `two_proportion_z` of all pairs, with what does not change between tables worked out once.
    """
    size = n.astype(np.float64)
    together, spread = 1 / (size[:, None] + size), 1 / size[:, None] + 1 / size

    def z(drawn: Ints) -> Floats:
        x = drawn.astype(np.float64)
        rate = x / size
        pooled = x[:, :, None] + x[:, None, :]
        pooled *= together
        variance = pooled * pooled
        np.subtract(pooled, variance, out=variance)
        variance *= spread
        np.maximum(variance, 1e-300, out=variance)  # nobody or everybody selected: a gap of 0 stays 0
        np.sqrt(variance, out=variance)
        gap = np.subtract(rate[:, :, None], rate[:, None, :], out=pooled)
        gap /= variance
        return gap

    return z


def affordable(simulations: int, groups: int) -> int:
    """Return how many simulations of all pairs of groups are affordable, at least 1000."""
    return min(simulations, max(1000, MOST // max(groups * groups, 1)))


def _normal(table: Table, rng: np.random.Generator, simulations: int, alpha: float) -> BestOfK:
    observed, spread = selection_rate(table.mass), covariance(table)
    gap = np.diag(spread)[:, None] + np.diag(spread) - 2 * spread
    root = np.sqrt(np.where(gap > 0, gap, np.inf))

    def z(rates: Floats) -> Floats:
        return np.asarray((rates[:, :, None] - rates[:, None, :]) / root)

    def draw(count: int) -> Floats:
        return rng.multivariate_normal(np.zeros(len(spread)), spread, size=count, method="eigh")

    return step_down(best(observed), observed, z, draw, simulations, alpha)


def step_down(
    top: int,
    observed: Floats | Ints,
    z: Callable[..., Floats],
    draw: Callable[[int], Floats | Ints],
    simulations: int,
    alpha: float,
) -> BestOfK:
    """Return step-down adjusted p of the largest z above each group.

    Parameters
    ----------
    top : int
        The place of the highest rate.
    observed : array
        One table.
    z : callable
        From tables, first axis `b`, to z of each group above each, `(b, k, k)`.
    draw : callable
        From a number to as many tables under equal rates.
    simulations : int
        How many to draw.
    alpha : float
        Of the critical value.

    Notes
    -----
    A step compares with the largest z over the groups not yet found different, of *any* group above them: those found
    different stay rivals, so that no step is too bold.
    """
    pairs = z(np.asarray(observed)[None])[0]
    own, rival = pairs.max(axis=0), pairs.argmax(axis=0)
    order = np.array([g for g in np.argsort(-own, kind="stable") if g != top], dtype=np.int64)
    law = []
    step = max(1, SLICE // max(pairs.size, 1))
    for start in range(0, simulations, step):
        largest = z(draw(min(step, simulations - start))).max(axis=1)
        rest = np.concatenate([largest[:, order], largest[:, [top]]], axis=1)
        law.append(np.maximum.accumulate(rest[:, ::-1], axis=1)[:, ::-1])
    steps = np.concatenate(law)
    p = np.full(len(own), np.nan)
    # a hair below, so that a simulated table equal to the observed one counts as equal
    exceeded = (steps[:, : len(order)] >= own[order] - 1e-9).sum(axis=0)
    p[order] = np.maximum.accumulate((1 + exceeded) / (1 + simulations))
    # never under the value for two groups: where nobody or everybody is selected, no simulated table differs
    critical = max(float(np.quantile(steps[:, 0], 1 - alpha)), float(stats.norm.isf(alpha / 2)))
    return BestOfK(top, own, rival, p, critical, simulations)
