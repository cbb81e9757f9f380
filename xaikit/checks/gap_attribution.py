"""Through which features does the gap between two groups pass? The gap in score and in decision, split exactly."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from xaikit.compute.batches import length, take
from xaikit.compute.masking import masked
from xaikit.core.decisions import Decisions
from xaikit.core.evidence import JOIN, UNKNOWN, Evidence
from xaikit.core.groups import Groups
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
OUTPUTS = ("score", "decision")
REST = "the rest"


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """What each feature added, on every row, along random orders that start from random people.

    Parameters
    ----------
    added : float array, shape (walks, rows, players, 2)
        Mean over one random order and its reverse, of the change in score and in decision, when the feature's value
        goes from the background person's to the row's own.
    outcome : float array, shape (rows, 2)
        Score and decision of the rows themselves.
    starts : int array, shape (walks,)
        The background person from whom each walk starts.
    """

    added: Floats
    outcome: Floats
    starts: NDArray[np.intp]


def check(
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players,
    decisions: Decisions,
    threshold: float,
    rng: np.random.Generator,
    progress: Progress,
    *,
    rows: int = 20_000,
    walks: int = 64,
    confidence: float = 0.95,
    reference: dict[str, str] | None = None,
    against: Literal["reference", "rest", "both"] = "both",
) -> Iterator[Evidence]:
    """Split the gap between each group and the reference over the features, so that the parts sum to it.

    The difference in mean outcome of two groups is exactly the sum over features of the difference in their mean
    Shapley values, because the values of every row sum to its outcome less the same base. The decision is split as
    the score is: the thresholded score is a function of the inputs too. It is a statement about the model, not about
    why the groups differ in the world.

    Parameters
    ----------
    model, inputs, background, target, players
        As an engine takes them.
    decisions : Decisions
        Of the same rows as `inputs`.
    threshold : float
        Decided favourably at or above it.
    rng : numpy.random.Generator
        Draws orders, background people and, where there are too many, rows.
    progress : Progress
        Told of walks done.
    rows : int
        At most so many rows are walked, drawn at random.
    walks : int
        Random orders, each from a random background person and walked forth and back.
    confidence : float
        Of the intervals, which hold the draw of rows, of orders and of background people; pointwise.
    reference : mapping, optional
        The group to compare with, by sensitive feature; by default the one with the highest mean decision.
    against : {"reference", "rest", "both"}
        Compare each group with that one, with all others together, or with both; of two groups the rest is the other.

    Yields
    ------
    Evidence
        `gap_attribution` (in units of score, and of selection rate; of the latter alone for intersections) by
        sensitive, group, reference, output and feature; `gap` by the first four; `gap_attribution_residual`: the gap
        of all rows less the sum of the parts.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games.
    Castro, J., Gómez, D. and Tejada, J. (2009). Polynomial calculation of the Shapley value based on sampling.
    Begley, T. et al. (2020). Explainability for fair machine learning. arXiv:2010.07389.
    """
    sensitive = [decisions.groups(name) for name in decisions.roles.sensitive]
    for depth in range(2, len(sensitive) + 1):
        sensitive += [
            _crossed(list(some)) for some in combinations(sensitive[: len(decisions.roles.sensitive)], depth)
        ]
    if not sensitive:
        return
    chosen = np.sort(rng.permutation(len(decisions))[:rows])
    both = Target("score and decision", OUTPUTS, lambda y: _score_and_decision(target(y), threshold))
    everyone = np.asarray(both(model.predict(inputs)), dtype=np.float64)
    walked = _walk(model, take(inputs, chosen), background, both, players, walks, rng, progress)
    z = float(norm.isf((1 - confidence) / 2))
    for groups in sensitive:
        best = (reference or {}).get(groups.name) or _best(groups, everyone[:, 1])
        if best not in groups.names:
            continue
        for about, pair in _pairs(groups, best, against):
            yield from _split(about, pair, walked, everyone, chosen, players, decisions, z, confidence)


def _pairs(groups: Groups, best: str, against: str) -> Iterator[tuple[dict[str, str], tuple[Bools, Bools]]]:
    """Yield each group with the reference, and with all others together where that is something else."""
    known = [g for g in groups.names if g != UNKNOWN]
    for group in known:
        mine = groups.codes == groups.names.index(group)
        about = {"sensitive": groups.name, "group": group}
        if against != "rest" and group != best:
            yield {**about, "reference": best}, (mine, groups.codes == groups.names.index(best))
        crossed = JOIN in groups.name  # of which there can be many: against the rest only when it is asked for
        if against == "rest" or (against == "both" and len(known) > 2 and not crossed):
            yield {**about, "reference": REST}, (mine, groups.known & ~mine)


def _score_and_decision(score: Any, threshold: float) -> Any:
    both = score.repeat(1, 2) if hasattr(score, "detach") else np.repeat(np.asarray(score, dtype=np.float64), 2, 1)
    both[:, 1] = both[:, 1] >= threshold
    return both


def _walk(
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players,
    walks: int,
    rng: np.random.Generator,
    progress: Progress,
) -> Walks:
    n, people = len(players), length(background)
    added = np.zeros((walks, length(inputs), n, 2))
    starts = np.concatenate([rng.permutation(people) for _ in range(-(-walks // people))])[:walks]
    outcome = np.asarray(target(model.predict(inputs)), dtype=np.float64)
    for w, start in enumerate(starts):
        progress("gap attribution", w, walks)
        order = rng.permutation(n)
        game = masked(model, inputs, take(background, np.array([start])), target, players)
        masks = np.zeros((n + 1, n), dtype=bool)
        for i, player in enumerate(order):
            masks[i + 1 :, player] = True
        inner = masks[1:-1]
        values = game.values(slice(None), np.concatenate([inner, ~inner]))[:, :, 0]
        base = np.broadcast_to(game.nobody(), (len(outcome), 2))[:, None]
        forth = np.concatenate([base, values[:, : n - 1], outcome[:, None]], axis=1)
        back = np.concatenate([outcome[:, None], values[:, n - 1 :], base], axis=1)
        added[w][:, order] = (np.diff(forth, axis=1) - np.diff(back, axis=1)) / 2
    progress("gap attribution", walks, walks)
    return Walks(added, outcome, starts)


def _split(
    about: dict[str, str],
    pair: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    walked: Walks,
    everyone: Floats,
    chosen: NDArray[np.intp],
    players: Players,
    decisions: Decisions,
    z: float,
    confidence: float,
) -> Iterator[Evidence]:
    all_mine, all_other = pair
    mine, other = all_mine[chosen], all_other[chosen]
    gap = everyone[all_mine].mean(axis=0) - everyone[all_other].mean(axis=0)
    parts = walked.added[:, mine].mean(axis=1) - walked.added[:, other].mean(axis=1)
    each = walked.added.mean(axis=0)
    variance = _of_mean(_by_person(parts, walked.starts)) + _of_mean(each[mine]) + _of_mean(each[other])
    value, error = parts.mean(axis=0), np.sqrt(variance)
    n = int(all_mine.sum() + all_other.sum())
    spread = np.sqrt(_of_mean(everyone[all_mine]) + _of_mean(everyone[all_other]))
    # of intersections there can be many: the decision is what counts
    brief = JOIN in about["sensitive"]
    for o, output in enumerate(OUTPUTS):
        if brief and output == "score":
            continue
        here, unit = {**about, "output": output}, "score" if output == "score" else "rate"
        low, high = gap[o] - z * spread[o], gap[o] + z * spread[o]
        yield Evidence(
            "gap", float(gap[o]), float(low), float(high), n, unit, here, detail={"confidence": confidence}
        )
        for p, name in enumerate(players.names):
            yield Evidence(
                "gap_attribution",
                float(value[p, o]),
                float(value[p, o] - z * error[p, o]),
                float(value[p, o] + z * error[p, o]),
                int(mine.sum() + other.sum()),
                unit,
                {**here, "feature": name},
                detail={
                    "confidence": confidence,
                    "standing": _standing(name, players, decisions),
                },
            )
        yield Evidence("gap_attribution_residual", float(gap[o] - value[:, o].sum()), n=n, unit=unit, about=here)


def _by_person(parts: Floats, starts: NDArray[np.intp]) -> Floats:
    """Return the mean of the walks from each background person; the walks themselves where there is one person."""
    people, who = np.unique(starts, return_inverse=True)
    if len(people) in (1, len(starts)):
        return parts
    out = np.zeros((len(people), *parts.shape[1:]))
    np.add.at(out, who, parts)
    return np.asarray(out / np.bincount(who)[:, None, None])


def _of_mean(values: Floats) -> Floats:
    """Return the variance of the mean over rows; infinite for a single row."""
    n = len(values)
    return np.asarray(values.var(axis=0, ddof=1) / n if n > 1 else np.full(values.shape[1:], np.inf))


def _standing(name: str, players: Players, decisions: Decisions) -> str:
    return decisions.roles.standing(name, *(players.columns[i] for i in players.members(players.names.index(name))))


def _best(groups: Groups, decided: Floats) -> str:
    known = [(decided[groups.codes == i].mean(), name) for i, name in enumerate(groups.names) if name != UNKNOWN]
    return max(known)[1] if known else UNKNOWN


def _crossed(features: list[Groups]) -> Groups:
    names = [JOIN.join(f.names[c] for f, c in zip(features, row, strict=True)) for row in _rows(features)]
    known = np.logical_and.reduce([f.known for f in features])
    table = sorted({n for n, k in zip(names, known, strict=True) if k})
    place = {n: i for i, n in enumerate(table)}
    codes = np.array([place[n] if k else len(table) for n, k in zip(names, known, strict=True)], dtype=np.intp)
    return Groups(JOIN.join(f.name for f in features), codes, tuple(table) if known.all() else (*table, UNKNOWN))


def _rows(features: list[Groups]) -> list[tuple[int, ...]]:
    return list(zip(*(f.codes.tolist() for f in features), strict=True))
