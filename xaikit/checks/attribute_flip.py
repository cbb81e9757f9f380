"""Would the decision change if only the sensitive feature were another? Everybody of one group is made of another.

This asks the model, not the world: it changes the columns of the sensitive feature and nothing else. It finds direct
use of the feature; it says nothing of proxies, which keep their values.

References
----------
Galhotra, S., Brun, Y., Meliou, A. (2017). Fairness testing: testing software for discrimination. ESEC/FSE, 498–510
(causal discrimination). https://doi.org/10.1145/3106237.3106277
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.compute.batches import length, take
from xaikit.compute.flips import columns_of, pattern_of, replaced
from xaikit.core.decisions import Decisions
from xaikit.core.errors import DataError
from xaikit.core.evidence import Evidence
from xaikit.core.groups import Groups
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress, silent
from xaikit.core.target import Target

Bools = NDArray[np.bool_]
Scores = NDArray[np.float64]
TO_FAVOURABLE, TO_UNFAVOURABLE = "attribute_flip_to_favourable", "attribute_flip_to_unfavourable"
SCORE_CHANGE = "attribute_flip_score_change"
SOURCE = "attribute_flip"


def check(
    model: Model,
    population: Any,
    population_frame: pd.DataFrame,
    decisions: Decisions,
    players: Players,
    threshold: float,
    target: Target,
    progress: Progress = silent,
    *,
    all_pairs_up_to: int = 4,
) -> Iterator[Evidence]:
    """Count the decisions that change when one group's sensitive feature takes another group's value.

    Parameters
    ----------
    model : Model
        Asked once for everybody, and once for every pair of groups.
    population : array or table, shape (n, columns)
        Every row of the table, as the model takes them.
    population_frame : pandas.DataFrame
        The same rows, with the columns of the sensitive features.
    decisions : Decisions
        For the roles of the columns.
    players : Players
        Which columns belong to a sensitive feature: the column of its name, or the group of its name.
    threshold : float
        A score at or above it is a favourable decision.
    target : Target
        The favourable score.
    progress : Progress
        Told after every pair.
    all_pairs_up_to : int
        With more groups than this, pairs are made with the largest group alone.

    Yields
    ------
    Evidence
        `attribute_flip_to_favourable`, `attribute_flip_to_unfavourable` (share of the rows of `group` that would
        change when they are made `reference`, 0 to 1) and `attribute_flip_score_change` (mean change of score).
        These are counts over the whole population, so there is no interval.
    """
    if length(population) != len(population_frame):
        got = f"{length(population)} rows for the model and {len(population_frame)} in the table"
        raise DataError("attribute_flip", got, "the same rows")
    before: Scores | None = None
    for feature in decisions.roles.sensitive:
        columns = columns_of(players, feature)
        if len(columns) == 0:
            yield from _unread(feature)
            continue
        groups = decisions.groups(feature, population_frame)
        if before is None:
            before = _scores(model, population, target)
        flip = _Flip(model, population, columns, groups, before, threshold, target)
        pairs = _pairs(groups, all_pairs_up_to)
        if not pairs:
            yield from _nothing(feature, f"no two groups of {feature} are known")
        for done, (group, reference) in enumerate(pairs):
            yield from _pair(flip, group, reference)
            progress(f"flipping {feature}", done + 1, len(pairs))


@dataclass(frozen=True, slots=True)
class _Flip:
    model: Model
    population: Any
    columns: NDArray[np.intp]
    groups: Groups
    before: Scores
    threshold: float
    target: Target


def _pairs(groups: Groups, all_pairs_up_to: int) -> list[tuple[int, int]]:
    sizes = np.bincount(groups.codes[groups.known], minlength=len(groups.names))
    present = [i for i in range(len(groups.names)) if sizes[i]]
    if len(present) <= all_pairs_up_to:
        return list(permutations(present, 2))
    largest = int(sizes.argmax())
    return [pair for i in present if i != largest for pair in ((i, largest), (largest, i))]


def _pair(flip: _Flip, group: int, reference: int) -> Iterator[Evidence]:
    names = flip.groups.names
    about = {"sensitive": flip.groups.name, "group": names[group], "reference": names[reference]}
    rows = np.flatnonzero(flip.groups.codes == group)
    own, other = (pattern_of(flip.population, flip.columns, flip.groups, g) for g in (group, reference))
    if isinstance(other, str):
        yield Evidence(TO_FAVOURABLE, None, n=len(rows), unit="rate", about=about, source=SOURCE, because=other)
        return
    because = ""
    before = flip.before[rows]
    if not isinstance(own, str) and np.array_equal(own, other):
        because = f"the model reads {names[group]} and {names[reference]} as the same value"
        after = before
    else:
        after = _scores(flip.model, replaced(take(flip.population, rows), flip.columns, other), flip.target)
    yield from _changes(before, after, flip.threshold, about, because)


def _changes(
    before: Scores, after: Scores, threshold: float, about: Mapping[str, str], because: str
) -> Iterator[Evidence]:
    n = len(before)
    yes, then = before >= threshold, after >= threshold
    for measure, changed in ((TO_FAVOURABLE, ~yes & then), (TO_UNFAVOURABLE, yes & ~then)):
        count = int(changed.sum())
        detail = {"count": count, "favourable_before": int(yes.sum()), "favourable_after": int(then.sum())}
        yield Evidence(measure, count / n, None, None, n, "rate", about, SOURCE, because, detail)
    change = after - before
    detail_of_change = {
        "largest": float(change[np.abs(change).argmax()]),
        "share_up": float((change > 0).mean()),
        "share_down": float((change < 0).mean()),
    }
    yield Evidence(
        SCORE_CHANGE, float(change.mean()), None, None, n, "score", about, SOURCE, because, detail_of_change
    )


def _scores(model: Model, rows: Any, target: Target) -> Scores:
    return np.asarray(target(model.predict(rows))[:, 0], dtype=np.float64)


def _unread(feature: str) -> Iterator[Evidence]:
    return _nothing(
        feature,
        f"the model does not read {feature}; flipping it cannot change a decision. That says nothing about proxies",
    )


def _nothing(feature: str, because: str) -> Iterator[Evidence]:
    for measure in (TO_FAVOURABLE, TO_UNFAVOURABLE):
        yield Evidence(measure, None, unit="rate", about={"sensitive": feature}, source=SOURCE, because=because)
