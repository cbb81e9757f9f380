"""Every group of a table against one reference: all that the law and the field ask of the pair."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from xaikit.stats import bounds, intervals, power, rates, tests
from xaikit.stats.best_of_k import BestOfK, best_of_k
from xaikit.stats.resampling import effective_n
from xaikit.stats.table import Floats, Table


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Arrays of shape (k,), one entry a group; NaN where undefined and at the reference where nothing is compared.

    Parameters
    ----------
    reference : int
        The place of the reference group.
    declared : bool
        It was declared, and is not simply the highest rate.
    rate : float array
        Selection rates.
    ratio, ratio_low, ratio_high : float arrays
        Rate ÷ the reference's, with simultaneous limits.
    difference, difference_low, difference_high : float arrays
        Rate − the reference's, with Newcombe limits.
    least, most : float arrays
        Bounds of the ratio over all ways the unknown could be distributed.
    p_adjusted : float array
        Step-down best-of-k p; Holm on exact tests for a declared reference.
    rival : int array
        The group that is most clearly above each.
    detectable : list of float or None
        The smallest detectable ratio.
    critical : float
        What z has to exceed, all comparisons together.
    simulations : int
        Tables drawn for p; 0 where it is exact.
    """

    reference: int
    declared: bool
    rate: Floats
    ratio: Floats
    ratio_low: Floats
    ratio_high: Floats
    difference: Floats
    difference_low: Floats
    difference_high: Floats
    least: Floats
    most: Floats
    p_adjusted: Floats
    rival: Floats
    detectable: list[float | None]
    critical: float
    simulations: int


@dataclass(frozen=True, slots=True)
class Settings:
    """How intervals and tests are made: confidence, replicates, simulations, level and power."""

    confidence: float = 0.95
    replicates: int = 10_000
    simulations: int = 10_000
    alpha: float = 0.05
    power: float = 0.8


def compare(table: Table, rng: np.random.Generator, settings: Settings, reference: str | None = None) -> Comparison:
    """Return the comparison of every group with the highest rate, or with a declared reference.

    Parameters
    ----------
    table : Table
        At least two groups, at least one person selected.
    rng : numpy.random.Generator
        For bootstrap and simulation.
    settings : Settings
        How.
    reference : str, optional
        The declared group.
    """
    rate, size = rates.selection_rate(table.mass), effective_n(table)
    if reference is None:
        test = best_of_k(table, rng, settings.simulations, settings.alpha)
        place = test.best
        detectable = power.minimum_detectable_of_best(rate, size, test.critical, settings.power)
    else:
        place = table.index(reference)
        test = _to_declared(table, place, settings.alpha)
        detectable = [
            power.minimum_detectable_ratio(float(rate[place]), size[g], size[place], test.critical, settings.power)
            for g in range(len(rate))
        ]
    pairs = intervals.simultaneous_ratios(
        table, rng, settings.replicates, settings.confidence, None if reference is None else place
    )
    low, high = pairs.to_best() if reference is None else (pairs.low[:, place], pairs.high[:, place])
    ratio = rates.ratio(rate, rate[place])
    difference = intervals.newcombe(rate * size, size, rate[place] * size[place], size[place], settings.confidence)
    unknown_x, unknown_n = rates.people(table.unknown)
    least, most = bounds.ratio_bounds(
        table.selected, table.n, int(unknown_x), int(unknown_n), None if reference is None else place
    )
    return Comparison(
        place,
        reference is not None,
        rate,
        ratio,
        np.where(np.isnan(ratio), np.nan, np.fmin(low, ratio)),
        np.where(np.isnan(ratio), np.nan, np.fmax(high, ratio)),
        rate - rate[place],
        *difference,
        least,
        most,
        test.p,
        test.rival.astype(np.float64),
        detectable,
        test.critical,
        test.simulations,
    )


def _to_declared(table: Table, place: int, alpha: float) -> BestOfK:
    x, n = table.selected, table.n
    k = len(n)
    p = np.full(k, np.nan)
    others = [g for g in range(k) if g != place]
    if table.independent:
        p[others] = tests.holm([tests.fisher(x[g], n[g], x[place], n[place]) for g in others])
    else:
        size, rate = effective_n(table), rates.selection_rate(table.mass)
        z = tests.two_proportion_z(rate * size, size, rate[place] * size[place], size[place])
        p[others] = tests.holm(tests.two_sided(z[others]))
    z = -tests.two_proportion_z(x, n, x[place], n[place])
    critical = float(stats.norm.isf(alpha / 2 / max(len(others), 1)))
    return BestOfK(place, z, np.full(k, place), p, critical, 0)
