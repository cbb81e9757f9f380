"""Small offices, equal true rates: how often is the four-fifths flag up, and how often would one person take it down?

No chance is drawn: every table that can happen is counted with its probability.
"""

import numpy as np
from markdown import share, table
from scipy.stats import binom

from xaikit.stats.rates import below_ratio, swap_reverses
from xaikit.stats.tests import fisher


def offices(n_women, n_men, rate):
    """Return the chances: flag up, flag that one person reverses, flag with Fisher's p below .05."""
    up = reversed_ = significant = 0.0
    for x in range(n_women + 1):
        for y in range(1, n_men + 1):
            if not below_ratio(x, n_women, y, n_men):
                continue
            chance = binom.pmf(x, n_women, rate) * binom.pmf(y, n_men, rate)
            up += chance
            reversed_ += chance * swap_reverses(x, n_women, y, n_men)[1]
            significant += chance * (fisher(x, n_women, y, n_men) < 0.05)
    return up, reversed_ / up, significant


sizes = [(5, 10), (10, 20), (20, 40), (60, 120)]
table(
    ["Women, men", "Women's ratio below four fifths", "Of these, reversed by one person", "Fisher's p < .05 as well"],
    [[f"{a}, {b}", *(share(v) for v in offices(a, b, 0.3))] for a, b in sizes],
)
assert np.isclose(binom.pmf(np.arange(6), 5, 0.3).sum(), 1)
