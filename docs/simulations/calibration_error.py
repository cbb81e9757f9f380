"""A score that is perfectly calibrated: what does the usual calibration error say of it?"""

import numpy as np
from markdown import share, table

from xaikit.stats.calibration_error import calibration_error_limits

SCORE, AUDITS = (np.arange(10) + 0.5) / 10, 200
rng = np.random.default_rng(2)
rows = []
for n in (100, 500, 3000):
    usual, low = [], []
    for _ in range(AUDITS):
        people = rng.multinomial(n, np.full(10, 0.1))
        right = rng.binomial(people, SCORE)
        used = people > 0
        usual.append(np.abs(right - people * SCORE)[used].sum() / n)
        counts = np.stack([people - right, right], axis=1).astype(float)
        low.append(calibration_error_limits(counts, people * SCORE, rng, 1000)[0])
    rows.append([n, f"{np.mean(usual):.3f}", share(np.mean(np.array(low) > 0))])
table(
    ["People in the group", "Mean calibration error (the true one is 0)", "xaikit's lower limit lies above 0"],
    rows,
)
