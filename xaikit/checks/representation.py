"""Who is in the table: the share of each group, and of those whose group is unknown."""

from collections.abc import Iterator

from xaikit.core.evidence import JOIN, UNKNOWN, Evidence
from xaikit.stats.intervals import wilson
from xaikit.stats.tally import Tally


def check(tally: Tally, *, confidence: float = 0.95) -> Iterator[Evidence]:
    """Yield the share of rows of every group of every sensitive feature and of their intersection.

    Parameters
    ----------
    tally : Tally
        The counts.
    confidence : float
        Of the Wilson intervals, between 0 and 1.

    References
    ----------
    29 CFR 1607.4(A), (B) (records by sex, race and ethnic group); 6 RCNY § 5-301(b)(5), (d).
    """
    for view in tally.views:
        table = tally.table(*view)
        total = int(table.n.sum() + table.unknown.sum())
        counts = dict(zip(table.groups, table.n.tolist(), strict=True))
        if table.unknown.sum():
            counts[UNKNOWN] = int(table.unknown.sum())
        known = max(int(table.n.sum()), 1)
        for group, n in counts.items():
            low, high = wilson(n, total, confidence)
            yield Evidence(
                "representation",
                n / total if total else None,
                float(low),
                float(high),
                n,
                "rate",
                {"sensitive": JOIN.join(view), "group": group},
                "representation",
                detail={
                    "count": n,
                    "total": total,
                    "share_of_known": None if group == UNKNOWN else n / known,
                    "confidence": confidence,
                    "method": "Wilson",
                },
            )
