"""Which features the model owes its accuracy to: the fall of the Brier score, dealt out by Shapley values.

Attributions of scores say what moved answers; this says what made them right. A feature may move answers much and
make them no better: its value is then near 0, or negative.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.stats import norm

from xaikit.compute.batches import length, take
from xaikit.compute.masking import masked
from xaikit.core.decisions import Decisions
from xaikit.core.errors import AbsentError
from xaikit.core.evidence import Evidence
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.target import Target
from xaikit.stats.coalitions import total_pairs
from xaikit.stats.shapley_sampling import Looks, estimate
from xaikit.stats.shapley_values import minimum_pairs, regular_design

Floats = NDArray[np.float64]
Detail = dict[str, float | int | str | bool | None]
Z95 = float(norm.isf(0.025))


def check(
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players,
    decisions: Decisions,
    rng: np.random.Generator,
    *,
    rows: Annotated[int, Field(ge=20)] = 200,
    budget: Annotated[int, Field(ge=8)] = 128,
    background_rows: Annotated[int, Field(ge=2)] = 8,
) -> Iterator[Evidence]:
    """Measure what each feature adds to the accuracy of the scores.

    Parameters
    ----------
    model, inputs, background, target, players
        The audit's; the mean answer over some background rows stands for "not knowing" a feature.
    decisions : Decisions
        With labels, else the check is skipped; weights and clusters are honoured.
    rng : numpy.random.Generator
        Draws rows and coalitions.
    rows : int
        Labelled rows, at most.
    budget : int
        Coalitions a row (raised where the features need more).
    background_rows : int
        Rows that the mean is taken over, at most.

    Yields
    ------
    Evidence
        `brier_attribution` for each feature, in units of the Brier score; positive makes the scores better. The
        values sum to the score without features less the score of the model, which `detail` holds.

    References
    ----------
    Covert, I., Lundberg, S. M. and Lee, S.-I. (2020). Understanding global feature contributions with additive
    importance measures. NeurIPS 33. (SAGE)
    """
    if decisions.label is None:
        raise AbsentError("metric_attribution", "a table without labels", "a label column")
    if len(players) < 2:
        raise AbsentError("metric_attribution", "one feature", "two or more")
    chosen = np.sort(rng.permutation(length(inputs))[:rows])
    behind = take(background, np.sort(rng.permutation(length(background))[:background_rows]))
    game = masked(model, take(inputs, chosen), behind, target, players)
    label = decisions.label[chosen].astype(np.float64)
    alone = (game.nobody()[:, 0].mean() - label) ** 2

    def better(which: NDArray[np.intp], masks: NDArray[np.bool_]) -> Floats:
        score = game.values(which, masks).mean(axis=2)[..., 0]
        return np.asarray((alone[which, None] - (score - label[which, None]) ** 2)[:, :, None, None])

    whole = alone - (game.whole()[:, 0] - label) ** 2
    pairs = min(total_pairs(len(players)), max(budget // 2, 2 * minimum_pairs(len(players))))
    looks = Looks.at(regular_design(len(players), (pairs,), rng), (pairs,))
    found = estimate(better, looks, whole[:, None], np.zeros((1, 1)), 0.05)
    weight = np.ones(len(chosen)) if decisions.weight is None else decisions.weight[chosen]
    if not weight.sum() > 0:
        raise AbsentError("metric_attribution", "rows without weight", "rows with a weight above 0")
    share = weight / weight.sum()
    cluster = np.arange(len(chosen)) if decisions.cluster is None else decisions.cluster[chosen]
    detail: Detail = {
        "brier_without_features": float(share @ alone),
        "brier_of_the_model": float(share @ (alone - whole)),
        "confidence": 0.95,
    }
    yield from _evidence(found.values[..., 0], found.sampling[..., 0], players, share, cluster, detail)


def _evidence(
    values: Floats, sampling: Floats, players: Players, share: Floats, cluster: NDArray[np.intp], detail: Detail
) -> Iterator[Evidence]:
    rows, mean = len(values), share @ values
    moved = np.zeros((int(cluster.max()) + 1, values.shape[1]))
    np.add.at(moved, cluster, share[:, None] * (values - mean))
    units = int((np.bincount(cluster, weights=share) > 0).sum())
    spread = (moved**2).sum(axis=0) * units / max(units - 1, 1)
    # rows share coalitions, so their errors go together: the mean of the errors, not the error of the mean
    error = np.hypot(np.sqrt(spread), share @ np.sqrt(sampling))
    for name, value, half in zip(players.names, mean, Z95 * error, strict=True):
        low, high = float(value - half), float(value + half)
        yield Evidence(
            "brier_attribution", float(value), low, high, rows, "Brier score", {"feature": name}, detail=detail
        )
