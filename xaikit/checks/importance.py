"""Global importance: the mean absolute attribution of each feature, with its interval and the ranks it may have."""

from collections.abc import Iterator, Mapping

import numpy as np

from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.stats.agreement import tied_ranks
from xaikit.stats.studentised import quantile


def check(explanations: Mapping[str, Explanation]) -> Iterator[Evidence]:
    """Measure the importance of each feature over the explained rows.

    Parameters
    ----------
    explanations : mapping of str to Explanation
        Of flat tables; others are passed over.

    Yields
    ------
    Evidence
        `mean_absolute_attribution` for each feature (and output): the interval covers the draw of rows and the
        errors of the values; `detail` holds `best_rank` and `worst_rank`, equal only where the order is established
        at 95 % over all pairs.

    References
    ----------
    Lundberg, S. M. et al. (2020). From local explanations to global understanding with explainable AI for trees.
    Nature Machine Intelligence 2.
    Mogstad, M. et al. (2024). Inference for ranks with applications to mobility across neighbourhoods and academic
    achievement across countries. Review of Economic Studies 91(1).
    """
    for name, explanation in explanations.items():
        if explanation.values.ndim != 3 or explanation.engine == "words":  # the third word is no feature
            continue
        for k, output in enumerate(explanation.output_names):
            about = {"explanation": name} | ({"output": output} if len(explanation.output_names) > 1 else {})
            yield from _of_output(explanation, k, about)


def _of_output(explanation: Explanation, output: int, about: Mapping[str, str]) -> Iterator[Evidence]:
    size = np.abs(explanation.values[..., output])
    rows = len(size)
    mean = size.mean(axis=0)
    spread = size.std(axis=0, ddof=1) / np.sqrt(rows) if rows > 1 else np.zeros_like(mean)
    if explanation.stderr is not None:
        # errors of rows that share coalitions and background go together, so they are averaged, not pooled
        spread = np.hypot(spread, explanation.stderr[..., output].mean(axis=0))
    degrees = float(max(rows - 1, 1))
    best, worst = tied_ranks(mean, spread, degrees=degrees)
    margin = quantile(degrees) * spread
    for f, feature in enumerate(explanation.feature_names):
        half = float(margin[f])
        detail: dict[str, float | int | str | bool | None] = {
            "best_rank": int(best[f]),
            "worst_rank": int(worst[f]),
            "mean_attribution": float(explanation.values[:, f, output].mean()),
            "confidence": 0.95,
        }
        yield Evidence(
            "mean_absolute_attribution",
            float(mean[f]),
            max(0.0, float(mean[f]) - half),
            float(mean[f]) + half,
            rows,
            explanation.unit,
            {**about, "feature": feature},
            detail=detail,
        )
