"""How well one thing is told from another: area under the curve, share of variance, information, with intervals.

Every measure here comes with the influence of each row, so that its standard error is that of a mean. Predictions are
of rows that the predictor has not seen; what it falls short of the best predictor, the measure falls short too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from xaikit.stats.calibration import logit_limits, normal_quantile

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
LEAST = 1e-6  # a chance of 0 for what happened would be infinitely wrong


@dataclass(frozen=True, slots=True)
class Told:
    """A measure with its interval.

    Parameters
    ----------
    value, low, high : float
        Within the range of the measure.
    error : float
        Standard error.
    """

    value: float
    low: float
    high: float
    error: float


def area(truth: Codes, chances: Floats, confidence: float, fold: Codes | None = None) -> Told:
    """Return the area under the ROC curve, 0.5 being chance; over several groups, the mean of each against the rest.

    Rows are ranked within their fold. The best predictor is never worse than chance, so neither the value nor the
    upper limit is below 0.5.

    Parameters
    ----------
    truth : int array, shape (n,)
        The group of each row, 0 to k − 1, each at least twice.
    chances : float array, shape (n, k)
        Predicted chance of each group.
    confidence : float
        Between 0 and 1.
    fold : int array, shape (n,), optional
        Which predictor the chances are of.

    References
    ----------
    DeLong, E. R. et al. (1988). Comparing the areas under two or more correlated ROC curves. Biometrics 44, 837–845.
    LeDell, E., Petersen, M. and van der Laan, M. (2015). Computationally efficient confidence intervals for
    cross-validated area under the ROC curve estimates. Electronic Journal of Statistics 9.
    Hand, D. and Till, R. (2001). A simple generalisation of the area under the ROC curve. Machine Learning 45.

    Examples
    --------
    >>> told = area(np.array([0, 0, 1, 1]), np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]]), 0.95)
    >>> told.value
    0.75
    """
    groups = [1] if chances.shape[1] == 2 else list(range(chances.shape[1]))
    value, influence = 0.0, np.zeros(len(truth))
    for rows in [np.arange(len(truth))] if fold is None else [np.flatnonzero(fold == f) for f in np.unique(fold)]:
        each = [_one_area(truth[rows] == g, chances[rows, g]) for g in groups]
        value += float(np.mean([v for v, _ in each])) * len(rows) / len(truth)
        influence[rows] = np.mean([i for _, i in each], axis=0)
    error, counts = _error(influence), np.bincount(truth)
    if value > 1 - LEAST:  # nobody is told wrongly: so it would be with one chance in 40, were it so little for each
        return Told(1.0, float(((1 - confidence) / 2) ** (1 / counts.min())), 1.0, error)
    low, high = logit_limits(value, error, int(counts.min()), int(len(truth) - counts.min()), confidence)
    return Told(max(value, 0.5), low, max(high, 0.5), error)


def variance_explained(truth: Floats, predicted: Floats, confidence: float) -> Told:
    """Return R², the share of the variance of a number that is predicted, 0 to 1.

    Of groups, `truth` and `predicted` have a column each: then it is Efron's R², which for a predictor that is itself
    a category is Goodman and Kruskal's τ.

    Parameters
    ----------
    truth, predicted : float arrays, shape (n,) or (n, k)
        Numbers, or indicators of the groups and their predicted chances.
    confidence : float
        Between 0 and 1.

    References
    ----------
    Efron, B. (1978). Regression and ANOVA with zero–one data: measures of residual variation. JASA 73, 113–121.
    Goodman, L. and Kruskal, W. (1954). Measures of association for cross classifications. JASA 49, 732–764.
    Fisher, R. A. (1921). On the probable error of a coefficient of correlation. Metron 1. (limits)
    Williamson, B. et al. (2021). Nonparametric variable importance assessment using machine learning. Biometrics 77.
    """
    y, guess = (a.reshape(len(a), -1) for a in (truth, predicted))
    left = ((y - guess) ** 2).sum(axis=1)
    whole = ((y - y.mean(axis=0)) ** 2).sum(axis=1)
    share = float(left.mean() / whole.mean())
    return _limited(1 - share, (share * whole - left) / whole.mean(), confidence, 1.0)


def information(truth: Codes, chances: Floats, confidence: float) -> tuple[Told, float]:
    """Return the mutual information of group and prediction in bits, and the entropy of the groups.

    What is known of the group once the prediction is: the entropy less the cross-entropy, a lower bound of the
    information that the columns hold. Divided by the entropy it is the uncertainty coefficient.

    Parameters
    ----------
    truth : int array, shape (n,)
        The group of each row.
    chances : float array, shape (n, k)
        Predicted chance of each group.
    confidence : float
        Between 0 and 1.

    References
    ----------
    Theil, H. (1970). On the estimation of relationships involving qualitative variables. (uncertainty coefficient)
    Barber, D. and Agakov, F. (2003). The IM algorithm: a variational approach to information maximization. NIPS.
    """
    shares = np.bincount(truth, minlength=chances.shape[1]) / len(truth)
    right = np.clip(chances[np.arange(len(truth)), truth], LEAST, 1.0)
    surprise = -np.log2(shares[truth])
    gained = surprise + np.log2(right)
    entropy = float(surprise.mean())
    return _limited(float(gained.mean()), gained - gained.mean(), confidence, entropy), entropy


def share_of_each(mass: Floats) -> tuple[Floats, Floats]:
    """Return the share of each column in the sum of all, and its standard error over rows.

    Parameters
    ----------
    mass : float array, shape (n, columns)
        Not negative.
    """
    mean = mass.mean(axis=0)
    whole = float(mean.sum())
    if whole <= 0:
        return np.zeros_like(mean), np.zeros_like(mean)
    share = mean / whole
    influence = (mass - share * mass.sum(axis=1, keepdims=True)) / whole
    return share, np.array([_error(column) for column in influence.T])


def product(a: float, a_error: float, b: float, b_error: float, confidence: float) -> Told:
    """Return the product of two independent estimates between 0 and 1, with its interval.

    References
    ----------
    Goodman, L. (1960). On the exact variance of products. JASA 55, 708–713.
    """
    error = float(np.sqrt((a * b_error) ** 2 + (b * a_error) ** 2 + (a_error * b_error) ** 2))
    reach = normal_quantile(confidence) * error
    return Told(a * b, max(0.0, a * b - reach), min(1.0, a * b + reach), error)


def _one_area(member: NDArray[np.bool_], score: Floats) -> tuple[float, Floats]:
    """Return the area of one group against the rest, and the influence of every row on it."""
    n, inside = len(score), int(member.sum())
    rank = stats.rankdata(score)
    won = np.empty(n)
    won[member] = (rank[member] - stats.rankdata(score[member])) / (n - inside)
    won[~member] = 1 - (rank[~member] - stats.rankdata(score[~member])) / inside
    value = float(won[member].mean())
    scale = np.where(member, _weight(n, inside), _weight(n, n - inside))
    return value, scale * (won - value)


def _weight(n: int, m: int) -> float:
    """Return n ÷ m, and what an estimate of variance from m rows lacks."""
    return n / m * float(np.sqrt(m / max(m - 1, 1)))


def _limited(value: float, influence: Floats, confidence: float, most: float) -> Told:
    """Return a share with limits on the scale of Fisher's z of its root, where its spread is that of a normal.

    Near nothing a share is skewed to the right, and limits on its own scale miss it from above. Where its own error
    reaches up to the whole, the scale of z has no end: there the limits are those of its own scale.
    """
    error = _error(influence)
    share, spread = max(value / most, 0.0), error / most
    if share + max(normal_quantile(confidence) * spread, LEAST) >= 1:
        low = max(0.0, min(share - normal_quantile(confidence) * spread, share))
        return Told(share * most, low * most, most, error)
    steady = min(max(share, spread), 1 - LEAST)  # nothing has no slope on the scale of z
    root, slope = np.sqrt(min(share, 1 - LEAST)), 2 * np.sqrt(steady) * (1 - steady)
    reach = normal_quantile(confidence) * spread / max(slope, LEAST)
    centre = np.arctanh(root)
    low, high = np.tanh(max(centre - reach, 0.0)) ** 2, np.tanh(centre + reach) ** 2
    return Told(share * most, float(low) * most, float(high) * most, error)


def _error(influence: Floats) -> float:
    return float(influence.std(ddof=1) / np.sqrt(len(influence))) if len(influence) > 1 else 0.0
