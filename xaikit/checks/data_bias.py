"""What the data carry before any decision: imbalance of groups, and of the ground truth between them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from xaikit.core.errors import AbsentError
from xaikit.core.evidence import JOIN, Evidence
from xaikit.stats import divergence
from xaikit.stats.intervals import percentile, wilson
from xaikit.stats.rates import selection_rate
from xaikit.stats.resampling import effective_n
from xaikit.stats.table import Floats, Ints, Table
from xaikit.stats.tally import Tally

SOURCE = "data_bias"


def check(
    tally: Tally, rng: np.random.Generator, *, confidence: float = 0.95, replicates: int = 2_000
) -> Iterator[Evidence]:
    """Yield how the ground truth differs between every group and all others.

    Where nobody has decided, `base_rate` comes first: the share of favourable labels in each group (beside decisions,
    the check of error rates measures it).

    Parameters
    ----------
    tally : Tally
        The counts by label.
    rng : numpy.random.Generator
        For the bootstrap.
    confidence : float
        Of the percentile intervals, and of the Wilson intervals of base rates.
    replicates : int
        Of the bootstrap.

    Raises
    ------
    AbsentError
        When there are no labels.

    References
    ----------
    Das et al. (2021), Fairness measures for machine learning in finance; Wachter et al. (2021) (conditional
    demographic disparity); Regulation (EU) 2024/1689, Article 10(2)(f).
    """
    if not tally.labelled:
        raise AbsentError(SOURCE, "a table without labels", "a label column")
    for view in tally.views:
        table = tally.table(*view)
        if not tally.decided:
            yield from _rates(_labels_as_outcomes(table), confidence)
        _, counts = tally.strata(*view)
        labels = counts.sum(axis=-1)
        for g, group in enumerate(table.groups if len(table.groups) > 1 else ()):
            about = {"sensitive": JOIN.join(view), "group": group}
            pair = np.stack([labels.sum(axis=1) - labels[:, g], labels[:, g]], axis=1)
            for e in _measured(pair, about, rng, confidence, replicates):
                yield replace(e, detail={**e.detail, **tally.assumption})


def _labels_as_outcomes(table: Table) -> Table:
    """Return the table in which labels stand where decisions do, so that rates and errors are those of labels."""

    def turned(values: Any) -> Any:
        return None if values is None else np.swapaxes(values, -1, -2)

    return replace(
        table,
        counts=turned(table.counts),
        unknown=turned(table.unknown),
        weights=turned(table.weights),
        squares=turned(table.squares),
        bundles=turned(table.bundles),
    )


def _rates(table: Table, confidence: float) -> Iterator[Evidence]:
    rate, size = selection_rate(table.mass), effective_n(table)
    low, high = wilson(np.nan_to_num(rate) * size, size, confidence)
    for g, group in enumerate(table.groups):
        known = bool(np.isfinite(rate[g]))
        about = {"sensitive": JOIN.join(table.sensitive), "group": group}
        detail: dict[str, str | float | int | bool | None] = {
            "count": int(table.selected[g]),
            "confidence": confidence,
            "method": "Wilson",
        }
        if not table.independent:
            detail["effective_n"] = float(size[g])
        value, least, most = (float(v[g]) if known else None for v in (rate, low, high))
        because = "" if known else "its rows have no weight"
        yield Evidence("base_rate", value, least, most, int(table.n[g]), "rate", about, SOURCE, because, detail)


def measures(pair: Ints) -> dict[str, Floats]:
    """Return every measure of counts of shape (…, s, 2, 2): stratum, (the rest, the group), label."""
    pooled = pair.sum(axis=-3)
    shares = divergence.shares(pooled)
    rest, group = shares[..., 0, :], shares[..., 1, :]
    n = pooled.sum(axis=-1)
    return {
        "class_imbalance": divergence.class_imbalance(n[..., 0], n[..., 1]),
        "label_rate_difference": np.asarray(rest[..., 1] - group[..., 1]),
        "kl_divergence": divergence.kullback_leibler(rest, group),
        "js_divergence": divergence.jensen_shannon(rest, group),
        "lp_norm": divergence.lp_norm(rest, group),
        "total_variation_distance": divergence.total_variation(rest, group),
        "kolmogorov_smirnov": divergence.kolmogorov_smirnov(rest, group),
        "conditional_demographic_disparity": divergence.conditional_disparity(pair[..., 0], pair[..., 1]),
    }


def _measured(
    pair: Ints, about: dict[str, str], rng: np.random.Generator, confidence: float, size: int
) -> Iterator[Evidence]:
    total = int(pair.sum())
    drawn = rng.multinomial(total, pair.ravel() / total, size=size).reshape(size, *pair.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        values, again = measures(pair), measures(drawn)
    n = int(pair[:, 1].sum())
    for name, value in values.items():
        detail: dict[str, str | float | int | bool | None] = {"against": "all other known groups"}
        detail |= {"confidence": confidence, "method": "multinomial bootstrap, percentile", "strata": len(pair)}
        if not np.isfinite(value):
            because = "not defined: a label or a group is missing"
            yield Evidence(name, None, None, None, n, "score", about, SOURCE, because, detail)
            continue
        limits = percentile(np.where(np.isfinite(again[name]), again[name], np.nan), confidence)
        low, high = min(float(limits[0]), float(value)), max(float(limits[1]), float(value))
        yield Evidence(name, float(value), low, high, n, "score", about, SOURCE, "", detail)
