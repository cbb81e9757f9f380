"""The metrics of Amazon SageMaker Clarify, under their names, as functions of counts.

Every function takes counts of shape (…, s, 2, 2, 2): stratum, facet (the rest `a`, the facet `d`), label, decision.
Signs follow Clarify: above 0 means that the facet is worse off, but for DI, which is a ratio.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from xaikit.stats import divergence, inequality
from xaikit.stats.rates import ratio
from xaikit.stats.table import Floats

Metric = Callable[[Any], Floats]


def _pooled(counts: Any) -> Any:
    return counts.sum(axis=-4)


def _by_label(counts: Any) -> tuple[Floats, Floats]:
    """Return the distribution of labels of the rest and of the facet."""
    shares = divergence.shares(_pooled(counts).sum(axis=-1))
    return shares[..., 0, :], shares[..., 1, :]


def _gap(top: Callable[[Any], Any], bottom: Callable[[Any], Any], first: int = 0) -> Metric:
    """Return the difference of a ratio between the two, the rest first by default."""

    def metric(counts: Any) -> Floats:
        table = _pooled(counts)
        value = ratio(top(table), bottom(table))
        return np.asarray(value[..., first] - value[..., 1 - first])

    return metric


def _n(t: Any) -> Any:
    return t.sum(axis=(-2, -1))


def _good(t: Any) -> Any:
    return t[..., 1, :].sum(axis=-1)


def _bad(t: Any) -> Any:
    return t[..., 0, :].sum(axis=-1)


def _chosen(t: Any) -> Any:
    return t[..., :, 1].sum(axis=-1)


def _turned_down(t: Any) -> Any:
    return t[..., :, 0].sum(axis=-1)


def _right(t: Any) -> Any:
    return t[..., 0, 0] + t[..., 1, 1]


def _cell(label: int, decision: int) -> Callable[[Any], Any]:
    return lambda t: t[..., label, decision]


def _disparate_impact(counts: Any) -> Floats:
    table = _pooled(counts)
    value = ratio(_chosen(table), _n(table))
    return ratio(value[..., 1], value[..., 0])


def _imbalance(counts: Any) -> Floats:
    n = _n(_pooled(counts))
    return divergence.class_imbalance(n[..., 0], n[..., 1])


def _entropy(counts: Any) -> Floats:
    table = _pooled(counts).sum(axis=-3)
    return inequality.generalized_entropy(table.reshape(*table.shape[:-2], 4), inequality.BENEFIT.ravel())


def _on_labels(measure: Callable[[Any, Any], Floats]) -> Metric:
    return lambda counts: measure(*_by_label(counts))


PRE_TRAINING: Mapping[str, Metric] = {
    "CI": _imbalance,
    "DPL": _gap(_good, _n),
    "KL": _on_labels(divergence.kullback_leibler),
    "JS": _on_labels(divergence.jensen_shannon),
    "LP": _on_labels(divergence.lp_norm),
    "TVD": _on_labels(divergence.total_variation),
    "KS": _on_labels(divergence.kolmogorov_smirnov),
    "CDDL": lambda c: divergence.conditional_disparity(_bad(c), _good(c)),
}
POST_TRAINING: Mapping[str, Metric] = {
    "DPPL": _gap(_chosen, _n),
    "DI": _disparate_impact,
    "DCA": _gap(_good, _chosen),
    "DCR": _gap(_bad, _turned_down, 1),
    "RD": _gap(_cell(1, 1), _good),
    "DAR": _gap(_cell(1, 1), _chosen),
    "DRR": _gap(_cell(0, 0), _turned_down, 1),
    "AD": _gap(_right, _n),
    "TE": _gap(_cell(1, 0), _cell(0, 1), 1),
    "SD": _gap(_cell(0, 0), _bad, 1),
    "CDDPL": lambda c: divergence.conditional_disparity(_turned_down(c), _chosen(c)),
    "GE": _entropy,
}
NAMES: Mapping[str, str] = {
    "CI": "class imbalance",
    "DPL": "difference in proportions of labels",
    "KL": "Kullback–Leibler divergence",
    "JS": "Jensen–Shannon divergence",
    "LP": "Lp norm",
    "TVD": "total variation distance",
    "KS": "Kolmogorov–Smirnov",
    "CDDL": "conditional demographic disparity in labels",
    "DPPL": "difference in positive proportions in predicted labels",
    "DI": "disparate impact",
    "DCA": "difference in conditional acceptance",
    "DCR": "difference in conditional rejection",
    "RD": "recall difference",
    "DAR": "difference in acceptance rates",
    "DRR": "difference in rejection rates",
    "AD": "accuracy difference",
    "TE": "treatment equality",
    "SD": "specificity difference",
    "CDDPL": "conditional demographic disparity in predicted labels",
    "FT": "counterfactual fliptest",
    "GE": "generalized entropy",
}
