"""Manipulation: does the model behave otherwise on the mixed rows that explanations ask about.

A scaffold around a biased model can recognise rows that do not occur, and answer them harmlessly: the explanation is
then of the harmless part. Two things are measured. How well mixed rows can be told from real ones bounds what a
scaffold could do. And *twins*, regressions on the model's answers to real rows alone, are explained beside the model:
what an honest model does on real rows and what its explanation says agree, a scaffold's do not. A model may know its
rows by heart, which is honest; so the twins, too, know by heart what no regression can tell of the answers. There are
several honest ways from the same answers to rows that do not occur; the nearest counts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.optimize import nnls
from scipy.sparse.csgraph import connected_components
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from xaikit.compute.batches import length, take
from xaikit.compute.coordinates import codes_like
from xaikit.compute.masking import Masked, masked
from xaikit.core.evidence import Evidence
from xaikit.core.model import Model, ModelCard
from xaikit.core.players import Players
from xaikit.core.target import Target, every_output
from xaikit.stats.association import associations
from xaikit.stats.permutations import balanced, contributions, orders

Floats = NDArray[np.float64]
TREES: tuple[dict[str, Any], ...] = ({"max_iter": 100}, {"max_iter": 60, "max_leaf_nodes": 6, "min_samples_leaf": 30})
BACKGROUND, MASKS, CORRELATED, TWINS, KERNEL, REPLICATES = 100, 100, 0.6, 4, 200, 200
HEART = 40  # trees, grown to the end, that know the rows by heart
PARTS = ("large trees", "small trees", "smooth")
WAYS = ("all", *PARTS, "one tree by heart", "random trees by heart")
UNITS = {"mixed_row_auc": "AUC", "twin_fidelity": "R²", "twin_disagreement": "share"}


def check(
    model: Model,
    population: Any,
    target: Target,
    players: Players,
    rng: np.random.Generator,
    *,
    rows: Annotated[int, Field(ge=100)] = 3000,
    explained: Annotated[int, Field(ge=10)] = 100,
    count: Annotated[int, Field(ge=10)] = 32,
) -> Iterator[Evidence]:
    """Measure how separable mixed rows are, and how far the model's explanation is from that of its twin.

    Simulated against the bound .2 of the profile `explanation_trust` (both limits above it: FAIL; one: INCONCLUSIVE).
    Honest models are of nine kinds in the tests and six in the study, three of which know their rows by heart.
    Scaffolds are by the recipe of Slack et al., five a table. The study, its tables and its bounds (honest: FAIL in
    at most 5 %, INCONCLUSIVE in at most 10 %; scaffolds that hide .3 or more: FAIL in at least 90 %) were written
    down before (`tests/checks/manipulation_study.py`).

    ==============================================================  ====  ============  ====
    verdict                                                         PASS  INCONCLUSIVE  FAIL
    ==============================================================  ====  ============  ====
    honest, in the tests: breast, diabetes, synthetic                 27             0     0
    round 1, two seeds, method before the last change: honest         53             7     0
    round 1: scaffolds that hide .3 or more                            0             0    44
    round 2, three seeds, other tables: honest                        87             0     3
    round 2: scaffolds that hide .3 or more                            1             1    62
    round 2: scaffolds that hide less                                 10             1     0
    ==============================================================  ====  ============  ====

    Round 1 failed its bound of 10 % and was broken off; since then the nearest twin counts, which takes some power
    too: a scaffold of round 1 that hides .46 of its rule on 178 wines is now INCONCLUSIVE.

    Falsely caught: a nearest neighbour where one feature tells all (credit cards, each seed). Not seen: what hides
    little; a rule rarer than the real rows that its own detector mistakes (1.5 % of people); a scaffold that answers
    13 to 15 % of real rows by the harmless feature; and a shift among features associated by .6, which count as one.

    Parameters
    ----------
    model, target
        What is explained.
    population : array or table
        Real rows.
    players : Players
        Features, as explanations mix them.
    rng : numpy.random.Generator
        Draws everything.
    rows : int
        At most this many real rows train the twin and the discriminator.
    explained : int
        Rows on which model and twin are explained, by the same mixed rows for both.
    count : int
        Antithetic orders a row, each before one real row.

    Yields
    ------
    Evidence
        `mixed_row_auc` (.5: mixed rows look real), `twin_fidelity` (R² of the twins on real rows that they did not
        see), and `twin_disagreement` (total variation distance between the two distributions of importance over the
        features: 0 the same, 1 nothing in common; associated features count as one), with limits by the basic
        bootstrap over rows and twins.

    References
    ----------
    Slack, D. et al. (2020). Fooling LIME and SHAP: adversarial attacks on post hoc explanation methods. AIES.
    """
    real = take(population, rng.permutation(length(population))[:rows])
    if length(real) < 100 or len(players) < 2:
        for measure, unit in UNITS.items():
            yield Evidence(measure, None, n=length(real), unit=unit, because="needs 100 rows and two features")
        return
    half = length(real) // 2
    learn, held = take(real, np.arange(half)), take(real, np.arange(half, length(real)))
    codes = codes_like(real)
    yield Evidence("mixed_row_auc", _separable(learn, held, codes, players, rng), n=length(real), unit="AUC")
    answers = np.asarray(target(model.predict(real)), dtype=np.float64)[:, 0]
    if not answers.std():
        for measure in ("twin_fidelity", "twin_disagreement"):
            yield Evidence(measure, None, n=length(real), unit=UNITS[measure], because="everybody has the same score")
        return
    found = _learnt(codes, answers, real)
    yield Evidence("twin_fidelity", found.fidelity, n=length(real), unit="R²")
    together = _correlated(codes(real), players)
    chosen, behind = take(held, slice(0, explained)), take(learn, slice(0, BACKGROUND))
    order = orders(len(players), count, rng)
    dealt = balanced(count, length(behind), rng)

    def explain(asked: Model, outputs: Target) -> Floats:
        return _attributions(masked(asked, chosen, behind, outputs, players), order, dealt, together)

    parts = np.stack([explain(twin, every_output(PARTS)) for twin in found.twins])
    regressions = parts @ found.ways + explain(found.rest, every_output(WAYS[:-2]))
    by_heart = explain(found.by_heart, every_output(WAYS[-2:]))
    other = np.concatenate([regressions, np.broadcast_to(by_heart, (*regressions.shape[:-1], 2))], axis=-1)
    yield _disagreement(np.abs(explain(model, target)[..., 0]), np.abs(other), together, found.fidelity, rng)


def _correlated(real: Floats, players: Players) -> Players:
    """Return players in which features that stand in for each other are one.

    Which of two correlated features an honest model reads cannot be seen on real rows; the twin may read the other.
    """
    linked = associations(real[:, : len(players.columns)]) > CORRELATED
    linked |= players.owner[:, None] == players.owner[None, :]
    _, label = connected_components(linked)
    groups: dict[str, list[str]] = {}
    for column, cluster in zip(players.columns, label, strict=True):
        groups.setdefault(f"cluster {cluster}", []).append(column)
    named = {
        " + ".join(dict.fromkeys(players.names[players.owner[players.columns.index(c)]] for c in members)): members
        for members in groups.values()
    }
    return Players.of(players.columns, {k: v for k, v in named.items() if len(v) > 1})


def _disagreement(
    own: Floats, other: Floats, players: Players, fidelity: float, rng: np.random.Generator
) -> Evidence:
    """Compare importance (rows, features) with that of the nearest way to be a twin (twins, rows, features, ways).

    Noise alone makes two distributions differ; the basic bootstrap over rows and twins takes that from both limits.
    """
    apart = [_moved(own.mean(axis=0), way)[0] for way in other.mean(axis=(0, 1)).T]
    nearest = int(np.argmin(apart))
    other = other[..., nearest]
    twins, rows, _ = other.shape
    value, gap = _moved(own.mean(axis=0), other.mean(axis=(0, 1)))
    draws = []
    for _ in range(REPLICATES):
        row, twin = rng.integers(0, rows, rows), rng.integers(0, twins, twins)
        draws.append(_moved(own[row].mean(axis=0), other[twin][:, row].mean(axis=(0, 1)))[0])
    low, high = (max(0.0, 2 * value - float(np.quantile(draws, q))) for q in (0.975, 0.025))
    detail: dict[str, float | int | str | bool | None] = {
        "confidence": 0.95,
        "method": "basic bootstrap over rows and twins",
        "twin_fidelity": fidelity,
        "nearest_twin": WAYS[nearest],
        "shown_more_than_used": players.names[int(gap.argmax())],
        "used_more_than_shown": players.names[int(gap.argmin())],
    }
    return Evidence("twin_disagreement", value, low, high, rows, "share", detail=detail)


def _moved(own: Floats, other: Floats) -> tuple[float, Floats]:
    """Return the total variation distance of two importances, and the gap of each feature's share."""
    gap = own / (own.sum() or 1) - other / (other.sum() or 1)
    return float(np.abs(gap).sum() / 2), gap


def _attributions(game: Masked, order: NDArray[np.intp], behind: NDArray[np.intp], together: Players) -> Floats:
    """Return the Shapley values of each row, summed over the players of each cluster, (rows, clusters, outputs)."""
    whole, nobody = game.whole(), game.nobody()
    each = contributions(
        lambda rows, masks, at: game.values(rows, masks, at)[:, :, 0],
        np.arange(len(whole)),
        order,
        behind,
        whole,
        nobody,
    )
    cluster = np.zeros((len(together), each.shape[2]))
    cluster[together.owner, game.owner] = 1
    return np.asarray(np.einsum("rpo,cp->rco", each.mean(axis=1), cluster))


def _separable(
    learn: Any, held: Any, codes: Callable[[Any], Floats], players: Players, rng: np.random.Generator
) -> float:
    """Return how well trees that saw one half of the rows tell mixed rows from real ones in the other half."""
    sides = []
    for real in (learn, held):
        true = codes(real)
        game = masked(_Codes(codes), real, real, every_output([str(i) for i in range(true.shape[1])]), players)
        mixed = []
        for few in np.array_split(rng.permutation(length(real)), MASKS):  # a mask and a background row for each part
            mask = rng.random((1, len(players))) < rng.random()
            mixed.append(game.values(few, mask, rng.integers(0, length(real), 1))[:, 0, 0])
        sides.append((np.concatenate([true, *mixed]), np.repeat([0, 1], length(real))))
    trees = HistGradientBoostingClassifier(
        max_iter=100, early_stopping=False, random_state=0, class_weight="balanced"
    )
    trees.fit(*sides[0])
    return float(roc_auc_score(sides[1][1], trees.predict_proba(sides[1][0])[:, 1]))


class _Codes:
    """Answers rows with themselves, so that mixed rows can be looked at."""

    card = ModelCard("rows as numbers", "function")

    def __init__(self, codes: Callable[[Any], Floats]) -> None:
        self._codes = codes

    def predict(self, rows: Any) -> Floats:
        """Return the rows as numbers, (n, columns)."""
        return self._codes(rows)


class _Parts:
    """Answers with what each of several regressions answers."""

    card = ModelCard("twin", "function")

    def __init__(self, codes: Callable[[Any], Floats], parts: list[Any]) -> None:
        self._codes, self._parts = codes, parts

    def predict(self, rows: Any) -> Floats:
        """Return the answers, (n, outputs of all parts)."""
        known = self._codes(rows)
        return np.column_stack([part.predict(known) for part in self._parts])


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What answers real rows as the model does: regressions, ways to combine their parts, what is learnt by heart.

    `ways` (PARTS, ways) is how much of each part a way has; `rest` answers what each of these leaves of the rows.
    """

    twins: list[_Parts]
    ways: Floats
    rest: _Parts
    by_heart: _Parts
    fidelity: float


def _learnt(codes: Callable[[Any], Floats], answers: Floats, real: Any) -> _Learnt:
    """Learn the answers to real rows: by parts weighed by their worth on rows not seen, by one alone, by heart."""
    twins, guess = _twins(codes, answers, real)
    mean, centre, known = answers.mean(), guess.mean(axis=0), codes(real)
    weights, _ = nnls(guess - centre, answers - mean)
    likely = np.column_stack([mean + (guess - centre) @ weights, guess])
    grown = ExtraTreesRegressor(HEART, random_state=0)
    rest = clone(grown).fit(known, answers[:, None] - likely)
    alone = [trees.fit(known, answers) for trees in (DecisionTreeRegressor(random_state=0), grown)]
    ways = np.column_stack([weights, np.eye(len(PARTS))])
    fidelity = float(r2_score(answers, likely[:, 0]))
    return _Learnt(twins, ways, _Parts(codes, [rest]), _Parts(codes, alone), fidelity)


def _twins(codes: Callable[[Any], Floats], answers: Floats, real: Any) -> tuple[list[_Parts], Floats]:
    """Return twins that each leave out a part of the rows, and what they answer to the rows left out, (n, PARTS)."""
    fold, guess, twins = np.arange(len(answers)) % TWINS, np.empty((len(answers), len(PARTS))), []
    for k in range(TWINS):
        known, left = codes(take(real, np.flatnonzero(fold != k))), take(real, np.flatnonzero(fold == k))
        deep, flat = (HistGradientBoostingRegressor(early_stopping=False, random_state=k, **size) for size in TREES)
        kernel = Nystroem(gamma=1 / known.shape[1], n_components=min(KERNEL, len(known)), random_state=k)
        smooth = make_pipeline(StandardScaler(), kernel, RidgeCV(np.logspace(-4, 2, 7)))
        twins.append(_Parts(codes, [part.fit(known, answers[fold != k]) for part in (deep, flat, smooth)]))
        guess[fold == k] = twins[-1].predict(left)
    return twins, guess
