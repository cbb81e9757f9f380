"""How large a ratio can a hidden cause make that is tied to group and outcome by a risk ratio each?

No chance is drawn: the group has no effect, and the share of the hidden cause in each group is varied over a grid.
"""

import numpy as np
from markdown import table

from xaikit.stats.adjustment import e_value

GRID = np.linspace(0.001, 1, 1000)


def largest(strength):
    """Return the largest observed risk ratio, the hidden cause multiplying risk and prevalence by `strength`."""
    others = GRID[GRID * strength <= 1]
    risk = lambda share: 1 + (strength - 1) * share  # noqa: E731  of the outcome, in units of the risk without it
    return float((risk(others * strength) / risk(others)).max())


rows = []
for strength in (1.5, 2.0, 3.0, 5.0):
    made = largest(strength)
    rows.append([strength, f"{made:.3f}", f"{e_value(made):.2f}"])
table(
    ["Strength of the hidden cause (risk ratio)", "Largest ratio it can make from nothing", "E-value of that ratio"],
    rows,
)
