"""Berkeley 1973: the same applicants, counted together and by department (Bickel, Hammel and O'Connell 1975)."""

import numpy as np
from markdown import table

from xaikit.stats.stratified import mantel_haenszel
from xaikit.stats.tests import two_proportion_z

# department: men admitted, men, women admitted, women
BERKELEY = {
    "A": (512, 825, 89, 108),
    "B": (353, 560, 17, 25),
    "C": (120, 325, 202, 593),
    "D": (138, 417, 131, 375),
    "E": (53, 191, 94, 393),
    "F": (22, 373, 24, 341),
}

men_in, men, women_in, women = np.array(list(BERKELEY.values())).T
rows = [
    [name, f"{a / n:.1%} of {n}", f"{b / m:.1%} of {m}", f"{(b / m) / (a / n):.2f}"]
    for name, (a, n, b, m) in BERKELEY.items()
]
a, n, b, m = men_in.sum(), men.sum(), women_in.sum(), women.sum()
z = float(two_proportion_z(b, m, a, n))
rows.append(
    ["**together**", f"{a / n:.1%} of {n}", f"{b / m:.1%} of {m}", f"**{(b / m) / (a / n):.2f}** (z {z:.2f})"]
)
table(["Department", "Men admitted", "Women admitted", "Ratio"], rows)
found = mantel_haenszel(women_in, women, men_in, men)
print(
    f"\nWithin departments, the odds of women are {found.odds_ratio:.2f} times those of men "
    f"({found.low:.2f}–{found.high:.2f}; CMH p {found.cmh_p:.2f}; Breslow–Day p {found.breslow_day_p:.3f})."
)
