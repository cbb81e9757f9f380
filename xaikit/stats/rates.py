"""Rates by group and what compares them: ratios, differences, shortfalls, effect sizes. Undefined is NaN."""

from typing import Any

import numpy as np

from xaikit.stats.table import Floats, Ints


def ratio(numerator: Any, denominator: Any) -> Floats:
    """Return numerator ÷ denominator, NaN where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        out = np.asarray(numerator, dtype=np.float64) / np.asarray(denominator, dtype=np.float64)
    return np.where(np.asarray(denominator) == 0, np.nan, out)


def selection_rate(mass: Any) -> Floats:
    """Return the share selected, shape (…), of counts or weights of shape (…, L, D)."""
    return ratio(mass[..., 1].sum(axis=-1), mass.sum(axis=(-2, -1)))


def error_parts(mass: Any) -> dict[str, tuple[Any, Any]]:
    """Return numerator and denominator, shape (…), of each rate of a confusion table, shape (…, 2, 2).

    The names are those of the field: the true-positive rate is the share selected of those whose label is
    favourable; precision is the share of the selected whose label is favourable.
    """
    tn, fp, fn, tp = mass[..., 0, 0], mass[..., 0, 1], mass[..., 1, 0], mass[..., 1, 1]
    return {
        "true_positive_rate": (tp, tp + fn),
        "false_positive_rate": (fp, fp + tn),
        "false_negative_rate": (fn, tp + fn),
        "true_negative_rate": (tn, fp + tn),
        "precision": (tp, tp + fp),
        "negative_predictive_value": (tn, tn + fn),
        "false_discovery_rate": (fp, tp + fp),
        "false_omission_rate": (fn, tn + fn),
        "accuracy": (tp + tn, tn + fp + fn + tp),
        "base_rate": (tp + fn, tn + fp + fn + tp),
        "treatment_equality": (fn, fp),
    }


def error_rates(mass: Any) -> dict[str, Floats]:
    """Return each rate of a confusion table; NaN where its denominator is empty."""
    return {name: ratio(top, bottom) for name, (top, bottom) in error_parts(mass).items()}


def best(rates: Floats) -> int:
    """Return the place of the highest rate; the first of equals."""
    return int(np.nanargmax(rates))


def below_ratio(x: int, n: int, x_ref: int, n_ref: int, numerator: int = 4, denominator: int = 5) -> bool:
    """Return whether x/n is below `numerator/denominator` of x_ref/n_ref, in integers.

    Floating-point division makes some ratios of exactly four fifths come out below .8.

    References
    ----------
    29 CFR 1607.4(D).

    Examples
    --------
    >>> below_ratio(48, 100, 60, 100)
    False
    """
    return denominator * int(x) * int(n_ref) < numerator * int(x_ref) * int(n)


def shortfall(x: float, n: int, rate_ref: float, share: float = 1.0) -> float:
    """Return how many more people of a group would have to be selected to reach a share of a reference rate.

    Examples
    --------
    >>> round(shortfall(157, 2435, 235 / 2435), 6)
    78.0
    """
    return max(0.0, share * rate_ref * n - x)


def odds_ratio(x: Any, n: Any, x_ref: Any, n_ref: Any) -> Floats:
    """Return the sample odds ratio of selection, group against reference; NaN where 0/0, infinite where x/0."""
    top = np.asarray(x, dtype=np.float64) * (np.asarray(n_ref) - x_ref)
    bottom = np.asarray(x_ref, dtype=np.float64) * (np.asarray(n) - x)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(top / bottom)


def cohen_h(p: Any, q: Any) -> Floats:
    """Return Cohen's h, the difference of two proportions on the arcsine scale, in radians.

    References
    ----------
    Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, 2nd ed., ch. 6.
    """
    return np.asarray(2 * np.arcsin(np.sqrt(p)) - 2 * np.arcsin(np.sqrt(q)))


def phi(x: float, n: float, x_ref: float, n_ref: float) -> float:
    """Return the φ coefficient of a 2 × 2 table, −1 to 1; NaN where nobody or everybody is selected."""
    chosen, rest = x + x_ref, n + n_ref - x - x_ref
    bottom = np.sqrt(float(chosen) * rest * n * n_ref)
    return float((x * (n_ref - x_ref) - x_ref * (n - x)) / bottom) if bottom > 0 else float("nan")


def swap_reverses(x: int, n: int, x_ref: int, n_ref: int) -> tuple[bool, bool]:
    """Return whether selecting one different person would reverse the direction, and the four-fifths flag.

    One selected person of the reference group gives way to one of the group.

    References
    ----------
    UGESP Questions and Answers, 44 FR 11996 (1979), Q. 21.

    Examples
    --------
    >>> swap_reverses(1, 10, 3, 20)
    (True, True)
    """
    if x >= n or x_ref <= 0:
        return False, False
    x, x_ref = int(x) + 1, int(x_ref) - 1
    lower_before = (x - 1) * int(n_ref) < (x_ref + 1) * int(n)
    flag_before = below_ratio(x - 1, n, x_ref + 1, n_ref)
    direction = lower_before and x * int(n_ref) >= x_ref * int(n)
    return direction, flag_before and not below_ratio(x, n, x_ref, n_ref)


def people(counts: Ints) -> tuple[Ints, Ints]:
    """Return selected and all people, shape (…), of counts of shape (…, L, D)."""
    return np.asarray(counts[..., 1].sum(axis=-1)), np.asarray(counts.sum(axis=(-2, -1)))
