"""How a gap in score comes about: directly by the attribute, through what it shapes, or through what shaped both."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression

from xaikit.compute.batches import take
from xaikit.compute.flips import columns_of, pattern_of, replaced
from xaikit.compute.held_equal import held_for
from xaikit.compute.nuisance import design
from xaikit.core.decisions import Decisions
from xaikit.core.evidence import UNKNOWN, Evidence
from xaikit.core.groups import Groups
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.target import Target

Floats = NDArray[np.float64]
ROUNDING = 1e-9  # of the spread of all scores: less is the last digit of a float, not a part of a gap
PARTS = ("direct_effect", "indirect_effect", "spurious_effect")


def check(
    model: Model,
    inputs: Any,
    target: Target,
    players: Players,
    decisions: Decisions,
    rng: np.random.Generator,
    *,
    rows: int = 20_000,
    confidence: float = 0.95,
    reference: dict[str, str] | None = None,
) -> Iterator[Evidence]:
    """Split the gap in mean score between each group and the reference into three parts that sum to it.

    Direct: the attribute alone is set to the reference's value and all other inputs are kept; an exact query of the
    model. Indirect: what is left once the declared confounders are held equal: it passes through
    inputs that the attribute shapes. Spurious: the confounders themselves are distributed differently.

    Parameters
    ----------
    model, inputs, target, players
        As an engine takes them.
    decisions : Decisions
        Of the same rows. The confounders are those of the declared graph (`roles.causes`) where there is one, else
        `roles.control`; without any there is no spurious part to tell.
    rng : numpy.random.Generator
        Draws rows where there are too many.
    rows : int
        Used at most.
    confidence : float
        Of the intervals, from the influence of every row.
    reference : mapping, optional
        Group to compare with, by sensitive feature; by default the one with the highest mean score.

    Yields
    ------
    Evidence
        `direct_effect`, `indirect_effect`, `spurious_effect` in units of score, by sensitive, group and reference;
        they sum to the difference in mean score. They are causal only under the declared confounders.

    References
    ----------
    Zhang, J. and Bareinboim, E. (2018). Fairness in decision-making: the causal explanation formula. AAAI.
    Plečko, D. and Bareinboim, E. (2024). Causal fairness analysis. Foundations and Trends in Machine Learning 17.
    """
    chosen = np.sort(rng.permutation(len(decisions))[:rows])
    people = take(inputs, chosen)
    score = np.asarray(target(model.predict(people)), dtype=np.float64)[:, 0]
    frame = decisions.frame.iloc[chosen]
    z = float(norm.isf((1 - confidence) / 2))
    for feature in decisions.roles.sensitive:
        held = design(frame, next(iter(held_for(decisions, players, feature).sets.values()), ()))
        every = decisions.groups(feature)
        groups = Groups(feature, every.codes[chosen], every.names)
        known = [i for i, g in enumerate(groups.names) if g != UNKNOWN and (groups.codes == i).sum() > 1]
        if len(known) < 2:
            continue
        named = (reference or {}).get(feature)
        best = (
            groups.names.index(named) if named in groups.names else max(known, key=lambda i: _mean(score, groups, i))
        )
        columns = columns_of(players, feature)
        pattern = pattern_of(people, columns, groups, best) if len(columns) else None
        for group in (i for i in known if i != best):
            flipped = score
            if isinstance(pattern, np.ndarray):
                mine = np.flatnonzero(groups.codes == group)
                flipped = score.copy()
                moved = model.predict(replaced(take(people, mine), columns, pattern))
                flipped[mine] = np.asarray(target(moved), dtype=np.float64)[:, 0]
            yield from _split(score, flipped, held, groups, group, best, z, pattern)


def _mean(score: Floats, groups: Groups, group: int) -> float:
    return float(score[groups.codes == group].mean())


def _split(
    score: Floats,
    flipped: Floats,
    held: Floats,
    groups: Groups,
    group: int,
    best: int,
    z: float,
    pattern: object,
) -> Iterator[Evidence]:
    mine, other = groups.codes == group, groups.codes == best
    about = {"sensitive": groups.name, "group": groups.names[group], "reference": groups.names[best]}
    expected, weight = _expected(score, held, mine, other)
    n, m = int(mine.sum()), int(other.sum())
    corrected = float(np.sum(weight * (score[other] - expected[other])) / max(weight.sum(), 1e-12))
    level = float(expected[mine].mean()) + corrected
    moved = (score - flipped)[mine]
    moved = np.where(np.abs(moved) > ROUNDING * float(score.std()), moved, 0.0)
    values = (
        float(moved.mean()),
        float(flipped[mine].mean()) - level,
        level - float(score[other].mean()),
    )
    share = weight / max(weight.sum(), 1e-12) * m
    noise = share * (score[other] - expected[other])
    errors = (
        _error(moved),
        float(np.hypot(_error((flipped - expected)[mine]), _error(noise))),
        float(np.hypot(_error(expected[mine]), _error(noise - score[other]))),
    )
    if not held.shape[1]:  # nothing is held equal: what is left by rounding is no finding
        values, errors = (values[0], values[1] + values[2], 0.0), (errors[0], errors[1], 0.0)
    because = {
        "direct_effect": "the model does not read it" if pattern is None else "",
        "spurious_effect": "no confounder is declared" if not held.shape[1] else "",
    }
    if isinstance(pattern, str):
        yield Evidence("direct_effect", None, n=n, unit="score", about=about, because=pattern)
        return
    for name, value, error in zip(PARTS, values, errors, strict=True):
        low, high = value - z * error, value + z * error
        yield Evidence(name, value, low, high, n + m, "score", about, because=because.get(name, ""))


def _expected(
    score: Floats, held: Floats, mine: NDArray[np.bool_], other: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Return the reference's expected score given the confounders, and weights that make its rows like the group."""
    if not held.shape[1]:
        return np.full(len(score), score[other].mean()), np.ones(int(other.sum()))
    learner = HistGradientBoostingRegressor(max_iter=120, learning_rate=0.08, max_leaf_nodes=8, random_state=0)
    expected = learner.fit(held[other], score[other]).predict(held)
    both = mine | other
    chance = LogisticRegression(max_iter=500).fit(held[both], mine[both]).predict_proba(held[other])[:, 1]
    chance = np.clip(chance, 0.01, 0.99)
    return np.asarray(expected), np.asarray(chance / (1 - chance))


def _error(values: Floats) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
