"""Manipulation: does the model behave otherwise on the mixed rows that explanations ask about.

A scaffold around a biased model can recognise rows that do not occur, and answer them harmlessly: the explanation is
then of the harmless part. Two things are measured. How well mixed rows can be told from real ones bounds what a
scaffold could do. And a *twin*, trees grown on the model's answers to real rows alone, is explained beside the model:
what an honest model does on real rows and what its explanation says agree, a scaffold's do not.
"""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.sparse.csgraph import connected_components
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import r2_score, roc_auc_score

from xaikit.compute.batches import length, take
from xaikit.compute.coordinates import codes_like
from xaikit.compute.masking import Masked, masked
from xaikit.core.evidence import Evidence
from xaikit.core.model import Model, ModelCard
from xaikit.core.players import Players
from xaikit.core.target import Target, every_output
from xaikit.stats.permutations import balanced, contributions, orders

Floats = NDArray[np.float64]
BACKGROUND, MASKS, CORRELATED = 100, 100, 0.4
UNITS = {"mixed_row_auc": "AUC", "twin_fidelity": "R²", "twin_disagreement": "share"}


def check(
    model: Model,
    population: Any,
    target: Target,
    players: Players,
    rng: np.random.Generator,
    *,
    rows: Annotated[int, Field(ge=100)] = 3000,
    explained: Annotated[int, Field(ge=10)] = 40,
    count: Annotated[int, Field(ge=10)] = 80,
) -> Iterator[Evidence]:
    """Measure how separable mixed rows are, and how far the model's explanation is from that of its twin.

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
        `mixed_row_auc` (.5: mixed rows look real), `twin_fidelity` (R² of the twin on held-out real rows), and
        `twin_disagreement` (total variation distance between the two distributions of importance over the features:
        0 the same, 1 nothing in common; correlated features count as one). A twin of low fidelity says nothing.

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
    known, wanted = (np.asarray(target(model.predict(b)), dtype=np.float64)[:, 0] for b in (learn, held))
    if not wanted.std():
        for measure in ("twin_fidelity", "twin_disagreement"):
            yield Evidence(measure, None, n=length(held), unit=UNITS[measure], because="everybody has the same score")
        return
    twin = _Trees(codes, known, learn)
    fidelity = float(r2_score(wanted, twin.predict(held)[:, 0]))
    yield Evidence("twin_fidelity", fidelity, n=length(held), unit="R²")
    chosen, behind = take(held, slice(0, explained)), take(learn, slice(0, BACKGROUND))
    together = _correlated(codes(real), players)
    order = orders(len(players), count, rng)
    dealt = balanced(count, length(behind), rng)
    own = _importance(masked(model, chosen, behind, target, players), order, dealt, together)
    other = _importance(masked(twin, chosen, behind, every_output(("twin",)), players), order, dealt, together)
    yield _disagreement(own, other, together, fidelity, length(chosen))


def _correlated(real: Floats, players: Players) -> Players:
    """Return players in which features that stand in for each other are one.

    Which of two correlated features an honest model reads cannot be seen on real rows; the twin may read the other.
    """
    ranks = rankdata(real, axis=0)
    varies = ranks.std(axis=0) > 0
    linked = np.eye(len(varies), dtype=bool)
    linked[np.ix_(varies, varies)] |= np.abs(np.atleast_2d(np.corrcoef(ranks[:, varies].T))) > CORRELATED
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


def _disagreement(own: Floats, other: Floats, players: Players, fidelity: float, n: int) -> Evidence:
    gap = own / (own.sum() or 1) - other / (other.sum() or 1)
    detail: dict[str, float | int | str | bool | None] = {
        "twin_fidelity": fidelity,
        "shown_more_than_used": players.names[int(gap.argmax())],
        "used_more_than_shown": players.names[int(gap.argmin())],
    }
    return Evidence("twin_disagreement", float(np.abs(gap).sum() / 2), n=n, unit="share", detail=detail)


def _importance(game: Masked, order: NDArray[np.intp], behind: NDArray[np.intp], together: Players) -> Floats:
    """Return the mean absolute Shapley value over the rows, summed over the players of each cluster."""
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
    return np.asarray(np.abs(each.mean(axis=1)[..., 0] @ cluster.T).mean(axis=0))


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


class _Trees:
    """The twin: trees that answer as the model does on real rows."""

    card = ModelCard("twin", "function")

    def __init__(self, codes: Callable[[Any], Floats], answers: Floats, learn: Any) -> None:
        self._codes = codes
        self._trees = HistGradientBoostingRegressor(max_iter=200, early_stopping=False, random_state=0)
        self._trees.fit(codes(learn), answers)

    def predict(self, rows: Any) -> Floats:
        """Return the twin's answers, (n, 1)."""
        return np.asarray(self._trees.predict(self._codes(rows)))[:, None]
