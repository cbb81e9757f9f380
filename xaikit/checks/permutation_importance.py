"""Permutation importance: by how much the model's answers, or its errors, change when a feature is taken from others.

It breaks every relation of the feature, to the label and to other features: of two features that stand in for each
other both may look unimportant or both important, and mixed rows need not occur in the world.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.batches import length, take
from xaikit.compute.tables import replaced
from xaikit.core.decisions import Decisions
from xaikit.core.evidence import Evidence
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.target import Target
from xaikit.stats.agreement import mean_interval

Floats = NDArray[np.float64]


def check(
    model: Model,
    inputs: Any,
    target: Target,
    players: Players,
    rng: np.random.Generator,
    decisions: Decisions | None = None,
    *,
    rows: Annotated[int, Field(ge=10)] = 1000,
    repeats: Annotated[int, Field(ge=1)] = 5,
) -> Iterator[Evidence]:
    """Measure the permutation importance of each feature.

    Parameters
    ----------
    model, target
        Whose answers are looked at.
    inputs : array or table
        The audited rows; a feature is replaced by that of another audited row.
    players : Players
        Features; one-hot groups move together.
    rng : numpy.random.Generator
        Draws rows and their partners.
    decisions : Decisions, optional
        With labels the increase of the Brier score is measured beside the change of the score.
    rows, repeats : int
        Rows looked at, and partners of each.

    Yields
    ------
    Evidence
        `permutation_importance` (mean absolute change of the score) and, with labels, `permutation_brier_increase`,
        for each feature; intervals over rows.

    References
    ----------
    Breiman, L. (2001). Random forests. Machine Learning 45. Fisher, A., Rudin, C. and Dominici, F. (2019). All models
    are wrong, but many are useful. JMLR 20(177).
    """
    chosen = np.sort(rng.permutation(length(inputs))[:rows])
    few = take(inputs, chosen)

    def score(batch: Any) -> Floats:
        return np.asarray(target(model.predict(batch)), dtype=np.float64)[:, 0]

    before = score(few)
    label = None if decisions is None or decisions.label is None else decisions.label[chosen].astype(np.float64)
    for player, feature in enumerate(players.names):
        partners = [take(inputs, rng.integers(0, length(inputs), len(before))) for _ in range(repeats)]
        after = np.stack([score(replaced(few, p, players.members(player))) for p in partners])
        yield from _of_feature(feature, before, after, label)


def _of_feature(feature: str, before: Floats, after: Floats, label: Floats | None) -> Iterator[Evidence]:
    about = {"feature": feature}
    detail: dict[str, float | int | str | bool | None] = {"repeats": len(after), "confidence": 0.95}
    value, low, high, n = mean_interval(np.abs(after - before).mean(axis=0))
    yield Evidence("permutation_importance", value, low, high, n, "score", about, detail=detail)
    if label is not None:
        increase = ((after - label) ** 2).mean(axis=0) - (before - label) ** 2
        value, low, high, n = mean_interval(increase)
        yield Evidence("permutation_brier_increase", value, low, high, n, "Brier score", about, detail=detail)
