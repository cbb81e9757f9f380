"""Differences of mean between groups, of many parts at once: intervals that hold together, people drawn whole."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class GapParts:
    """Parts of gaps, with intervals that all hold at once.

    Parameters
    ----------
    value, low, high, p : float array, shape (contrasts, parts)
        The difference of mean, its simultaneous interval, and the p value adjusted for all contrasts and parts.
    quantile : float
        How many standard errors the intervals reach.
    """

    value: Floats
    low: Floats
    high: Floats
    p: Floats
    quantile: float


def gap_parts(
    values: Floats,
    contrasts: Sequence[tuple[Bools, Bools]],
    rng: np.random.Generator,
    *,
    people: Ints | None = None,
    weights: Floats | None = None,
    replicates: int = 2000,
    confidence: float = 0.95,
) -> GapParts:
    """Return the difference of mean of every part between every two groups.

    People (clusters of rows) are resampled whole, with all their parts together. The largest |difference* −
    difference| ÷ standard error over all contrasts and parts gives one critical value, so that one may look at all
    parts first and then name those whose interval excludes 0. It is widened as Student's t is over the normal, by the
    fewest people in a group.

    A part that is seldom there (a rare word) has a standard error that is too small where by chance one group has
    none of it. Each group is therefore given two people more, one with and one without it, before its error is
    believed (as Agresti and Caffo do with shares); the larger of the two errors counts.

    Parameters
    ----------
    values : float array, shape (rows, parts)
        What each part adds in each row; 0 where it is absent.
    contrasts : sequence of (bool array, bool array), shape (rows,)
        Rows of a group, and of the group that it is compared with.
    rng : numpy.random.Generator
        Draws people.
    people : int array, shape (rows,), optional
        Whose row it is; each its own by default.
    weights : float array, shape (rows,), optional
        Of the rows.
    replicates : int
        How often people are drawn anew.
    confidence : float
        That all intervals hold together.

    References
    ----------
    Romano, J. P. and Wolf, M. (2005). Stepwise multiple testing as formalized data snooping. Econometrica 73,
    1237–1282 (critical values of the maximum, single step).
    Agresti, A. and Caffo, B. (2000). Simple and effective confidence intervals for proportions and differences of
    proportions result from adding two successes and two failures. The American Statistician 54, 280–288.
    """
    owner = np.unique(np.arange(len(values)) if people is None else people, return_inverse=True)[1].ravel()
    units, mass = int(owner.max()) + 1, np.ones(len(values)) if weights is None else weights
    drawn = rng.multinomial(units, np.full(units, 1 / units), size=replicates).astype(np.float64)
    value, error, away, fewest = [], [], [], np.inf
    for pair in contrasts:
        sides = [_Side(values, of * mass, of, owner, units) for of in pair]
        moved = sides[0].drawn(drawn) - sides[1].drawn(drawn)
        here = sides[0].mean - sides[1].mean
        away.append(moved - here)
        floor = sides[0].floor(_size(values, pair[0] | pair[1])) + sides[1].floor(_size(values, pair[0] | pair[1]))
        spread = np.nanvar(moved, axis=0, ddof=1) * units / max(units - 1, 1)
        value.append(here)
        error.append(np.sqrt(np.maximum(spread, floor)))
        fewest = min(fewest, sides[0].people, sides[1].people)
    size = np.array(error)
    scaled = [np.abs(np.nan_to_num(a)) / np.where(e > 0, e, np.inf) for a, e in zip(away, size, strict=True)]
    wider = float(t.isf(0.025, max(fewest - 1, 1)) / norm.isf(0.025))
    largest = np.max([s.max(axis=1, initial=0) for s in scaled], axis=0) * wider
    quantile, middle = float(np.quantile(largest, confidence)), np.array(value)
    reached = np.divide(np.abs(middle), size, out=np.zeros_like(middle), where=size > 0)
    as_far = np.searchsorted(np.sort(largest), reached * (1 - 1e-12), side="left")
    p = (1 + replicates - as_far) / (replicates + 1)
    return GapParts(middle, middle - quantile * size, middle + quantile * size, p, quantile)


class _Side:
    """One group: what its people hold of each part."""

    def __init__(self, values: Floats, mass: Floats, rows: Bools, owner: Ints, units: int) -> None:
        self.sums = np.zeros((units, values.shape[1]))
        np.add.at(self.sums, owner[rows], values[rows] * mass[rows, None])
        self.mass = np.bincount(owner, mass, units)
        self.mean = self.sums.sum(axis=0) / self.mass.sum()
        there = np.zeros((units, values.shape[1]), dtype=bool)
        np.logical_or.at(there, owner[rows], values[rows] != 0)
        self.people, self.having = int(np.count_nonzero(self.mass)), there.sum(axis=0)

    def drawn(self, counts: Floats) -> Floats:
        """Return the means of people drawn anew, (replicates, parts); NaN where nobody of the group was drawn."""
        mass = (counts @ self.mass)[:, None]
        return np.asarray(np.divide(counts @ self.sums, mass, out=np.full((len(counts), self.sums.shape[1]), np.nan),
                                    where=mass > 0))  # fmt: skip

    def floor(self, size: Floats) -> Floats:
        """Return the least variance of the means that is believed, (parts,)."""
        share = (self.having + 1) / (self.people + 2)
        return np.asarray(share * (1 - share) * size**2 / (self.people + 2))


def _size(values: Floats, rows: Bools) -> Floats:
    """Return the mean |value| of each part where it is there, (parts,)."""
    here = np.abs(values[rows])
    return np.asarray(here.sum(axis=0) / np.maximum((here > 0).sum(axis=0), 1))
