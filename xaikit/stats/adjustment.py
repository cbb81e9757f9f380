"""Gaps with other things held equal, and how strong a hidden cause would have to be to undo them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A difference in mean outcome between two groups, with covariates held equal.

    Parameters
    ----------
    value, error : float
        The difference (member − reference), and its standard error.
    rate, rate_ref : float
        The two adjusted means.
    trimmed : float
        Share of rows left out because a group is (almost) absent there.
    n : int
        Rows that remain.
    """

    value: float
    error: float
    rate: float
    rate_ref: float
    trimmed: float
    n: int


def augmented(
    outcome: Floats, member: Bools, propensity: Floats, mean: Floats, mean_ref: Floats, trim: float = 0.01
) -> Adjusted:
    """Return the doubly robust adjusted difference: right if either the propensity or the outcome model is.

    Parameters
    ----------
    outcome : float array, shape (n,)
        The decision, 0 or 1, or a score.
    member : bool array, shape (n,)
        The group; the others are the reference.
    propensity : float array, shape (n,)
        Predicted chance of being a member, for rows that the predictor has not seen.
    mean, mean_ref : float arrays, shape (n,)
        Predicted outcome of each row as a member, and as one of the reference; likewise unseen.
    trim : float
        Rows with a propensity below it, or above 1 − it, are left out: there is nobody to compare them with.

    References
    ----------
    Robins, J., Rotnitzky, A. and Zhao, L. P. (1994). Estimation of regression coefficients. JASA 89, 846–866.
    Crump, R. et al. (2009). Dealing with limited overlap. Biometrika 96.
    """
    kept = (propensity >= trim) & (propensity <= 1 - trim)
    n = int(kept.sum())
    if n < 2:
        return Adjusted(np.nan, np.nan, np.nan, np.nan, 1.0, n)
    y, a, e = outcome[kept], member[kept], propensity[kept]
    one = mean[kept] + a * (y - mean[kept]) / e
    other = mean_ref[kept] + ~a * (y - mean_ref[kept]) / (1 - e)
    each = one - other
    error = float(each.std(ddof=1) / np.sqrt(n))
    return Adjusted(float(each.mean()), error, float(one.mean()), float(other.mean()), 1 - n / len(outcome), n)


def e_value(ratio: float) -> float:
    """Return how strong a hidden cause must be, as a risk ratio with group and outcome, to explain a ratio away.

    References
    ----------
    VanderWeele, T. and Ding, P. (2017). Sensitivity analysis in observational research: introducing the E-value.
    Annals of Internal Medicine 167.

    Examples
    --------
    >>> round(e_value(3.9), 2), round(e_value(1 / 3.9), 2), e_value(1.0)
    (7.26, 7.26, 1.0)
    """
    if not ratio > 0:
        return float("inf") if ratio == 0 else float("nan")
    ratio = 1 / ratio if ratio < 1 else ratio
    return float(ratio + np.sqrt(ratio * (ratio - 1)))


def robustness_value(t: float, df: float) -> float:
    """Return the share of what is left of both group and outcome that a hidden cause must explain to undo a gap.

    Parameters
    ----------
    t : float
        The gap divided by its standard error.
    df : float
        Degrees of freedom.

    References
    ----------
    Cinelli, C. and Hazlett, C. (2020). Making sense of sensitivity. JRSS B 82.

    Examples
    --------
    >>> round(robustness_value(4.18, 783), 3)
    0.139
    """
    f2 = t * t / df
    return float((np.sqrt(f2 * f2 + 4 * f2) - f2) / 2)


def standardized_differences(covariates: Floats, member: Bools) -> Floats:
    """Return the standardised mean difference of every covariate, shape (covariates,); 0 where none varies.

    References
    ----------
    Austin, P. (2009). Balance diagnostics for comparing the distribution of baseline covariates. Stat. Med. 28.
    """
    one, other = covariates[member], covariates[~member]
    spread = np.sqrt((one.var(axis=0) + other.var(axis=0)) / 2)
    gap = one.mean(axis=0) - other.mean(axis=0)
    return np.asarray(np.divide(gap, spread, out=np.zeros_like(gap), where=spread > 0))
