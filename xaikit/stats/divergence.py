"""How two groups' distributions of an outcome differ, from counts of shape (…, outcomes)."""

from typing import Any

import numpy as np
from scipy.special import rel_entr

from xaikit.stats.rates import ratio
from xaikit.stats.table import Floats


def shares(counts: Any) -> Floats:
    """Return the distribution over the last axis; NaN where there is nobody."""
    return ratio(counts, np.broadcast_to(np.sum(counts, axis=-1, keepdims=True), np.shape(counts)))


def class_imbalance(n: Any, n_facet: Any) -> Floats:
    """Return (n − n_facet) ÷ (n + n_facet): 1 when the facet is absent, −1 when nobody else is there.

    References
    ----------
    Das et al. (2021), Fairness measures for machine learning in finance, § 3.
    """
    return ratio(np.asarray(n) - n_facet, np.asarray(n) + n_facet)


def kullback_leibler(p: Any, q: Any) -> Floats:
    """Return KL(p ‖ q) in nats: never negative, infinite where q has nothing that p has.

    References
    ----------
    Kullback & Leibler (1951), Annals of Mathematical Statistics 22, 79–86.
    """
    total = rel_entr(np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)).sum(axis=-1)
    return np.asarray(np.maximum(total, 0.0))


def jensen_shannon(p: Any, q: Any) -> Floats:
    """Return the Jensen–Shannon divergence in nats, 0 to ln 2.

    References
    ----------
    Lin (1991), IEEE Transactions on Information Theory 37, 145–151.
    """
    middle = (np.asarray(p) + q) / 2
    return (kullback_leibler(p, middle) + kullback_leibler(q, middle)) / 2


def lp_norm(p: Any, q: Any, power: float = 2.0) -> Floats:
    """Return the Lp norm of p − q."""
    return np.asarray((np.abs(np.asarray(p) - q) ** power).sum(axis=-1) ** (1 / power))


def total_variation(p: Any, q: Any) -> Floats:
    """Return half the L1 norm of p − q, 0 to 1."""
    return lp_norm(p, q, 1.0) / 2


def kolmogorov_smirnov(p: Any, q: Any) -> Floats:
    """Return the largest difference of the probability of one outcome, as data-bias toolkits define it, 0 to 1."""
    return np.asarray(np.abs(np.asarray(p) - q).max(axis=-1))


def conditional_disparity(rejected: Any, accepted: Any) -> Floats:
    """Return conditional demographic disparity of the facet, −1 to 1.

    Parameters
    ----------
    rejected, accepted : int arrays, shape (…, s, 2)
        People by stratum; the last axis is (the rest, the facet).

    Notes
    -----
    In each stratum: the facet's share of the rejected less its share of the accepted; then the mean over strata,
    weighted by people. A stratum where nobody is rejected, or nobody accepted, says nothing and is left out.

    References
    ----------
    Wachter, Mittelstadt & Russell (2021), Why fairness cannot be automated, Computer Law & Security Review 41.
    """
    gap = ratio(rejected[..., 1], rejected.sum(axis=-1)) - ratio(accepted[..., 1], accepted.sum(axis=-1))
    people = np.where(np.isnan(gap), 0, rejected.sum(axis=-1) + accepted.sum(axis=-1))
    return ratio((people * np.nan_to_num(gap)).sum(axis=-1), people.sum(axis=-1))
