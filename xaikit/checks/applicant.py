"""Why was one person decided upon so? Reasons with error bars, the nearest accepted, what would have changed it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaikit.compute.batches import length, take
from xaikit.compute.coding import Coding
from xaikit.compute.masking import masked
from xaikit.compute.recourse import Constraints, search
from xaikit.core.decisions import Decisions
from xaikit.core.errors import DataError, nearest, shown
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.target import Target

Floats = NDArray[np.float64]


def check(
    model: Model,
    inputs: Any,
    population: Any,
    background: Any,
    target: Target,
    players: Players,
    decisions: Decisions,
    threshold: float,
    explain: Callable[..., Explanation],
    rng: np.random.Generator,
    *,
    ids: list[str | int],
    engine: str = "shapley",
    immutable: list[str] | None = None,
    only_increase: list[str] | None = None,
    only_decrease: list[str] | None = None,
    bounds: dict[str, tuple[float, float]] | None = None,
    costs: dict[str, float] | None = None,
    linked: dict[str, dict[str, float]] | None = None,
    answers: int = 3,
    donors: int = 2_000,
) -> Iterator[Evidence]:
    """Explain single decisions by name, each reason with a test that the model truly used it.

    Parameters
    ----------
    model, inputs, population, background, target, players
        As an engine takes them.
    decisions : Decisions
        Of the same rows as `inputs`; `roles.id` names them, else their position does.
    threshold : float
        Decided favourably at or above it.
    explain : callable
        Explains rows as the audited ones are.
    rng : numpy.random.Generator
        Draws donors.
    ids : list
        Who is to be explained.
    engine : str
        That explains.
    immutable, only_increase, only_decrease, bounds, costs, linked
        As in `xaikit.compute.recourse.Constraints`; sensitive features are immutable unless `immutable` is given.
    answers, donors : int
        Ways of recourse, and accepted rows that they borrow from.

    Yields
    ------
    Evidence
        By case: `applicant_score`; `applicant_reason` by feature (attribution with its 95 % interval, and in `detail`
        the `effect` on the score of replacing that feature alone by the background's, whether it has the reason's
        sign and is no smaller than that of the median feature: `faithful`); `applicant_nearest_accepted` (distance;
        `detail` says where that row differs, its numbers moved to a grid so that nobody's row is shown);
        `applicant_recourse`, one for each way.

    Raises
    ------
    DataError
        For an id that no audited row has; the nearest is named.

    References
    ----------
    12 CFR 1002.9(b)(2) (specific principal reasons that were actually considered); Regulation (EU) 2024/1689,
    Article 86; Ustun, B., Spangher, A. and Liu, Y. (2019). Actionable recourse in linear classification. FAT*.
    """
    fixed = tuple(immutable) if immutable is not None else _sensitive(decisions, players)
    constraints = Constraints(
        fixed, tuple(only_increase or ()), tuple(only_decrease or ()), bounds or {}, costs or {}, linked or {}
    )
    rows = _found([str(i) for i in ids], decisions.ids)
    people = take(inputs, rows)
    explanation = explain(people, engine=engine)
    coding = Coding.of(population, players, people)
    own = coding.encode(people)
    accepted = np.flatnonzero(np.asarray(target(model.predict(population)))[:, 0] >= threshold)
    pool = np.sort(rng.permutation(accepted)[:donors])
    given = coding.encode(take(population, pool)) if len(pool) else own[:0]

    def accept(codes: Floats) -> NDArray[np.bool_]:
        return np.asarray(np.asarray(target(model.predict(coding.decode(codes))))[:, 0] >= threshold)

    ways = search(own, given, accept, coding, constraints, answers=answers)
    effects = _effects(model, people, background, target, players)
    for i, name in enumerate(str(n) for n in ids):
        about = {"case": name}
        score = float(explanation.prediction[i, 0])
        kept = {"threshold": threshold, "favourable": score >= threshold, "base": float(explanation.base[i, 0])}
        yield Evidence("applicant_score", score, n=1, unit="score", about=about, detail=kept)
        yield from _reasons(explanation[i], effects[i], coding, own[i], about)
        if score < threshold:
            yield _nearest(own[i], given, coding, about)
            yield from _ways(ways.codes[i], ways.cost[i], own[i], coding, about)


def _found(ids: list[str], known: tuple[str, ...]) -> NDArray[np.intp]:
    place = {name: i for i, name in enumerate(known)}
    for name in ids:
        if name not in place:
            near = nearest(name, known[:100_000])
            hint = f"Did you mean {shown(near)}?" if near else None
            raise DataError(
                "applicant.ids", f"{shown(name)}, which no audited row is called", "an id of the table", hint
            )
    return np.array([place[name] for name in ids], dtype=np.intp)


def _sensitive(decisions: Decisions, players: Players) -> tuple[str, ...]:
    return tuple(n for n in players.names if n in decisions.roles.sensitive)


def _effects(model: Model, people: Any, background: Any, target: Target, players: Players) -> Floats:
    """Return by how much the score falls when one player alone takes the background's values, (people, players)."""
    game = masked(model, people, background, target, players)
    without = ~np.eye(len(players), dtype=bool)
    values = game.values(np.arange(length(people)), without).mean(axis=2)[:, :, 0]
    return np.asarray(game.whole()[:, :1] - values)


def _reasons(
    explanation: Explanation, effect: Floats, coding: Coding, own: Floats, about: Mapping[str, str]
) -> Iterator[Evidence]:
    value = explanation.values[0, :, 0]
    found = explanation[0].margin()
    margin = np.zeros_like(value) if found is None else found[0, :, 0]
    usual = float(np.median(np.abs(effect)))
    for p in map(int, np.argsort(-np.abs(value), kind="stable")):
        faithful = bool(value[p] * effect[p] > 0 and abs(effect[p]) >= usual)
        detail: dict[str, float | str | bool | int | None] = {
            "effect": float(effect[p]),
            "faithful": faithful,
            "shown": coding.shown(p, own[p]),
            "sure": bool(abs(value[p]) > margin[p]),
        }
        low, high = float(value[p] - margin[p]), float(value[p] + margin[p])
        here = {**about, "feature": coding.players.names[p]}
        yield Evidence("applicant_reason", float(value[p]), low, high, 1, "score", here, detail=detail)


def _nearest(own: Floats, accepted: Floats, coding: Coding, about: Mapping[str, str]) -> Evidence:
    if not len(accepted):
        return Evidence("applicant_nearest_accepted", None, about=about, because="nobody was accepted")
    snapped = coding.snapped(accepted)
    away = np.where(coding.ordered, np.abs(snapped - own) / coding.spans(), snapped != own)
    best = int(away.mean(axis=1).argmin())
    detail: dict[str, float | str | bool | int | None] = {
        coding.players.names[p]: f"{coding.shown(p, own[p])} → {coding.shown(p, snapped[best, p])}"
        for p in map(int, np.flatnonzero(snapped[best] != own))
        if coding.shown(p, own[p]) != coding.shown(p, snapped[best, p])
    }
    distance = float(away[best].mean())
    return Evidence("applicant_nearest_accepted", distance, n=1, unit="range", about=about, detail=detail)


def _ways(codes: Floats, cost: Floats, own: Floats, coding: Coding, about: Mapping[str, str]) -> Iterator[Evidence]:
    if not np.isfinite(cost[0]):
        because = "no recourse within the stated constraints"
        yield Evidence("applicant_recourse", None, about={**about, "way": "1"}, because=because)
        return
    for k in np.flatnonzero(np.isfinite(cost)):
        detail: dict[str, float | str | bool | int | None] = {
            coding.players.names[p]: f"{coding.shown(p, own[p])} → {coding.shown(p, codes[k, p])}"
            for p in map(int, np.flatnonzero(codes[k] != own))
        }
        here = {**about, "way": str(k + 1)}
        yield Evidence("applicant_recourse", float(cost[k]), n=1, unit="range", about=here, detail=detail)
