"""At the ratio that is named as detectable, how often is it detected?"""

import numpy as np
from markdown import share, table

from xaikit.stats.power import minimum_detectable_ratio
from xaikit.stats.tests import two_proportion_z

N_REF, RATE, CRITICAL, DRAWS = 800, 0.3, 1.96, 20_000
rng = np.random.default_rng(11)
rows = []
for n in (10, 30, 100, 300, 1000):
    ratio = minimum_detectable_ratio(RATE, n, N_REF, CRITICAL)
    if ratio is None:
        rows.append([n, "none", "–", "–"])
        continue
    found = []
    for true in (ratio, 0.8):
        x, y = rng.binomial(n, RATE * true, DRAWS), rng.binomial(N_REF, RATE, DRAWS)
        found.append(np.mean(-two_proportion_z(x, n, y, N_REF) > CRITICAL))
    rows.append([n, f"{ratio:.2f}", *(share(f) for f in found)])
table(
    [
        f"People in the group (reference: {N_REF}, rate {RATE})",
        "Smallest gap that would be noticed (ratio)",
        "Noticed at that ratio (wanted: 80 %)",
        "Noticed at a ratio of .8",
    ],
    rows,
)
