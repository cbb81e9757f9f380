"""Whether scores mean the same for every group: calibration, ranking and medians, from counts by score bin."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from xaikit.stats.rates import ratio
from xaikit.stats.table import Floats, Ints


def above_median(counts: Ints) -> Floats:
    """Return the share of each group above the median of all, strictly, shape (…, k) from (…, k, b).

    Exact when each bin holds one distinct score, or when the median is a bin edge.

    References
    ----------
    6 RCNY § 5-300, "scoring rate".
    """
    total = counts.sum(axis=-2)
    n = total.sum(axis=-1, keepdims=True)
    # the lower middle score: with an even number, what lies above it but not above the median is nothing
    below = np.cumsum(total, axis=-1)
    middle = np.argmax(below >= (n + 1) // 2, axis=-1)[..., None]
    places = np.arange(counts.shape[-1])
    higher = (counts * (places > middle)[..., None, :]).sum(axis=-1)
    return ratio(higher, counts.sum(axis=-1))


def auc(counts: Ints) -> Floats:
    """Return the chance that a favourable label scores above an unfavourable one, ties half, from (…, b, 2).

    NaN where either is missing. Exact when each bin holds one distinct score.

    References
    ----------
    Hanley & McNeil (1982), Radiology 143, 29–36.
    """
    negative, positive = counts[..., 0].astype(np.float64), counts[..., 1].astype(np.float64)
    beaten = np.cumsum(negative, axis=-1) - negative / 2
    return ratio((positive * beaten).sum(axis=-1), positive.sum(axis=-1) * negative.sum(axis=-1))


def auc_error(counts: Ints) -> Floats:
    """Return the standard error of `auc`, from the placements of each row among those of the other label.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, 837–845.
    """
    negative, positive = counts[..., 0].astype(np.float64), counts[..., 1].astype(np.float64)
    m, n = positive.sum(axis=-1, keepdims=True), negative.sum(axis=-1, keepdims=True)
    wins = ratio(np.cumsum(negative, axis=-1) - negative / 2, np.broadcast_to(n, negative.shape))
    losses = ratio(
        np.cumsum(positive[..., ::-1], axis=-1)[..., ::-1] - positive / 2, np.broadcast_to(m, positive.shape)
    )
    area = auc(counts)[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        s1 = (positive * (wins - area) ** 2).sum(axis=-1) / (m[..., 0] - 1)
        s0 = (negative * (losses - area) ** 2).sum(axis=-1) / (n[..., 0] - 1)
        return np.asarray(np.sqrt(s1 / m[..., 0] + s0 / n[..., 0]))


def reliability_bins(edges: Floats, total: Ints, bins: int) -> NDArray[np.intp]:
    """Return the reliability bin of each score bin: equal widths for scores of 0–1, else equal numbers of people."""
    if len(edges) and edges[-1] <= 1 and edges[0] >= 0:
        return np.asarray(np.clip(np.ceil(edges * bins - 1e-9).astype(np.intp) - 1, 0, bins - 1))
    share = (np.cumsum(total) - total / 2) / max(total.sum(), 1)
    return np.asarray(np.minimum((share * bins).astype(np.intp), bins - 1))


def pooled(values: Floats, place: NDArray[np.intp], bins: int, axis: int) -> Floats:
    """Return sums over the score bins of each reliability bin."""
    moved = np.moveaxis(np.asarray(values, dtype=np.float64), axis, 0)
    out = np.zeros((bins, *moved.shape[1:]))
    np.add.at(out, place, moved)
    return np.moveaxis(out, 0, axis)


def expected_calibration_error(counts: Floats, sums: Floats) -> Floats:
    """Return Σ over bins of (share of people) × |observed rate − mean score|, from (…, b, 2) and (…, b).

    References
    ----------
    Naeini, Cooper & Hauskrecht (2015), AAAI; Guo et al. (2017), ICML.
    """
    n = counts.sum(axis=-1)
    gap = np.abs(np.nan_to_num(ratio(counts[..., 1] - sums, n)))
    return ratio((n * gap).sum(axis=-1), n.sum(axis=-1))


@dataclass(frozen=True, slots=True)
class Recalibration:
    """A logistic regression of the label on the score's log odds: intercept 0 and slope 1 when well calibrated."""

    intercept: float
    slope: float
    intercept_error: float
    slope_error: float


def recalibration(score: Floats, counts: Ints) -> Recalibration | None:
    """Return slope and intercept of calibration; None when they cannot be fitted.

    Parameters
    ----------
    score : float array, shape (b,)
        Mean score of each bin, 0–1.
    counts : int array, shape (b, 2)
        Rows by label.

    References
    ----------
    Cox (1958), Biometrika 45, 562–565; Van Calster et al. (2019), BMC Medicine 17, 230.
    """
    use = counts.sum(axis=1) > 0
    if counts[:, 0].sum() == 0 or counts[:, 1].sum() == 0 or use.sum() < 2:
        return None
    x = special.logit(np.clip(score[use], 1e-6, 1 - 1e-6))
    n, y = counts[use].sum(axis=1).astype(np.float64), counts[use, 1].astype(np.float64)
    design = np.stack([np.ones_like(x), x], axis=1)
    beta = np.array([0.0, 1.0])
    for _ in range(100):
        p = special.expit(design @ beta)
        information = (design * (n * p * (1 - p))[:, None]).T @ design
        if np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, design.T @ (y - n * p))
        beta = beta + np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-10:
            error = np.sqrt(np.diag(np.linalg.inv(information)))
            return Recalibration(float(beta[0]), float(beta[1]), float(error[0]), float(error[1]))
    return None


def normal_quantile(confidence: float) -> float:
    """Return how many standard errors a normal interval reaches to either side."""
    return float(special.ndtri(0.5 + confidence / 2))


def logit_limits(value: float, error: float, positive: int, negative: int, confidence: float) -> tuple[float, float]:
    """Return limits of an AUC on the logit scale, which keeps them between 0 and 1.

    An AUC of 0 or 1 has no standard error: it is limited as a share of as many pairs as have nobody in common, of
    which all were the same way round.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26, 404–413.

    Examples
    --------
    >>> [round(v, 3) for v in logit_limits(1.0, 0.0, 20, 30, 0.95)]
    [0.832, 1.0]
    """
    smaller = max(min(positive, negative), 1)
    if value in (0.0, 1.0):
        least = ((1 - confidence) / 2) ** (1 / smaller)
        return (least, 1.0) if value == 1 else (0.0, 1 - least)
    error = np.sqrt(value * (1 - value) / smaller) if not np.isfinite(error) or error == 0 else error
    half = normal_quantile(confidence) * error / (value * (1 - value))
    centre = float(special.logit(value))
    low, high = float(special.expit(centre - half)), float(special.expit(centre + half))
    return min(low, value), max(high, value)
