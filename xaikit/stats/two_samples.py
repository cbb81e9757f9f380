"""Do two samples come from one distribution: energy distance with a permutation test, of all features and of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Floats = NDArray[np.float64]


def energy_test(one: Floats, other: Floats, rng: np.random.Generator, permutations: int = 999) -> tuple[float, float]:
    """Return the energy statistic of two samples, and its permutation p-value.

    Parameters
    ----------
    one, other : float array, shape (n, dimensions), (m, dimensions)
        Scaled alike.
    rng : numpy.random.Generator
        Draws the permutations.
    permutations : int
        The smallest p-value is 1 / (permutations + 1).

    Returns
    -------
    float, float
        2 E|X − Y| − E|X − X'| − E|Y − Y'|, 0 for equal distributions; and p in (0, 1].

    References
    ----------
    Székely, G. J. and Rizzo, M. L. (2013). Energy statistics: a class of statistics based on distances. Journal of
    Statistical Planning and Inference 143(8).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> energy_test(rng.normal(size=(40, 2)), rng.normal(2, 1, size=(40, 2)), rng, 99)[1]
    0.01
    """
    distance = _distances(one, other)
    weights = _weights(len(one), len(other), rng, permutations)
    found = _energies(distance, weights)
    return float(found[0]), float(_ranks(found)[0])


@dataclass(frozen=True, slots=True)
class Compared:
    """Two samples, compared as a whole and feature by feature.

    Parameters
    ----------
    statistic : float
        Energy statistic of all features together.
    p : float
        Of one distribution: from the most telling of several statistics, for whose number it pays.
    by_feature : float array, shape (features,)
        p of each feature, adjusted for the number of features.
    """

    statistic: float
    p: float
    by_feature: Floats


def energy_tests(
    one: Floats,
    other: Floats,
    owner: NDArray[np.intp],
    rng: np.random.Generator,
    permutations: int = 999,
    watched: Sequence[int] = (),
) -> Compared:
    """Compare two samples by energy distance, in all features together and in each, and by a linear classifier.

    A sample that was picked to be odd in one feature alone is lost in the distance over twenty. So the most different
    feature is tested too, by the largest of the features' statistics, each in standard deviations over the same
    permutations (max-T); so is the most different of the watched features, which pay for their own number only; and
    what a linear discriminant makes of all, which sees a shift that features share. The smallest of these p-values is
    compared with what permutations give for it (min-p).

    Parameters
    ----------
    one, other : float array, shape (n, dimensions), (m, dimensions)
        Scaled alike.
    owner : int array, shape (dimensions,)
        The feature of each dimension, from 0.
    rng : numpy.random.Generator
        Draws the permutations.
    permutations : int
        The smallest p-value is 1 / (permutations + 1).
    watched : sequence of int
        Features by which a sample is likeliest to have been picked; where there are none, or all are, no such test.

    References
    ----------
    Székely, G. J. and Rizzo, M. L. (2013). Energy statistics: a class of statistics based on distances. Journal of
    Statistical Planning and Inference 143(8).
    Kim, I. et al. (2021). Classification accuracy as a proxy for two-sample testing. Annals of Statistics 49(1).
    (linear discriminants)
    Westfall, P. H. and Young, S. S. (1993). Resampling-based multiple testing. Wiley. (max-T, min-p)
    """
    weights = _weights(len(one), len(other), rng, permutations)
    whole = _energies(_distances(one, other), weights)
    each = np.zeros((int(owner.max()) + 1, len(weights)))
    for dimension, column in enumerate(np.concatenate([one, other]).T):
        each[owner[dimension]] += _energies_of_one(column, weights)
    spread = each[:, 1:].std(axis=1, keepdims=True)
    standard = (each - each[:, 1:].mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, np.inf)
    largest = standard.max(axis=0)
    told = [whole, largest, _discriminant(one, other, weights)]
    if 0 < len(watched) < len(each):
        told.append(standard[list(watched)].max(axis=0))
    best = np.min([_ranks(statistic) for statistic in told], axis=0)
    adjusted = np.array([(1 + (largest[1:] >= s - 1e-12).sum()) / len(weights) for s in standard[:, 0]])
    return Compared(float(whole[0]), float(_ranks(-best)[0]), adjusted)


def _distances(one: Floats, other: Floats) -> Floats:
    both = np.concatenate([one, other])
    return np.asarray(cdist(both, both))


def _weights(one: int, other: int, rng: np.random.Generator, permutations: int) -> Floats:
    """Return the weights of the rows as they were sampled, and permuted, (1 + permutations, rows)."""
    weight = np.repeat([1 / one, -1 / other], [one, other])
    return np.stack([weight, *(rng.permutation(weight) for _ in range(permutations))])


def _energies(distance: Floats, weights: Floats) -> Floats:
    return np.asarray(-np.einsum("ki,ki->k", weights @ distance, weights))


def _energies_of_one(column: Floats, weights: Floats) -> Floats:
    """Return the energy of one dimension: twice the integral of the squared difference of distribution functions."""
    order = np.argsort(column, kind="stable")
    difference = np.cumsum(weights[:, order], axis=1)[:, :-1]
    return np.asarray(2 * difference**2 @ np.diff(column[order]))


def _discriminant(one: Floats, other: Floats, weights: Floats) -> Floats:
    """Return the squared distance of the means after whitening, with a ridge of a tenth of the mean variance."""
    both = np.concatenate([one, other])
    spread, axes = np.linalg.eigh(np.cov(both.T).reshape(both.shape[1], -1))
    ridge = max(float(spread.mean()) / 10, 1e-12)
    return np.asarray((((weights @ both) @ (axes / np.sqrt(np.maximum(spread, 0) + ridge))) ** 2).sum(axis=1))


def _ranks(found: Floats) -> Floats:
    """Return for each statistic the share of all that are at least as large."""
    ordered = np.sort(found)
    return np.asarray((len(found) - np.searchsorted(ordered, found - 1e-12)) / len(found))
