"""How far unknown demographics could move a ratio: the extremes over every way they could be distributed."""

import numpy as np

from xaikit.stats.table import Floats, Ints


def ratio_bounds(
    x: Ints, n: Ints, unknown_x: int, unknown_n: int, reference: int | None = None
) -> tuple[Floats, Floats]:
    """Return the least and the largest ratio of each group, shape (k,).

    Parameters
    ----------
    x, n : int array, shape (k,)
        Selected and all people of each known group.
    unknown_x, unknown_n : int
        Selected and all people of unknown group.
    reference : int, optional
        The declared reference; by default the highest rate, whichever group has it then.

    Notes
    -----
    The least: the group gets all unknown people who were not selected, its rival all who were. The largest: the
    group gets all who were selected, and the others share the rest so that the highest of their rates is as low as
    it can be. Both are attained, so that no tighter bounds exist.

    References
    ----------
    Manski (2003), Partial Identification of Probability Distributions, ch. 1 (worst-case bounds).
    """
    x, n = np.asarray(x, dtype=np.int64), np.asarray(n, dtype=np.int64)
    spare = unknown_n - unknown_x
    low, high = np.full(len(x), np.nan), np.full(len(x), np.nan)
    for g in range(len(x)):
        others = np.array([h for h in range(len(x)) if h != g] if reference is None else [reference])
        if len(others) == 0 or g == reference:
            low[g] = high[g] = 1.0
            continue
        least = _rate(x[g], n[g] + spare)
        most = _rate(x[g] + unknown_x, n[g] + unknown_n - spare)
        rivals = [_rate(x[h] + unknown_x, n[h] + unknown_x) for h in others]
        low[g] = _over(least, np.nanmax(rivals))
        high[g] = _over(most, lowest_maximum(x[others], n[others], spare))
        if reference is None:
            low[g], high[g] = min(low[g], 1.0), min(high[g], 1.0)
    return low, high


def lowest_maximum(x: Ints, n: Ints, spare: int) -> float:
    """Return the lowest that the highest rate can be made by adding `spare` unselected people to the groups.

    Examples
    --------
    >>> lowest_maximum(np.array([3, 1]), np.array([4, 4]), 2)
    0.5
    """
    if len(x) == 1:
        return _rate(x[0], n[0] + spare)

    def needed(level: float) -> float:
        # a hair of slack, so that a level that is exactly a group's rate costs it nobody
        return float(np.maximum(0, np.ceil(x / level * (1 - 1e-12) - n)).sum()) if level > 0 else float("inf")

    with np.errstate(invalid="ignore", divide="ignore"):
        top = float(np.nanmax(np.where(n > 0, x / np.maximum(n, 1), np.where(spare > 0, 0.0, np.nan))))
    if top == 0 or spare == 0:
        return top
    low, high = 0.0, top
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if needed(middle) <= spare else (middle, high)
    added = np.maximum(0, np.ceil(x / high * (1 - 1e-12) - n))
    return float(np.max(x / np.maximum(n + added, 1)))


def _rate(x: int, n: int) -> float:
    return float(x) / float(n) if n > 0 else float("nan")


def _over(rate: float, rival: float) -> float:
    if np.isnan(rate) or np.isnan(rival):
        return float("nan")
    if rival == 0:
        return 1.0 if rate == 0 else float("inf")
    return rate / rival
