"""What would have changed a rejection, and is the way longer for one group than for another? Recourse, by group."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from xaikit.compute.batches import take
from xaikit.compute.coding import Coding
from xaikit.compute.recourse import Answers, Constraints, search
from xaikit.compute.refitting import refitted
from xaikit.core.decisions import Decisions
from xaikit.core.evidence import UNKNOWN, Evidence
from xaikit.core.groups import Groups
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target
from xaikit.stats.intervals import wilson

Floats = NDArray[np.float64]


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
    *,
    immutable: list[str] | None = None,
    only_increase: list[str] | None = None,
    only_decrease: list[str] | None = None,
    bounds: dict[str, tuple[float, float]] | None = None,
    costs: dict[str, float] | None = None,
    linked: dict[str, dict[str, float]] | None = None,
    rows: int = 300,
    donors: int = 1_000,
    examples: int = 6,
    retrainings: int = 0,
    confidence: float = 0.95,
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
    immutable, only_increase, only_decrease, bounds, costs, linked
        As in `xaikit.compute.recourse.Constraints`. Sensitive features are immutable unless `immutable` is given.
    rows : int
        Rejected people searched at most, drawn at random.
    donors : int
        Accepted rows that changes are borrowed from.
    examples : int
        People whose answer is printed.
    retrainings : int
        How often to fit the model again on a bootstrap sample of the labelled population, and ask it about the same
        answers; only estimators with the interface of scikit-learn can be fitted again.
    confidence : float
        Of the intervals.

    Yields
    ------
    Evidence
        `recourse_found` (share with an answer), `recourse_cost` (mean weighted Gower distance over those answered, 1
        being the full range of one feature) and `recourse_features_changed` over all and by group; the
        `recourse_cost_gap` between each group and the one with the least cost; `recourse_example` for a few;
        `recourse_stability`: the share of answers that retrained models accept too.

    References
    ----------
    Ustun, B., Spangher, A. and Liu, Y. (2019). Actionable recourse in linear classification. FAT*.
    Gupta, V. et al. (2019). Equalizing recourse across groups. arXiv:1909.03166.
    """
    fixed = tuple(immutable) if immutable is not None else _sensitive(decisions, players)
    constraints = Constraints(
        fixed, tuple(only_increase or ()), tuple(only_decrease or ()), bounds or {}, costs or {}, linked or {}
    )
    constraints.check(players.names)
    scores = np.asarray(target(model.predict(inputs)))[:, 0]
    rejected = np.sort(rng.permutation(np.flatnonzero(scores < threshold))[:rows])
    if not len(rejected):
        yield Evidence("recourse_found", None, n=0, because="nobody was rejected")
        return
    accepted = np.flatnonzero(np.asarray(target(model.predict(population)))[:, 0] >= threshold)
    pool = np.sort(rng.permutation(accepted)[:donors])
    people = take(inputs, rejected)
    coding = Coding.of(population, players, people)

    def accept(codes: Floats) -> NDArray[np.bool_]:
        return np.asarray(np.asarray(target(model.predict(coding.decode(codes))))[:, 0] >= threshold)

    own = coding.encode(people)
    given = coding.encode(take(population, pool)) if len(pool) else own[:0]
    found = _searched(own, given, accept, coding, constraints, progress)
    declared = {"declared": immutable is not None, "confidence": confidence}
    yield from _measured(found, np.ones(len(own), dtype=bool), {}, confidence, declared)
    for name in decisions.roles.sensitive:
        groups = decisions.groups(name)
        yield from _by_group(found, groups, groups.codes[rejected], confidence, declared)
    yield from _examples(found, own, coding, examples)
    if retrainings:
        again = refitted(model, population, population_frame, decisions.roles, retrainings, rng)
        yield _stability(again, found, coding, target, threshold, confidence)


def _sensitive(decisions: Decisions, players: Players) -> tuple[str, ...]:
    return tuple(n for n in players.names if n in decisions.roles.sensitive)


def _searched(
    own: Floats, donors: Floats, accept: Any, coding: Coding, constraints: Constraints, progress: Progress
) -> Answers:
    """Search in blocks, so that progress can be told."""
    parts = []
    for start in range(0, len(own), 64):
        progress("recourse", start, len(own))
        parts.append(search(own[start : start + 64], donors, accept, coding, constraints))
    progress("recourse", len(own), len(own))
    return Answers(
        np.concatenate([p.codes for p in parts]),
        np.concatenate([p.cost for p in parts]),
        np.concatenate([p.changed for p in parts]),
    )


def _by_group(
    found: Answers, groups: Groups, codes: NDArray[np.intp], confidence: float, detail: Mapping[str, Any]
) -> Iterator[Evidence]:
    costs: dict[str, Floats] = {}
    for i, group in enumerate(groups.names):
        mine = codes == i
        if mine.any() and group != UNKNOWN:
            yield from _measured(found, mine, {"sensitive": groups.name, "group": group}, confidence, detail)
            answered = found.cost[mine & found.found, 0]
            if len(answered) > 1:
                costs[group] = answered
    if len(costs) < 2:
        return
    best = min(costs, key=lambda g: float(costs[g].mean()))
    z = float(norm.isf((1 - confidence) / 2))
    for group, cost in costs.items():
        if group != best:
            gap = float(cost.mean() - costs[best].mean())
            reach = z * float(np.hypot(_error(cost), _error(costs[best])))
            about = {"sensitive": groups.name, "group": group, "reference": best}
            n = len(cost) + len(costs[best])
            yield Evidence("recourse_cost_gap", gap, gap - reach, gap + reach, n, "range", about, detail=detail)


def _measured(
    found: Answers, mine: NDArray[np.bool_], about: Mapping[str, str], confidence: float, detail: Mapping[str, Any]
) -> Iterator[Evidence]:
    n, hits = int(mine.sum()), int((mine & found.found).sum())
    low, high = (float(v) for v in wilson(np.array(hits), np.array(n), confidence))
    yield Evidence("recourse_found", hits / n, low, high, n, "rate", about, detail=detail)
    answered = mine & found.found
    for measure, values in (("recourse_cost", found.cost[:, 0]), ("recourse_features_changed", found.changed[:, 0])):
        kept = values[answered].astype(np.float64)
        if not len(kept):
            because = "no recourse within the stated constraints was found for anybody"
            yield Evidence(measure, None, n=0, about=about, because=because, detail=detail)
            continue
        reach = float(norm.isf((1 - confidence) / 2)) * _error(kept) if len(kept) > 1 else None
        mean = float(kept.mean())
        low_, high_ = (None, None) if reach is None else (mean - reach, mean + reach)
        unit = "range" if measure == "recourse_cost" else "count"
        yield Evidence(measure, mean, low_, high_, len(kept), unit, about, detail=detail)


def _error(values: Floats) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def _stability(
    again: list[Model] | str, found: Answers, coding: Coding, target: Target, threshold: float, confidence: float
) -> Evidence:
    """Return the share of answers that models accept which were fitted again, with an interval over people."""
    rows = found.codes[found.found, 0]
    if isinstance(again, str) or not len(rows):
        because = again if isinstance(again, str) else "there is no answer to ask about"
        return Evidence("recourse_stability", None, unit="rate", because=because)
    answers = coding.decode(rows)
    accepted = np.array([np.asarray(target(m.predict(answers)))[:, 0] >= threshold for m in again])
    share = accepted.mean(axis=0)
    reach = float(norm.isf((1 - confidence) / 2)) * _error(share) if len(share) > 1 else 0.0
    mean = float(share.mean())
    detail = {"retrained": len(again), "confidence": confidence, "worst": float(accepted.mean(axis=1).min())}
    return Evidence("recourse_stability", mean, mean - reach, mean + reach, len(rows), "rate", detail=detail)


def _examples(found: Answers, own: Floats, coding: Coding, examples: int) -> Iterator[Evidence]:
    """Yield a few answers in words: what was, and what the model would have accepted."""
    width = len(str(examples))
    for i in range(min(examples, len(own))):
        about = {"case": f"rejected {i + 1:0{width}d}"}
        if not found.found[i]:
            because = "no recourse within the stated constraints"
            yield Evidence("recourse_example", None, about=about, because=because)
            continue
        new = found.codes[i, 0]
        changes = {
            coding.players.names[p]: f"{coding.shown(p, own[i, p])} → {coding.shown(p, new[p])}"
            for p in map(int, np.flatnonzero(new != own[i]))
        }
        yield Evidence("recourse_example", float(found.cost[i, 0]), n=1, unit="range", about=about, detail=changes)
