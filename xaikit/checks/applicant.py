"""Why was one person decided upon so? Reasons with error bars, the nearest accepted, what would have changed it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.batches import take
from xaikit.compute.coding import FEW, Coding
from xaikit.compute.masking import Masked, masked
from xaikit.compute.recourse import Answers
from xaikit.compute.recourse_constraints import Constraints
from xaikit.compute.recourse_setting import Setting, complete
from xaikit.core.decisions import Decisions
from xaikit.core.errors import DataError, nearest, shown
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target

Floats = NDArray[np.float64]
Detail = dict[str, float | int | str | bool | None]
NONE = "no recourse within the stated constraints"
GAP = "a number is missing in this row: ways are searched for complete rows"
PRINCIPAL = 4  # official interpretation of 12 CFR 1002.9(b)(2), comment 1: more are seldom helpful
DRAWS = 20


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
    progress: Progress,
    population_frame: pd.DataFrame | None = None,
    *,
    ids: list[str | int],
    engine: str = "shapley",
    immutable: list[str] | None = None,
    only_increase: list[str] | None = None,
    only_decrease: list[str] | None = None,
    bounds: dict[str, tuple[float, float]] | None = None,
    costs: dict[str, float] | None = None,
    linked: dict[str, dict[str, float]] | None = None,
    answers: Annotated[int, Field(ge=1, le=10)] = 3,
    donors: Annotated[int, Field(ge=1)] = 2_000,
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
    progress : Progress
        Told of people answered.
    population_frame : pandas.DataFrame, optional
        All rows: tells an id that is not audited from one that is not there.
    ids : list
        Who is to be explained.
    engine : str
        That explains.
    immutable, only_increase, only_decrease, bounds, costs, linked
        As in `xaikit.compute.recourse_constraints.Constraints`; sensitive features are immutable unless `immutable`
        is given.
    answers, donors : int
        Ways of recourse, and accepted rows that they borrow from.

    Yields
    ------
    Evidence
        By case: `applicant_score`; `applicant_reason` by feature (attribution with its 95 % interval, and in `detail`
        the `effect` on the score of replacing that feature alone by the background's, whether it has the reason's
        sign and is no smaller than that of the median feature: `faithful`; `principal` are at most four that moved
        the score down beyond doubt and are faithful); `applicant_reasons_together`: the mean score when all principal
        ones are replaced at once, `others` in `detail` when as many others are. Of the rejected also
        `applicant_nearest_accepted` (mean distance to the five nearest accepted; `detail` says where their middle
        differs, so that nobody's row is shown); `applicant_recourse_found` (1 or 0); for each way
        `applicant_recourse` (its cost; `detail` holds the changes) and `applicant_recourse_plausibility` (the share
        of real rows that are at least as far from their nearest others); `applicant_recourse_diversity`.

    Raises
    ------
    DataError
        For an id that no audited row has; the nearest is named.

    References
    ----------
    12 CFR 1002.9(b)(2) (specific principal reasons that were actually considered); Regulation (EU) 2024/1689,
    Article 86; Ustun, B., Spangher, A. and Liu, Y. (2019). Actionable recourse in linear classification. FAT*.
    Domingo-Ferrer, J. and Torra, V. (2005). Ordinal, continuous and heterogeneous k-anonymity through
    microaggregation. Data Mining and Knowledge Discovery 11, 195–212 (the middle of five instead of one row).
    """
    sensitive = tuple(n for n in players.names if n in decisions.roles.sensitive)
    constraints = Constraints.declared(immutable, only_increase, only_decrease, bounds, costs, linked, sensitive)
    names = [str(i) for i in ids]
    people = take(inputs, _found(names, decisions, population_frame))
    setting = Setting.of(model, population, people, target, players, threshold, constraints, donors, rng)
    explanation = explain(people, engine=engine)
    own, scores = setting.codes(people), explanation.prediction[:, 0]
    whole = complete(people)
    rejected = np.flatnonzero((scores < threshold) & whole)
    ways = setting.answers(own[rejected], answers, progress)
    game = masked(model, people, background, target, players)
    effects = _effects(game, len(players))
    for i, name in enumerate(names):
        about = {"case": name}
        kept: Detail = {"threshold": threshold, "base": float(explanation.base[i, 0])}
        kept["favourable"] = bool(scores[i] >= threshold)
        yield Evidence("applicant_score", float(scores[i]), n=1, unit="score", about=about, detail=kept)
        reasons = list(_reasons(explanation[i], effects[i], setting.coding, own[i], about))
        yield from reasons
        yield from _together(game, i, reasons, players, rng, about)
        if scores[i] < threshold and not whole[i]:
            yield Evidence("applicant_recourse_found", None, n=1, unit="rate", about=about, because=GAP)
        elif scores[i] < threshold:
            yield _nearest(own[i], setting.accepted, setting.coding, about)
            yield from _ways(ways, int(np.searchsorted(rejected, i)), own[i], setting.coding, about)


def _found(ids: list[str], decisions: Decisions, frame: pd.DataFrame | None) -> NDArray[np.intp]:
    known = decisions.ids
    place = {name: i for i, name in enumerate(known)}
    spelt = {_spelling(name): i for i, name in enumerate(known)}
    for name in ids:
        if name not in place and _spelling(name) not in spelt:
            raise _unknown(name, decisions, frame)
    return np.array([place.get(name, spelt.get(_spelling(name), -1)) for name in ids], dtype=np.intp)


def _spelling(name: str) -> str:
    """Return an id as it may also be written: 7, 007 and 7.0 are one."""
    text = name.strip()
    head, dot, tail = text.partition(".")
    whole = head if dot and tail.strip("0") == "" else text
    return whole.lstrip("0") or "0" if whole.isdigit() else text


def _unknown(name: str, decisions: Decisions, frame: pd.DataFrame | None) -> DataError:
    got = f"{shown(name)}, which no audited row is called"
    column = decisions.roles.id
    if column is None:
        hint = "To call rows by an id of yours, name its column in audit.yaml: `data: {id: …}`."
        return DataError("applicant.ids", got, f"a row's position, 0 to {len(decisions) - 1}", hint)
    if frame is not None and _spelling(name) in {_spelling(str(v)) for v in frame[column]}:
        return DataError(
            "applicant.ids", f"{shown(name)}, which is in the table but not audited", "a row that data.where keeps"
        )
    near = nearest(name, decisions.ids[:100_000])
    return DataError(
        "applicant.ids",
        got,
        f"a value of the column {shown(column)}",
        f"Did you mean {shown(near)}?" if near else None,
    )


def _effects(game: Masked, players: int) -> Floats:
    """Return by how much the score falls when one player alone takes the background's values, (people, players)."""
    values = game.values(slice(None), ~np.eye(players, dtype=bool)).mean(axis=2)[:, :, 0]
    return np.asarray(game.whole()[:, :1] - values)


def _reasons(
    explanation: Explanation, effect: Floats, coding: Coding, own: Floats, about: Mapping[str, str]
) -> Iterator[Evidence]:
    value = explanation.values[0, :, 0]
    found = explanation.margin()
    margin = np.zeros_like(value) if found is None else found[0, :, 0]
    usual = float(np.median(np.abs(effect)))
    faithful = (value * effect > 0) & (np.abs(effect) >= usual)
    sure = np.abs(value) > margin
    against = [int(p) for p in np.argsort(value, kind="stable") if value[p] < 0 and faithful[p] and sure[p]]
    for p in map(int, np.argsort(-np.abs(value), kind="stable")):
        detail: Detail = {
            "effect": float(effect[p]),
            "faithful": bool(faithful[p]),
            "principal": p in against[:PRINCIPAL],
            "shown": coding.shown(p, own[p]),
            "sure": bool(sure[p]),
        }
        low, high = float(value[p] - margin[p]), float(value[p] + margin[p])
        here = {**about, "feature": coding.players.names[p]}
        yield Evidence("applicant_reason", float(value[p]), low, high, 1, "score", here, detail=detail)


def _together(
    game: Masked,
    row: int,
    reasons: list[Evidence],
    players: Players,
    rng: np.random.Generator,
    about: Mapping[str, str],
) -> Iterator[Evidence]:
    """Yield the mean score without the principal reasons, beside that without as many others drawn at random."""
    named = [players.names.index(e.about["feature"]) for e in reasons if e.detail["principal"]]
    rest = [p for p in range(len(players)) if p not in named]
    if not named or len(rest) < len(named):
        return
    masks = np.ones((1 + DRAWS, len(players)), dtype=bool)
    masks[0, named] = False
    for mask in masks[1:]:
        mask[rng.permutation(rest)[: len(named)]] = False
    scores = game.values(np.array([row]), masks)[0, :, :, 0].mean(axis=1)
    detail: Detail = {"reasons": len(named), "others": float(scores[1:].mean()), "draws": DRAWS}
    yield Evidence("applicant_reasons_together", float(scores[0]), n=1, unit="score", about=about, detail=detail)


def _nearest(own: Floats, accepted: Floats, coding: Coding, about: Mapping[str, str]) -> Evidence:
    """Return how far the nearest accepted are, and where the middle of five of them differs; nobody's own row."""
    if len(accepted) < FEW:
        because = f"fewer than {FEW} were accepted: what they have would point at one of them"
        return Evidence("applicant_nearest_accepted", None, about=about, because=because)
    away = np.where(coding.ordered, np.abs(accepted - own) / coding.spans(), accepted != own).mean(axis=1)
    near = np.argsort(away, kind="stable")[:FEW]
    middle = np.array([_middle(coding, p, accepted[near, p], own[p]) for p in range(len(own))])
    detail: Detail = {**coding.changes(own, middle)}
    distance = float(away[near].mean())
    return Evidence("applicant_nearest_accepted", distance, n=FEW, unit="range", about=about, detail=detail)


def _middle(coding: Coding, player: int, values: Floats, own: float) -> float:
    if coding.ordered[player]:
        return own if np.median(values) == own else float(coding.on_grid(player, np.median(values, keepdims=True))[0])
    codes, counts = np.unique(values[~coding.rare[player][values.astype(np.intp)]], return_counts=True)
    return float(codes[counts.argmax()]) if len(codes) else own


def _ways(ways: Answers, i: int, own: Floats, coding: Coding, about: Mapping[str, str]) -> Iterator[Evidence]:
    found = bool(ways.found[i])
    because = "" if found else NONE
    yield Evidence("applicant_recourse_found", float(found), n=1, unit="rate", about=about, because=because)
    if not found:
        yield Evidence("applicant_recourse", None, about={**about, "way": "1"}, because=NONE)
        return
    for k in map(int, np.flatnonzero(np.isfinite(ways.cost[i]))):
        detail: Detail = {**coding.changes(own, ways.codes[i, k])}
        here, usual = {**about, "way": str(k + 1)}, ways.plausibility[i, k]
        yield Evidence("applicant_recourse", float(ways.cost[i, k]), n=1, unit="range", about=here, detail=detail)
        if np.isfinite(usual):
            yield Evidence("applicant_recourse_plausibility", float(usual), n=1, unit="share", about=here)
    unlike = ways.diversity(np.broadcast_to(own, (len(ways.cost), len(own))))[i]
    if np.isfinite(unlike):
        yield Evidence("applicant_recourse_diversity", float(unlike), n=1, unit="ratio", about=about)
