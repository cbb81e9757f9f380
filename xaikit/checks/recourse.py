"""What would have changed a rejection, and is the way longer for one group than for another? Recourse, by group."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.batches import take
from xaikit.compute.plausibility import USUAL
from xaikit.compute.recourse import Answers
from xaikit.compute.recourse_constraints import Constraints
from xaikit.compute.recourse_setting import Setting, complete
from xaikit.compute.refitting import Again, made_again
from xaikit.core.decisions import Decisions
from xaikit.core.evidence import UNKNOWN, Evidence
from xaikit.core.groups import Groups
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target
from xaikit.core.traces import Traces
from xaikit.stats.intervals import wilson
from xaikit.stats.mean_differences import differences, mean_interval

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Detail = Mapping[str, float | int | str | bool | None]
NONE = "no recourse within the stated constraints"
COMPARED = 20
NOBODY = "no recourse within the stated constraints was found for anybody"


def check(
    model: Model,
    inputs: Any,
    population: Any,
    target: Target,
    players: Players,
    decisions: Decisions,
    threshold: float,
    rng: np.random.Generator,
    progress: Progress,
    population_frame: pd.DataFrame | None = None,
    traces: Traces | None = None,
    *,
    immutable: list[str] | None = None,
    only_increase: list[str] | None = None,
    only_decrease: list[str] | None = None,
    bounds: dict[str, tuple[float, float]] | None = None,
    costs: dict[str, float] | None = None,
    linked: dict[str, dict[str, float]] | None = None,
    rows: Annotated[int, Field(ge=1)] = 300,
    donors: Annotated[int, Field(ge=1)] = 1_000,
    answers: Annotated[int, Field(ge=1, le=10)] = 1,
    examples: Annotated[int, Field(ge=0)] = 6,
    retrainings: Annotated[int, Field(ge=0)] | None = None,
    weight_noise: Annotated[float, Field(gt=0)] = 0.05,
    refit: str | None = None,
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95,
) -> Iterator[Evidence]:
    """Search the nearest accepted row within the constraints for rejected people, and compare the cost by group.

    The answer is about the model, never advice: it says what the model would have accepted, not that a person who did
    so would be chosen.

    Parameters
    ----------
    model, inputs, population, target, players
        As an engine takes them; accepted rows of the population are where changes are borrowed from.
    decisions : Decisions
        Of the same rows as `inputs`.
    threshold : float
        The model accepts at or above it.
    rng : numpy.random.Generator
        Draws rejected people and donors.
    progress : Progress
        Told of people answered.
    population_frame : pandas.DataFrame, optional
        The population with its labels, for retraining.
    traces : Traces, optional
        Told what each person's answer costs, for `xaikit compare`.
    immutable, only_increase, only_decrease, bounds, costs, linked
        As in `xaikit.compute.recourse_constraints.Constraints`, numbers in the feature's natural unit. Sensitive
        features are immutable unless `immutable` is given.
    rows : int
        Rejected people searched at most, drawn at random.
    donors : int
        Accepted rows that changes are borrowed from.
    answers : int
        Ways searched a person; with two or more, how different they are is measured.
    examples : int
        People whose answer is printed.
    retrainings : int, optional
        How many models made again are asked about the same answers: fitted on bootstrap samples of the labelled
        population (scikit-learn estimators, and what `refit` fits), or with noise on the weights (torch modules). By
        default ten with noise, and none that must be fitted.
    weight_noise : float
        Standard deviation of that noise, relative to the spread of each tensor of weights.
    refit : str, optional
        `package.module:function` or `file.py:function` that fits `(inputs, labels, seed)` → model; it is executed.
    confidence : float
        Of the intervals.

    Yields
    ------
    Evidence
        `recourse_found` (share with an answer), `recourse_cost` (mean weighted Gower distance over those answered, 1
        being the full range of one feature), `recourse_features_changed` and `recourse_plausibility` (share of
        answers no further from their nearest real rows than 95 % of real rows are from theirs) over all and by group;
        the `recourse_cost_gap` between each group and the one with the least cost, with intervals that hold for all
        pairs at once; `recourse_diversity` (0 to 1, where no two ways share a feature); `recourse_example` for a few;
        `recourse_stability`: the share of answers that models made again accept too.

    References
    ----------
    Ustun, B., Spangher, A. and Liu, Y. (2019). Actionable recourse in linear classification. FAT*.
    Gupta, V. et al. (2019). Equalizing recourse across groups. arXiv:1909.03166.
    """
    constraints = Constraints.declared(
        immutable, only_increase, only_decrease, bounds, costs, linked, _sensitive(decisions, players)
    )
    constraints.check(players.names)
    scores = np.asarray(target(model.predict(inputs)))[:, 0]
    whole = complete(inputs)
    order = rng.permutation(len(scores))  # of everybody: another model is asked about the same people where it can be
    rejected = np.sort(order[((scores < threshold) & whole)[order]][:rows])
    gaps = int(((scores < threshold) & ~whole).sum())
    if not len(rejected):
        because = "a number is missing in each rejected row" if gaps else "nobody was rejected"
        yield Evidence("recourse_found", None, n=0, because=because)
        return
    people = take(inputs, rejected)
    setting = Setting.of(model, population, people, target, players, threshold, constraints, donors, rng)
    own = setting.codes(people)
    found = setting.answers(own, answers, progress)
    if traces is not None:
        traces.note(("recourse_cost",), rejected, np.where(found.found, found.cost[:, 0], np.nan))
    left: Detail = {"left_out_with_gaps": gaps} if gaps else {}
    kept: Detail = {"declared": immutable is not None, "confidence": confidence, "tried": found.tried, **left}
    yield from _measured(found, np.ones(len(own), dtype=bool), {}, confidence, kept)
    for name in decisions.roles.sensitive:
        groups = decisions.groups(name)
        yield from _by_group(found, groups, groups.codes[rejected], confidence, kept)
    yield from _diversity(found, own, confidence)
    yield from _examples(found, own, setting, examples)
    again = made_again(
        *(model, population, population_frame, decisions.roles, retrainings, rng),
        weight_noise=weight_noise,
        refit=refit,
    )
    if isinstance(again, Again) or retrainings:
        yield _stability(again, setting.coding.decode, found, people, target, threshold, scores[rejected], confidence)


def _sensitive(decisions: Decisions, players: Players) -> tuple[str, ...]:
    return tuple(n for n in players.names if n in decisions.roles.sensitive)


def _by_group(
    found: Answers, groups: Groups, codes: NDArray[np.intp], confidence: float, detail: Detail
) -> Iterator[Evidence]:
    costs: dict[str, Floats] = {}
    for i, group in enumerate(groups.names):
        mine = codes == i
        if mine.any() and group != UNKNOWN:
            yield from _measured(found, mine, {"sensitive": groups.name, "group": group}, confidence, detail)
            costs[group] = found.cost[mine & found.found, 0]
    able = {g: c for g, c in costs.items() if len(c) >= COMPARED}
    for group, answered in costs.items():
        if group not in able:  # costs are few and often equal: of three alike, the spread would be nothing
            about = {"sensitive": groups.name, "group": group}
            because = f"fewer than {COMPARED} people of the group have an answer: too few to compare"
            yield Evidence("recourse_cost_gap", None, n=len(answered), about=about, because=because, detail=detail)
    if len(able) < 2:
        return
    best = min(able, key=lambda g: float(able[g].mean()))
    for d in differences(able, confidence):
        if d.reference == best:
            about = {"sensitive": groups.name, "group": d.group, "reference": best}
            yield Evidence("recourse_cost_gap", d.value, d.low, d.high, d.n, "range", about, detail=detail)


def _measured(
    found: Answers, mine: Bools, about: Mapping[str, str], confidence: float, detail: Detail
) -> Iterator[Evidence]:
    n, answered = int(mine.sum()), mine & found.found
    hits = int(answered.sum())
    low, high = _share(hits, n, confidence)
    some = {**detail, "without": n - hits}
    because = "" if hits == n else NONE
    yield Evidence("recourse_found", hits / n, low, high, n, "rate", about, because=because, detail=some)
    for measure, values, unit, floor in (  # no way is free, and every way changes something
        ("recourse_cost", found.cost[:, 0], "range", 0.0),
        ("recourse_features_changed", found.changed[:, 0], "count", 1.0),
    ):
        if not hits:
            yield Evidence(measure, None, n=0, about=about, because=NOBODY, detail=detail)
            continue
        mean, low, high = mean_interval(values[answered].astype(np.float64), confidence)
        least, most = (max(low, floor), high) if hits > 1 and low < high else (None, None)  # a few alike are not sure
        yield Evidence(measure, mean, least, most, hits, unit, about, detail=detail)
    yield _plausibility(found.plausibility[answered, 0], about, confidence)


def _plausibility(given: Floats, about: Mapping[str, str], confidence: float) -> Evidence:
    given = given[~np.isnan(given)]
    if not len(given):
        because = "there is no answer, or there are too few real rows to compare with"
        return Evidence("recourse_plausibility", None, n=0, unit="rate", about=about, because=because)
    usual = int((given >= USUAL).sum())
    low, high = _share(usual, len(given), confidence)
    detail = {"usual": usual, "median": float(np.median(given)), "level": USUAL, "confidence": confidence}
    return Evidence("recourse_plausibility", usual / len(given), low, high, len(given), "rate", about, detail=detail)


def _share(hits: int, n: int, confidence: float) -> tuple[float, float]:
    low, high = (float(v) for v in wilson(np.array(hits), np.array(n), confidence))
    return low, high


def _diversity(found: Answers, own: Floats, confidence: float) -> Iterator[Evidence]:
    if found.cost.shape[1] < 2:
        return
    each = found.diversity(own)
    several = each[~np.isnan(each)]
    if not len(several):
        yield Evidence("recourse_diversity", None, n=0, because="nobody has two answers")
        return
    mean, low, high = mean_interval(several, confidence)
    least, most = (max(low, 0.0), min(high, 1.0)) if len(several) > 1 else (None, None)
    detail = {"ways": float(np.isfinite(found.cost).sum(axis=1)[found.found].mean()), "confidence": confidence}
    yield Evidence("recourse_diversity", mean, least, most, len(several), "ratio", detail=detail)


def _stability(
    again: Again | str,
    decode: Any,
    found: Answers,
    people: Any,
    target: Target,
    threshold: float,
    scores: Floats,
    confidence: float,
) -> Evidence:
    """Return the share of answers that models made again accept too, with an interval over people."""
    rows = found.codes[found.found, 0]
    if isinstance(again, str) or not len(rows):
        because = again if isinstance(again, str) else "there is no answer to ask about"
        return Evidence("recourse_stability", None, unit="rate", because=because)

    def accepted(batch: Any) -> Bools:
        return np.array([np.asarray(target(m.predict(batch)))[:, 0] >= threshold for m in again.models])

    said = accepted(decode(rows))
    mean, low, high = mean_interval(said.mean(axis=0), confidence)
    least, most = (max(low, 0.0), min(high, 1.0)) if len(rows) > 1 else (None, None)
    detail: dict[str, float | int | str] = {
        "made_again": len(again.models),
        "method": again.method,
        "worst": float(said.mean(axis=1).min()),
        # how much being made again moves decisions at all: these people were all rejected by the model itself
        "decisions_changed": float((accepted(people) != (scores >= threshold)).mean()),
        "confidence": confidence,
    }
    return Evidence("recourse_stability", mean, least, most, len(rows), "rate", detail=detail)


def _examples(found: Answers, own: Floats, setting: Setting, examples: int) -> Iterator[Evidence]:
    """Yield a few answers in words, one of somebody without any among them."""
    width, shown = len(str(examples)), list(range(min(examples, len(own))))
    without = np.flatnonzero(~found.found)
    if shown and len(without) and found.found[shown].all():
        shown[-1] = int(without[0])
    for place, i in enumerate(shown):
        about = {"case": f"rejected {place + 1:0{width}d}"}
        if not found.found[i]:
            yield Evidence("recourse_example", None, about=about, because=NONE)
            continue
        changes = setting.coding.changes(own[i], found.codes[i, 0])
        yield Evidence("recourse_example", float(found.cost[i, 0]), n=1, unit="range", about=about, detail=changes)
