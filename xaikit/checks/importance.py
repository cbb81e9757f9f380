"""Global importance: the mean absolute attribution of each feature, with its interval and the ranks it may have."""

from collections.abc import Iterator, Mapping

from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.stats.attributions import importance


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
    stderr = None if explanation.stderr is None else explanation.stderr[..., output]
    for found in sorted(importance(explanation.values[..., output], stderr), key=lambda i: i.feature):
        detail: dict[str, float | int | str | bool | None] = {
            "best_rank": found.first,
            "worst_rank": found.last,
            "mean_attribution": float(explanation.values[:, found.feature, output].mean()),
            "confidence": 0.95,
        }
        yield Evidence(
            "mean_absolute_attribution",
            found.value,
            found.low,
            found.high,
            len(explanation.values),
            explanation.unit,
            {**about, "feature": explanation.feature_names[found.feature]},
            detail=detail,
        )
