"""Does the model answer the same twice? A score that changes by itself makes every other number of it doubtful.

References
----------
Pham, H. V., et al. (2020). Problems and opportunities in training deep learning software systems: an analysis of
variance. ASE 2020, 771–783 (identical runs that differ). https://doi.org/10.1145/3324884.3416545
Regulation (EU) 2024/1689 (AI Act), Art. 15(1), (4): accuracy and robustness, performing consistently.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from xaikit.compute.batches import length, take
from xaikit.core.evidence import Evidence
from xaikit.core.model import Model
from xaikit.core.target import Target

SOURCE = "repeatability"


def check(
    model: Model,
    inputs: Any,
    target: Target,
    threshold: float,
    rng: np.random.Generator,
    *,
    rows: Annotated[int, Field(ge=1)] = 256,
    times: Annotated[int, Field(ge=2)] = 2,
) -> Iterator[Evidence]:
    """Ask the same rows several times, and again one row at a time in another order.

    Parameters
    ----------
    model : Model
        Asked past its cache, where it has one.
    inputs : array or table, shape (n, columns)
        The rows audited.
    target : Target
        The favourable score.
    threshold : float
        A score at or above it is a favourable decision.
    rng : numpy.random.Generator
        Draws the rows and their order.
    rows : int
        How many are asked.
    times : int
        How often.

    Yields
    ------
    Evidence
        `repeat_difference`: the largest difference between two answers to one row; `repeat_decisions_changed`: the
        share of rows whose decision was not always the same; `batch_difference`: the largest difference that the
        company of other rows in the batch makes.
    """
    n = length(inputs)
    chosen = np.sort(rng.choice(n, size=min(rows, n), replace=False))
    batch = take(inputs, chosen)
    asked = getattr(model, "uncached", model)  # an endpoint would give back what it gave before
    answers = np.column_stack([_scores(asked, batch, target) for _ in range(times)])
    difference = float(np.ptp(answers, axis=1).max())
    changed = np.ptp((answers >= threshold).astype(int), axis=1) > 0
    about = {"output": target.outputs[0]}
    detail = {"times": times, "rows_that_differ": int((np.ptp(answers, axis=1) > 0).sum())}
    yield Evidence(
        "repeat_difference", difference, n=len(chosen), unit="score", about=about, source=SOURCE, detail=detail
    )
    share = float(changed.mean())
    counted = {"times": times, "count": int(changed.sum())}
    yield Evidence(
        "repeat_decisions_changed", share, n=len(chosen), unit="rate", about=about, source=SOURCE, detail=counted
    )
    few = rng.permutation(len(chosen))[:16]
    alone = np.array([_scores(asked, take(batch, [int(i)]), target)[0] for i in few])
    company = float(np.abs(alone - answers[few, 0]).max())
    yield Evidence("batch_difference", company, n=len(few), unit="score", about=about, source=SOURCE)


def _scores(model: Any, batch: Any, target: Target) -> Any:
    return np.asarray(target(model.predict(batch))[:, 0], dtype=np.float64)
