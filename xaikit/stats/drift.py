"""Whether a comparison changes over time: by jumps, by a steady trend, or at one point."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from xaikit.stats.rates import ratio
from xaikit.stats.stratified import mantel_haenszel
from xaikit.stats.table import Floats, Ints


@dataclass(frozen=True, slots=True)
class Drift:
    """How the odds ratio of a group against its reference moves over periods; NaN where undefined.

    Parameters
    ----------
    heterogeneity_p : float
        Breslow–Day: the odds ratio is not the same in all periods.
    slope, slope_error, trend_p : float
        Change of the log odds ratio a period, its standard error, and the p of no trend.
    change_at : int
        The first period of the second part, where the split into two parts is clearest.
    change_p : float
        Of that clearest split, all splits accounted for.
    """

    heterogeneity_p: float
    slope: float
    slope_error: float
    trend_p: float
    change_at: int
    change_p: float


def drift(x: Ints, n: Ints, x_ref: Ints, n_ref: Ints, rng: np.random.Generator, simulations: int = 10_000) -> Drift:
    """Return the drift of a comparison; arrays of shape (t,) hold selected and all people of each period, in order.

    The law of the clearest split is simulated with the observed sampling errors and no change.

    References
    ----------
    Breslow & Day (1980), p. 142; Hawkins (1977), JASA 72, 180–186 (maximally selected change point).
    """
    use = (n > 0) & (n_ref > 0) & (x + x_ref > 0) & (x + x_ref < n + n_ref)
    whole = mantel_haenszel(x, n, x_ref, n_ref)
    places = np.flatnonzero(use)
    if len(places) < 2:
        nothing = float("nan")
        return Drift(whole.breslow_day_p, nothing, nothing, nothing, -1, nothing)
    effect, error = log_odds_ratio(x[use], n[use], x_ref[use], n_ref[use])
    weight, time = 1 / error**2, places.astype(np.float64)
    centred = time - (weight * time).sum() / weight.sum()
    information = float((weight * centred**2).sum())
    slope = float((weight * centred * effect).sum() / information)
    trend = float(2 * stats.norm.sf(abs(slope) * np.sqrt(information)))
    split = _splits(effect, weight)
    at = int(np.argmax(split))
    law = np.array([_splits(row, weight).max() for row in rng.normal(0, error, size=(simulations, len(effect)))])
    p = float((1 + (law >= split[at] - 1e-9).sum()) / (1 + simulations))
    return Drift(whole.breslow_day_p, slope, information**-0.5, trend, int(places[at + 1]), p)


def log_odds_ratio(x: Ints, n: Ints, x_ref: Ints, n_ref: Ints) -> tuple[Floats, Floats]:
    """Return log odds ratios with one half added to every cell, and their standard errors.

    References
    ----------
    Haldane (1956), Annals of Human Genetics 20, 309–311; Woolf (1955).
    """
    cells = [np.asarray(v, dtype=np.float64) + 0.5 for v in (x, n - x, x_ref, n_ref - x_ref)]
    a, b, c, d = cells
    return np.log(a * d / (b * c)), np.sqrt(sum(1 / v for v in cells))


def _splits(effect: Floats, weight: Floats) -> Floats:
    """Return |z| of the difference of the two parts, for every place of the split."""
    w, we = np.cumsum(weight), np.cumsum(weight * effect)
    before, after = ratio(we, w)[:-1], ratio(we[-1] - we, w[-1] - w)[:-1]
    spread = np.sqrt(1 / w[:-1] + 1 / (w[-1] - w[:-1]))
    return np.asarray(np.abs(before - after) / spread)
