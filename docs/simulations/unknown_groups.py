"""Every tenth person did not state a sex. How far could the impact ratio move? All ways to fill it in are tried."""

from fractions import Fraction

from markdown import table

from xaikit.stats.bounds import ratio_bounds

WOMEN, MEN = (12, 60), (30, 75)  # selected, all


def every_way(unknown_x, unknown_n):
    """Return the least and largest ratio of women to the highest rate, over every way to distribute the unknown."""
    found = []
    for a in range(unknown_x + 1):
        for b in range(unknown_n - unknown_x + 1):
            women = Fraction(WOMEN[0] + a, WOMEN[1] + a + b)
            men = Fraction(MEN[0] + unknown_x - a, MEN[1] + unknown_n - a - b)
            found.append(women / max(women, men))
    return min(found), max(found)


rows = []
for unknown_x, unknown_n in ((0, 0), (2, 5), (5, 15), (10, 40)):
    low, high = ratio_bounds([WOMEN[0], MEN[0]], [WOMEN[1], MEN[1]], unknown_x, unknown_n)
    least, most = every_way(unknown_x, unknown_n)
    tried = f"{float(least):.3f}–{float(most):.3f}"
    rows.append([f"{unknown_n} ({unknown_x} selected)", tried, f"{low[0]:.3f}–{high[0]:.3f}"])
table(["Unknown", "Ratio of women, every way tried", "xaikit's bounds"], rows)
