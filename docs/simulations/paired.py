"""The same people decided upon twice: what a test that knows it finds, and one that does not."""

import math

import numpy as np
from markdown import share, table

from xaikit.stats.change import Estimate, change
from xaikit.stats.paired import Rate, contrast, paired_change

N, DRAWS = 1000, 1000
rng = np.random.default_rng(8)
women = np.repeat([True, False], N)


def decided(rates, after, turned):
    """Return decisions before and after: `turned` of the rejected, and as many of the chosen, change by chance."""
    before, later = [], []
    for p, q in zip(rates, after, strict=True):
        up = turned * (1 - p) + max(0.0, q - p)
        down = up - (q - p)
        cell = rng.choice(4, size=N, p=[1 - p - up, up, down, p - down])
        before.append(cell >= 2)
        later.append((cell == 1) | (cell == 3))
    return np.concatenate(before), np.concatenate(later)


def row_by_row(before, later):
    """Return p of no change of the women's impact ratio, on the same people."""
    sides = [
        contrast([Rate("women", s & women, women), Rate("men", s & ~women, ~women, -1)], logs=True)
        for s in (before, later)
    ]
    return paired_change(*sides, 1.0, logs=True).p


def as_two_samples(before, later):
    """Return the same, as if the two audits were of different people."""
    found = []
    for s in (before, later):
        x, y = s[women].sum(), s[~women].sum()
        half = 1.96 * math.sqrt(1 / x + 1 / y - 2 / N)
        found.append(Estimate(x / y, x / y * math.exp(-half), x / y * math.exp(half)))
    return change(*found, 1.0, ratio=True).p


cases = {
    "nothing; 3 % of the decisions turn by chance": ((0.3, 0.4), (0.3, 0.4), 0.03),
    "nothing; 20 % turn": ((0.3, 0.4), (0.3, 0.4), 0.2),
    "women's rate falls from 30 % to 27 %; 3 % turn": ((0.3, 0.4), (0.27, 0.4), 0.03),
    "women's rate falls from 30 % to 24 %; 10 % turn": ((0.3, 0.4), (0.24, 0.4), 0.1),
}
rows = []
for name, case in cases.items():
    drawn = [decided(*case) for _ in range(DRAWS)]
    rows.append([name, *(share(np.mean([test(*d) < 0.05 for d in drawn])) for test in (row_by_row, as_two_samples))])
table(["What changed", "Found row by row", "Found as two samples"], rows)
