"""Generators by name: every step draws from its own stream, and none touches global state."""

import hashlib

import numpy as np

from xaikit.core.errors import SpecError, shown


def generator(seed: int, *names: object) -> np.random.Generator:
    """Return a generator for the step called `names`; other names give independent streams.

    Parameters
    ----------
    seed : int
        Not negative: the seed of the audit.
    *names : object
        What the numbers are for: engine, row block, replicate.

    Raises
    ------
    SpecError
        When the seed is no whole number from 0.

    Examples
    --------
    >>> bool(generator(0, "shapley").random() == generator(0, "shapley").random())
    True
    >>> bool(generator(0, "shapley").random() == generator(0, "stability").random())
    False
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise SpecError("seed", shown(seed), "a whole number, 0 or more")
    digest = hashlib.sha256("\x1f".join(map(str, names)).encode()).digest()
    words = np.frombuffer(digest, dtype=np.uint32).tolist()
    return np.random.default_rng(np.random.SeedSequence([int(seed), *words]))
