"""Would the decision change if only the sensitive feature were another? Everybody of one group is made of another.

This asks the model, not the world: it changes the columns of the sensitive feature and nothing else. It finds direct
use of the feature; it says nothing of proxies, which keep their values.

A number that `roles.bins` cuts has no one value that stands for a band. A person is given, one after the other, the
values of the ten people of the other band who are nearest in all other features, as in situation testing: the model
is asked as little as can be about what nobody is. Beside it stand the value of the other band nearest to the person's
own, which a smooth use of the number hardly moves, and values from all over the band, whoever has them. All are those
of real people, in whatever columns and units the model takes them.

References
----------
Thanh, B. L., Ruggieri, S. and Turini, F. (2011). k-NN as an implementation of situation testing for discrimination
discovery and prevention. KDD, 502–510. https://doi.org/10.1145/2020408.2020488
Hooker, G., Mentch, L. and Zhou, S. (2021). Unrestricted permutation forces extrapolation. Statistics and Computing
31, 82 (why not any value of the band). https://doi.org/10.1007/s11222-021-10057-z
Datta, A., Sen, S. and Zick, Y. (2016). Algorithmic transparency via quantitative input influence. IEEE S&P, 598–617
(values drawn from the whole band).
Galhotra, S., Brun, Y., Meliou, A. (2017). Fairness testing: testing software for discrimination. ESEC/FSE, 498–510
(causal discrimination). https://doi.org/10.1145/3106237.3106277
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.band_flips import Donors, Others, questions
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
from xaikit.core.traces import Traces
from xaikit.stats.donated import error_of, mean_limits, share_limits

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
    rng: np.random.Generator | None = None,
    traces: Traces | None = None,
    *,
    all_pairs_up_to: int = 4,
    donors: Annotated[int, Field(ge=2, le=100)] = 10,
    rows: Annotated[int, Field(ge=1)] = 1_000,
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95,
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
    rng, traces
        Draws people and donors of bands; told what each person's flip gave, for `xaikit compare`.
    all_pairs_up_to : int
        With more groups than this, pairs are made with the largest group alone.
    donors : int
        Of a band: people whose values each person is given; by how these differ is part of the error.
    rows : int
        Of a band: people asked about, at most.
    confidence : float
        Of the intervals of bands.

    Yields
    ------
    Evidence
        `attribute_flip_to_favourable`, `attribute_flip_to_unfavourable` (share of the rows of `group` that would
        change when they are made `reference`, 0 to 1) and `attribute_flip_score_change` (mean change of score).
        These are counts over the whole population, so there is no interval; of bands, means over people and donors,
        with intervals for both. `detail` then holds the flips `at_the_edge` of the other band, `over_the_whole_band`,
        and `where_comparable`: without those who have nobody like them there (`not_comparable`).
    """
    if length(population) != len(population_frame):
        got = f"{length(population)} rows for the model and {len(population_frame)} in the table"
        raise DataError("attribute_flip", got, "the same rows")
    before: Scores | None = None
    note = traces if traces is not None and traces.rows == length(population) else None
    rng = np.random.default_rng(0) if rng is None else rng
    for feature in decisions.roles.sensitive:
        columns = columns_of(players, feature)
        if len(columns) == 0:
            yield from _unread(feature)
            continue
        groups = decisions.groups(feature, population_frame)
        if before is None:
            before = _scores(model, population, target)
        flip = _Flip(model, population, columns, groups, before, threshold, target, note)
        bands = None
        if feature in decisions.roles.bins:
            values = pd.to_numeric(population_frame[feature]).to_numpy(np.float64, na_value=np.nan)
            order = rng.permutation(len(values))
            others = Others.of(population, players, columns)
            bands = _Bands(others, values, order, donors, rows, confidence, rng)
        pairs = _pairs(groups, all_pairs_up_to)
        if not pairs:
            yield from _nothing(feature, f"no two groups of {feature} are known")
        for done, (group, reference) in enumerate(pairs):
            yield from _pair(flip, group, reference) if bands is None else _banded(flip, bands, group, reference)
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
    traces: Traces | None

    def about(self, group: int, reference: int) -> dict[str, str]:
        names = self.groups.names
        return {"sensitive": self.groups.name, "group": names[group], "reference": names[reference]}

    def note(self, measure: str, about: Mapping[str, str], rows: NDArray[np.intp], values: NDArray[Any]) -> None:
        if self.traces is not None:
            self.traces.note((measure, about["sensitive"], about["reference"]), rows, values)


@dataclass(frozen=True, slots=True)
class _Bands:
    others: Others
    values: Scores
    order: NDArray[np.intp]
    donors: int
    rows: int
    confidence: float
    rng: np.random.Generator


def _pairs(groups: Groups, all_pairs_up_to: int) -> list[tuple[int, int]]:
    sizes = np.bincount(groups.codes[groups.known], minlength=len(groups.names))
    present = [i for i in range(len(groups.names)) if sizes[i]]
    if len(present) <= all_pairs_up_to:
        return list(permutations(present, 2))
    largest = int(sizes.argmax())
    return [pair for i in present if i != largest for pair in ((i, largest), (largest, i))]


def _pair(flip: _Flip, group: int, reference: int) -> Iterator[Evidence]:
    about, names = flip.about(group, reference), flip.groups.names
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
    for measure, changed in zip(
        (TO_FAVOURABLE, TO_UNFAVOURABLE), _turned(before, after, flip.threshold), strict=True
    ):
        flip.note(measure, about, rows, changed)
    yield from _changes(before, after, flip.threshold, about, because)


def _changes(
    before: Scores, after: Scores, threshold: float, about: Mapping[str, str], because: str
) -> Iterator[Evidence]:
    n = len(before)
    yes, then = before >= threshold, after >= threshold
    for measure, changed in zip((TO_FAVOURABLE, TO_UNFAVOURABLE), _turned(before, after, threshold), strict=True):
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


def _turned(before: Scores, after: Scores, threshold: float) -> tuple[Bools, Bools]:
    yes, then = before >= threshold, after >= threshold
    return ~yes & then, yes & ~then


def _banded(flip: _Flip, bands: _Bands, group: int, reference: int) -> Iterator[Evidence]:
    about = flip.about(group, reference)
    mine = bands.order[flip.groups.codes[bands.order] == group]
    rows, band = np.sort(mine[: bands.rows]), np.flatnonzero(flip.groups.codes == reference)
    found = Donors.of(bands.others, bands.values, rows, band, bands.donors, bands.rng)
    before = flip.before[rows]
    after: dict[str, list[Scores]] = {"nearest": [], "edge": [], "levels": []}
    for name, asked in questions(flip.population, rows, flip.columns, found):
        after[name].append(_scores(flip.model, asked, flip.target))
    detail: dict[str, float | int | str | bool | None] = {
        "banded": True,
        "donors": found.nearest.shape[1],
        "people_of_the_band": len(mine),
        "not_comparable": int((~found.comparable).sum()),
        "confidence": bands.confidence,
        "method": "values of the nearest people of the other band; the interval is for people and donors",
    }
    because = _outside(flip.groups.name, int((~found.comparable).sum()), len(rows))
    whole = {k: [_turned(before, a, flip.threshold) for a in v] for k, v in after.items()}
    for i, measure in enumerate((TO_FAVOURABLE, TO_UNFAVOURABLE)):
        turned = {k: np.stack([t[i] for t in v], axis=1).astype(np.float64) for k, v in whole.items()}
        flip.note(measure, about, rows, turned["nearest"].mean(axis=1))
        yield _share(measure, turned, found, about, because, detail)
    change = np.stack(after["nearest"], axis=1) - before[:, None]
    value = float(change.mean())
    limits = mean_limits(value, error_of(change, found.nearest), len(rows), bands.confidence)
    more: dict[str, float | int | str | bool | None] = {
        "at_the_edge": float((after["edge"][0] - before).mean()),
        "over_the_whole_band": float((np.stack(after["levels"], axis=1) - before[:, None]).mean()),
    }
    yield Evidence(SCORE_CHANGE, value, *limits, len(rows), "score", about, SOURCE, because, {**detail, **more})


def _share(
    measure: str,
    turned: Mapping[str, Scores],
    found: Donors,
    about: Mapping[str, str],
    because: str,
    detail: Mapping[str, float | int | str | bool | None],
) -> Evidence:
    each = turned["nearest"].mean(axis=1)
    value, n = float(each.mean()), len(each)
    limits = share_limits(value, error_of(turned["nearest"], found.nearest), n, float(detail["confidence"] or 0.95))
    more: dict[str, float | int | str | bool | None] = {
        "count": round(value * n),
        "at_the_edge": float(turned["edge"].mean()),
        "over_the_whole_band": float(turned["levels"].mean()),
        "where_comparable": float(each[found.comparable].mean()) if found.comparable.any() else None,
    }
    return Evidence(measure, value, *limits, n, "rate", about, SOURCE, because, {**detail, **more})


def _outside(feature: str, alone: int, n: int) -> str:
    because = f"a flip of {feature} alone: what the model does with it, not what people of that band are like"
    if alone:
        because += f"; {alone} of {n} people have nobody like them in that band"
    return because


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
