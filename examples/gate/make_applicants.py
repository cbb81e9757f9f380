"""Made-up applicants, so that the example needs nobody's data: `python make_applicants.py` writes applicants.csv."""

from pathlib import Path

import numpy as np
import pandas as pd

rng = np.random.default_rng(20261122)
n = 3000
woman = rng.random(n) < 0.5
skill = rng.normal(size=n)
frame = pd.DataFrame(
    {
        "applicant": [f"a{i:04d}" for i in range(n)],
        "sex": np.where(woman, "woman", "man"),
        "skill": skill.round(3),
        # years of employment: interrupted more often for women, and worth little beside skill
        "years": (6 + rng.normal(size=n) * 2 - 1.5 * woman).round(1),
        "hobbies": rng.integers(0, 5, n),
    }
)
frame["did_well"] = (skill + rng.normal(size=n) * 0.8 > 0.2).astype(int)
frame.to_csv(Path(__file__).with_name("applicants.csv"), index=False)
