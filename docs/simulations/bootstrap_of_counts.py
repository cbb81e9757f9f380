"""Resampling rows and drawing counts from a multinomial: the same law, at another price."""

import numpy as np
from markdown import table

from xaikit.stats.rates import selection_rate
from xaikit.stats.resampling import replicates
from xaikit.stats.table import of_counts

rng = np.random.default_rng(3)


def of_rows(counts, draws):
    """Return the impact ratios of tables made by drawing rows with replacement, one row at a time."""
    group = np.repeat([0, 0, 1, 1], counts)
    hired = np.repeat([1, 0, 1, 0], counts)
    out = []
    for _ in range(draws):
        again = rng.integers(0, len(group), len(group))
        g, y = group[again], hired[again]
        out.append(y[g == 1].mean() / y[g == 0].mean())
    return np.array(out)


def of_counts_alone(counts, draws):
    """Return the impact ratios of tables drawn as counts."""
    t = of_counts({"a": (counts[0], counts[0] + counts[1]), "b": (counts[2], counts[2] + counts[3])})
    rate = selection_rate(replicates(t, rng, draws))
    return rate[:, 1] / rate[:, 0]


rows = []
for scale in (1, 10, 10_000_000):
    counts = np.array([300, 700, 120, 480]) * scale
    n, draws = int(counts.sum()), 4000
    ours = of_counts_alone(counts, draws)
    theirs = of_rows(counts, draws) if n < 100_000 else None
    cells = [f"{ours.std():.2g}", "–" if theirs is None else f"{theirs.std():.2g}"]
    work = ["–" if theirs is None else f"{n * draws:,}", f"{4 * draws:,}"]
    rows.append([f"{n:,}", *cells, *work])
table(
    ["People", "Spread of the ratio, counts", "Spread, rows", "Numbers drawn, rows", "Numbers drawn, counts"],
    rows,
)
