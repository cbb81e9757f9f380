"""How unequally benefit is spread over individuals, and how much of it between groups."""

from collections.abc import Iterator

import numpy as np

from xaikit.core.errors import AbsentError
from xaikit.core.evidence import JOIN, Evidence
from xaikit.stats.inequality import BENEFIT, between_groups, generalized_entropy
from xaikit.stats.intervals import percentile
from xaikit.stats.resampling import replicates as replicated
from xaikit.stats.tally import Tally

SOURCE = "inequality"


def check(
    tally: Tally, rng: np.random.Generator, *, confidence: float = 0.95, replicates: int = 2_000
) -> Iterator[Evidence]:
    """Yield generalized entropy (α = 2) and Theil (α = 1) of the benefit, whole and between groups.

    The benefit of a person is decision − label + 1: 2 where somebody got what they did not merit, 1 where they got
    what they merited, 0 where they were passed over.

    Parameters
    ----------
    tally : Tally
        The counts by label and decision.
    rng : numpy.random.Generator
        For the bootstrap.
    confidence : float
        Of the percentile intervals.
    replicates : int
        Of the bootstrap.

    Raises
    ------
    AbsentError
        When there are no labels or no decisions.

    References
    ----------
    Speicher et al. (2018), A unified approach to quantifying algorithmic unfairness, KDD; Shorrocks (1984).
    """
    if not (tally.labelled and tally.decided):
        raise AbsentError(SOURCE, "a table without labels and decisions", "a label and a decision column")
    for view in tally.views:
        table = tally.table(*view)
        if not len(table.groups):
            continue
        mass, drawn = table.mass, replicated(table, rng, replicates)
        about = {"sensitive": JOIN.join(view)}
        for name, alpha in (("generalized_entropy", 2.0), ("theil_index", 1.0)):
            flat, flat_ = mass.reshape(*mass.shape[:-2], 4), drawn.reshape(*drawn.shape[:-2], 4)
            benefit = BENEFIT.ravel()
            whole = generalized_entropy(flat.sum(axis=0), benefit, alpha)
            parts = {
                name: (whole, generalized_entropy(flat_.sum(axis=1), benefit, alpha)),
                f"{name}_between_groups": (
                    between_groups(flat, benefit, alpha),
                    between_groups(flat_, benefit, alpha),
                ),
            }
            for measure, (value, again) in parts.items():
                if not np.isfinite(value):
                    because = "nobody has any benefit: all were merited, and passed over"
                    yield Evidence(measure, None, n=int(table.n.sum()), unit="score", about=about, because=because)
                    continue
                low, high = percentile(again[np.isfinite(again)], confidence)
                limits = min(float(low), float(value)), max(float(high), float(value))
                detail: dict[str, float | str] = {
                    "alpha": alpha,
                    "confidence": confidence,
                    "method": "bootstrap percentile",
                }
                yield Evidence(measure, float(value), *limits, int(table.n.sum()), "score", about, SOURCE, "", detail)
