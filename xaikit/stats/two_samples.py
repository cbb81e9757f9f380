"""Do two samples come from one distribution: energy distance with a permutation test."""

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
    both = np.concatenate([one, other])
    distance = cdist(both, both)
    label = np.repeat([1.0, -1.0], [len(one), len(other)])
    weight = np.where(label > 0, 1 / len(one), -1 / len(other))
    seen = -float(weight @ distance @ weight)
    draws = np.stack([rng.permutation(weight) for _ in range(permutations)])
    null = -np.einsum("ki,ki->k", draws @ distance, draws)
    return seen, float((1 + (null >= seen - 1e-12).sum()) / (permutations + 1))
