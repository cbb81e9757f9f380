"""The change of a measure between two decisions on the same people, from what each of them moved.

Every measure here is a smooth function of sums over rows. What one row moved is its *influence*; the change of the
measure has for each row the influence after less that before, and its variance is that of those differences: of the
joint counts of (group, decision before, decision after), in which rows whose decision stayed weigh next to nothing.
For one rate this is McNemar's test; for areas under the curve it is DeLong's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from xaikit.stats.change import Change
from xaikit.stats.table import Floats

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Rate:
    """One rate of a contrast: how many of whom.

    Parameters
    ----------
    group : str
        Its name, by which the rate before finds the rate after.
    top, bottom : bool array, shape (n,)
        Who is counted, out of whom; `top` within `bottom`.
    sign : int
        +1 or -1: how it enters.
    """

    group: str
    top: Bools
    bottom: Bools
    sign: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A measure on one side of a change.

    Parameters
    ----------
    value : float
        Of the measure; of ratios on the log scale.
    influence : float array, shape (n,)
        What each row moved it; sums to 0.
    shares : mapping of str to (rate, people, slope)
        Of each rate that enters: for the half persons that are added where few decisions changed.
    """

    value: float
    influence: Floats
    shares: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)


def contrast(rates: Sequence[Rate], weight: Floats | None = None, *, logs: bool = False) -> Side | None:
    """Return the signed sum of rates, or of their logarithms; None where one is not defined.

    Parameters
    ----------
    rates : sequence of Rate
        A ratio of two rates is their logarithms with signs + and -; a gap is two rates with signs + and -.
    weight : float array, shape (n,), optional
        Of the rows.
    logs : bool
        Whether logarithms of the rates are added.
    """
    w = np.ones(len(rates[0].top)) if weight is None else weight
    value, influence = 0.0, np.zeros(len(w))
    shares: dict[str, tuple[float, float, float]] = {}
    for rate in rates:
        mass = float(w[rate.bottom].sum())
        share = float(w[rate.top].sum()) / mass if mass else float("nan")
        if not np.isfinite(share) or (logs and share == 0):
            return None
        people = mass**2 / float((w[rate.bottom] ** 2).sum())
        slope = rate.sign / share if logs else float(rate.sign)
        value += rate.sign * (float(np.log(share)) if logs else share)
        influence += slope * w * np.where(rate.bottom, rate.top - share, 0.0) / mass
        shares[rate.group] = (share, people, _smoothed_slope(rate.sign, share, people, logs))
    return Side(value, influence, shares)


def mean_of(values: Floats, member: Bools, group: str) -> Side | None:
    """Return the mean over the members of a group who have a value, with what each moved it; None of nobody.

    Parameters
    ----------
    values : float array, shape (n,)
        NaN of whom was not asked; a share, of which half a person is 0 or 1, or any other number.
    member : bool array, shape (n,)
        Who is of the group.
    group : str
        Its name, by which the mean before finds the mean after.
    """
    asked = member & ~np.isnan(values)
    n = int(asked.sum())
    if not n:
        return None
    value = float(values[asked].mean())
    shares = {group: (value, float(n), 1.0)} if values[asked].min() >= 0 and values[asked].max() <= 1 else {}
    return Side(value, np.where(asked, values - value, 0.0) / n, shares)


def gap_of(values: Floats, member: Bools, reference: Bools) -> Side | None:
    """Return the mean of one group less that of another, as `mean_of` gives them; None where one is of nobody."""
    mine, theirs = mean_of(values, member, "group"), mean_of(values, reference, "reference")
    if mine is None or theirs is None:
        return None
    return Side(mine.value - theirs.value, mine.influence - theirs.influence)


def _smoothed_slope(sign: int, share: float, people: float, logs: bool) -> float:
    # 1 ÷ a rate of one in a thousand would make half a person move the ratio more than any person can
    return sign * (people + 2) / (share * people + 1) if logs else float(sign)


def area(score: Floats, label: Bools, member: Bools) -> Side | None:
    """Return the area under the curve of a group, with the placements of its rows; None without both labels.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, 837–845.
    """
    positive, negative = np.sort(score[member & label]), np.sort(score[member & ~label])
    if not len(positive) or not len(negative):
        return None
    influence = np.zeros(len(score))

    def beaten(by: Floats, whom: Floats) -> Floats:
        below, upto = np.searchsorted(whom, by, "left"), np.searchsorted(whom, by, "right")
        return np.asarray((below + upto) / (2 * len(whom)))

    wins, losses = beaten(score[member & label], negative), 1 - beaten(score[member & ~label], positive)
    value = float(wins.mean())
    influence[member & label] = (wins - value) / len(positive)
    influence[member & ~label] = (losses - value) / len(negative)
    return Side(value, influence)


def pooled_odds(selected: Bools, member: Bools, reference: Bools, stratum: NDArray[np.intp]) -> Side | None:
    """Return the log of Mantel and Haenszel's odds ratio over strata; None where it is 0, infinite or not defined.

    References
    ----------
    Mantel & Haenszel (1959), JNCI 22, 719–748.
    """
    within = member | reference
    cells = [member & selected, member & ~selected, reference & selected, reference & ~selected]
    k = int(stratum.max()) + 1
    a, b, c, d = (np.bincount(stratum[cell], minlength=k).astype(np.float64) for cell in cells)
    n = np.maximum(a + b + c + d, 1.0)
    top, bottom = a * d / n, b * c / n
    r, s = float(top.sum()), float(bottom.sum())
    if r <= 0 or s <= 0:
        return None
    influence = np.zeros(len(selected))
    own = ((d / n / r, 0 * n), (0 * n, c / n / s), (0 * n, b / n / s), (a / n / r, 0 * n))
    for cell, (up, down) in zip(cells, own, strict=True):
        moved = (up - top / n / r) - (down - bottom / n / s)
        influence[cell] = moved[stratum[cell]]
    return Side(float(np.log(r / s)), np.where(within, influence, 0.0))


def above_the_median(score: Floats, member: Bools, reference: Bools) -> Side | None:
    """Return the log ratio of two groups' shares above the median of all; None where one share is 0.

    The median moves with the rows as well: by how much, follows from how many of each group lie near it.
    """
    n, order = len(score), np.sort(score)
    median = order[(n + 1) // 2 - 1]
    above = score > median
    plain = contrast(
        [Rate("group", above & member, member), Rate("reference", above & reference, reference, -1)], logs=True
    )
    if plain is None:
        return None
    half = max(1, round(n**0.8 / 2))
    low, high = order[max(0, n // 2 - half)], order[min(n - 1, n // 2 + half)]
    near = (score >= low) & (score <= high)
    dense = [float(near[g].mean()) / float(near.mean()) / float(above[g].mean()) for g in (member, reference)]
    shift = (0.5 - ~above) / n
    shift -= shift.mean()
    return Side(plain.value, plain.influence - (dense[0] - dense[1]) * shift, plain.shares)


def paired_change(
    before: Side,
    after: Side,
    ideal: float,
    *,
    logs: bool,
    cluster: NDArray[np.intp] | None = None,
    confidence: float = 0.95,
) -> Change:
    """Return the change between two measurements of the same rows.

    Parameters
    ----------
    before, after : Side
        Over the same rows in the same order.
    ideal : float
        The best value of the measure.
    logs : bool
        Whether the sides are logarithms; the change is then the ratio after ÷ before.
    cluster : int array, shape (n,), optional
        Rows of one cluster move together.
    confidence : float
        Of the interval.

    Notes
    -----
    To the rows, two persons are added in each group, half of one in each cell of (decision before, decision after):
    an error from a handful of changed decisions would else be too small, and from none at all it would be 0.

    References
    ----------
    McNemar (1947), Psychometrika 12, 153–157; Agresti & Min (2005), Statistics in Medicine 24, 729–740 (half a
    person in each cell); Huber (1964), Annals of Mathematical Statistics 35, 73–101 (influence).
    """
    moved, concerned = after.influence - before.influence, (before.influence != 0) | (after.influence != 0)
    if cluster is not None:
        moved = np.asarray(np.bincount(cluster, weights=moved), dtype=np.float64)
        concerned = np.bincount(cluster, weights=concerned) > 0
    # of a rate that is 0 everybody's influence is 0, and says something all the same
    units = len(moved) if before.shares or after.shares else int(concerned.sum())
    spread = float((moved**2).sum()) * units / max(units - 1, 1) + _half_persons(before, after)
    error, gap = float(np.sqrt(spread)), after.value - before.value
    z = float(stats.t.isf((1 - confidence) / 2, max(units - 1, 1)))
    p = float(2 * stats.t.sf(abs(gap) / error, max(units - 1, 1))) if error > 0 else float(abs(gap) < 1e-12)
    ends = (gap, gap - z * error, gap + z * error)
    target = float(np.log(ideal)) if logs else ideal
    nearer = abs(after.value - target) < abs(before.value - target)
    shown = tuple(float(np.exp(v)) for v in ends) if logs else ends
    return Change(shown[0], shown[1], shown[2], p, nearer)


def _half_persons(before: Side, after: Side) -> float:
    nothing = (0.0, 1.0, 0.0)
    total = 0.0
    for group in {*before.shares, *after.shares}:
        rate, n, slope = before.shares.get(group, nothing)
        rate_, n_, slope_ = after.shares.get(group, nothing)
        for was, is_ in product((0.0, 1.0), repeat=2):
            total += 0.5 * (slope_ * (is_ - rate_) / n_ - slope * (was - rate) / n) ** 2
    return total
