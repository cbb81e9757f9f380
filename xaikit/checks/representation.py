"""Who is in the table: the share of each group, and of those whose group is unknown."""

from collections.abc import Iterator

import numpy as np

from xaikit.core.evidence import JOIN, UNKNOWN, Evidence
from xaikit.stats.intervals import wilson
from xaikit.stats.rates import ratio
from xaikit.stats.shares import shares
from xaikit.stats.tally import Tally


def check(tally: Tally, *, confidence: float = 0.95) -> Iterator[Evidence]:
    """Yield the share of rows of every group of every sensitive feature and of their intersection.

    Rows count by their weight where they have one, and intervals are those of clusters where rows come in clusters.

    Parameters
    ----------
    tally : Tally
        The counts.
    confidence : float
        Of the Wilson intervals at the effective number of rows, between 0 and 1.

    References
    ----------
    29 CFR 1607.4(A), (B) (records by sex, race and ethnic group); 6 RCNY § 5-301(b)(5), (d).
    """
    for view in tally.views:
        found = shares(tally, *view)
        size = found.effective_n
        low, high = wilson(np.nan_to_num(found.share) * size, size, confidence)
        known = np.array([g != UNKNOWN for g in found.groups])
        of_known = ratio(found.share, found.share[known].sum())
        for g, group in enumerate(found.groups):
            defined = bool(np.isfinite(found.share[g]))
            detail: dict[str, float | int | str | bool | None] = {
                "count": int(found.n[g]),
                "total": len(tally),
                "share_of_known": float(of_known[g]) if known[g] and np.isfinite(of_known[g]) else None,
                "confidence": confidence,
                "method": "Wilson",
            }
            if tally.weights is not None or tally.clusters is not None:
                detail |= {"effective_n": float(size[g]), "weighted": tally.weights is not None}
            yield Evidence(
                "representation",
                float(found.share[g]) if defined else None,
                float(low[g]) if defined else None,
                float(high[g]) if defined else None,
                int(found.n[g]),
                "rate",
                {"sensitive": JOIN.join(view), "group": group},
                "representation",
                "" if defined else "the rows have no weight",
                detail,
            )
