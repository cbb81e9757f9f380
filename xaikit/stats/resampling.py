"""Bootstrap replicates of a table of counts, at a cost that does not depend on the number of rows."""

import numpy as np

from xaikit.stats.rates import ratio, selection_rate
from xaikit.stats.table import Floats, Table

REPLICATES = 10_000
MOST = 20_000_000  # numbers held at once


def affordable(replicates: int, size: int) -> int:
    """Return how many replicates of a table of `size` cells fit in memory, at least 1000."""
    return min(replicates, max(1000, MOST // max(size, 1)))


def replicates(table: Table, rng: np.random.Generator, count: int = REPLICATES) -> Floats:
    """Return bootstrap replicates of the counts (or weights), shape (B, k, L, D).

    For independent rows this *is* the nonparametric bootstrap: resampling rows with replacement and counting them
    is one multinomial draw. Clusters are resampled whole, each a Poisson number of times; those with the same
    pattern are drawn together. Weighted rows are drawn by a scaled Poisson with the same mean and variance as the
    Poisson bootstrap.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap; Chamandy et al. (2012), Estimating uncertainty for
    massive data streams (Poisson bootstrap); Kott (2001), Journal of Official Statistics 17 (random groups).
    """
    shape = table.counts.shape
    count = affordable(count, table.counts.size)
    if table.bundles is not None and table.copies is not None:
        count = affordable(count, len(table.copies))
        drawn = rng.poisson(table.copies, size=(count, len(table.copies))).astype(np.float64)
        return (drawn @ table.bundles.reshape(len(table.copies), -1)).reshape(count, *shape)
    if table.weights is not None and table.squares is not None:
        scale = np.nan_to_num(ratio(table.squares, table.weights))
        expected = np.nan_to_num(ratio(table.weights**2, table.squares))
        return np.asarray(rng.poisson(expected, size=(count, *shape)) * scale)
    n = int(table.counts.sum())
    if n == 0:
        return np.zeros((count, *shape))
    rows = rng.multinomial(n, table.counts.ravel() / n, size=count)
    return rows.reshape(count, *shape).astype(np.float64)


def covariance(table: Table) -> Floats:
    """Return the covariance of the groups' selection rates, shape (k, k), by linearisation (sandwich).

    References
    ----------
    Binder (1983), On the variances of asymptotically normal estimators from complex surveys.
    """
    mass, rates = table.mass, np.nan_to_num(selection_rate(table.mass))
    total = np.maximum(mass.sum(axis=(1, 2)), 1e-300)
    if table.bundles is not None and table.copies is not None:
        chosen = table.bundles[..., 1].sum(axis=-1)
        score = (chosen - rates * table.bundles.sum(axis=(-2, -1))) / total
        c = table.copies.sum()
        return np.asarray((score * table.copies[:, None]).T @ score * (c / max(c - 1, 1)))
    squares = table.squares if table.squares is not None else table.counts.astype(np.float64)
    chosen, rest = squares[..., 1].sum(axis=1), squares[..., 0].sum(axis=1)
    return np.diag((chosen * (1 - rates) ** 2 + rest * rates**2) / total**2)


def effective_n(table: Table) -> Floats:
    """Return the number of independent rows that would give each group's rate the same variance, shape (k,).

    For weights alone this is Kish's (Σw)² ÷ Σw²; for clusters the design effect is that of the observed rate.

    References
    ----------
    Kish (1965), Survey Sampling, § 8.2.
    """
    n = table.n.astype(np.float64)
    if table.independent:
        return n
    if table.bundles is None and table.weights is not None and table.squares is not None:
        return np.nan_to_num(ratio(table.weights.sum(axis=(1, 2)) ** 2, table.squares.sum(axis=(1, 2))))
    rates = selection_rate(table.mass)
    out = ratio(rates * (1 - rates), np.diag(covariance(table)))
    return np.where(np.isfinite(out) & (out > 0), np.minimum(out, n), n)
