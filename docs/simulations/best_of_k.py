"""Fourteen groups with the same true rate: how often does each way of looking cry wolf?

The sizes are those of the example in the rule of New York City's Local Law 144.
"""

import numpy as np
from markdown import share, table

from xaikit.stats import rates, tests
from xaikit.stats.best_of_k import best_of_k
from xaikit.stats.table import of_counts

N = np.array([205, 412, 226, 87, 321, 24, 98, 190, 385, 164, 32, 295, 17, 115])
RATE, AUDITS, CELL = 0.475, 300, 2


def looks(x, rng):
    """Return whether each way of looking flags any group, and whether ours flags the group CELL."""
    best = int(np.argmax(x / N))
    below = np.array([rates.below_ratio(a, n, x[best], N[best]) for a, n in zip(x, N, strict=True)])
    z = tests.two_proportion_z(x, N, x[best], N[best])
    holm = tests.holm(np.delete(tests.two_sided(z), best))
    drawn = of_counts({str(g): (int(a), int(n)) for g, (a, n) in enumerate(zip(x, N, strict=True))})
    found = best_of_k(drawn, rng, 1000)
    rival = np.array([rates.below_ratio(x[g], N[g], x[r], N[r]) for g, r in enumerate(found.rival)])
    ours = below & rival & (found.p < 0.05)
    return below.any(), (z < -2).any(), (holm < 0.05).any(), ours.any(), ours[CELL]


rng = np.random.default_rng(144)
equal = np.mean([looks(x, rng) for x in rng.binomial(N, RATE, size=(AUDITS, len(N)))], axis=0)
unequal = np.full(len(N), RATE)
unequal[CELL] *= 0.7
found = np.mean([looks(x, rng)[4] for x in rng.binomial(N, unequal, size=(AUDITS, len(N)))])
table(
    ["Way of looking", f"Flags a group although all true rates are {RATE}"],
    [
        ["some ratio below four fifths of the best", share(equal[0])],
        ["some group two standard errors below the best", share(equal[1])],
        ["Holm over tests against the observed best", share(equal[2])],
        ["**xaikit: below four fifths and best-of-k p < .05**", f"**{share(equal[3])}**"],
    ],
)
print(f"\nWhen one group of {N[CELL]} truly has 0.7 times the rate, xaikit finds it in {share(found)} of audits.")
