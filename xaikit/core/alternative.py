"""One way in which a row would have been accepted, and all ways that a counterfactual explanation holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xaikit.core.errors import DataError

if TYPE_CHECKING:
    from xaikit.core.explanation import Explanation

ENGINE = "counterfactual"


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way in which a row would have been accepted.

    Parameters
    ----------
    row : str
        Whose.
    changes : mapping of str to (before, after)
        What changes, and only that; numbers in the feature's own unit, categories by name.
    cost : float
        Weighted Gower distance; 1 is the full range of one feature.
    plausibility : float
        0 to 1: the share of real rows that are at least as far from their nearest others; NaN where too few are
        known.
    score : float
        What the model says of the changed row.
    """

    row: str
    changes: Mapping[str, tuple[float | str, float | str]]
    cost: float
    plausibility: float
    score: float

    def __str__(self) -> str:
        """Return the changes in one line."""
        return "; ".join(f"{name}: {_plain(a)} → {_plain(b)}" for name, (a, b) in self.changes.items())


def alternatives(explanation: "Explanation") -> tuple[tuple[Alternative, ...], ...]:
    """Return the ways of each row, the best first; none for a row that is accepted, or has no recourse.

    Raises
    ------
    DataError
        When the explanation comes from another engine.
    """
    if explanation.engine != ENGINE or explanation.data is None:
        got = f"an explanation of the engine '{explanation.engine}'"
        raise DataError("Explanation.alternatives", got, f'one of `engine="{ENGINE}"`')
    return tuple(
        tuple(
            _way(explanation, i, j) for j in range(explanation.detail["cost"].shape[1]) if _there(explanation, i, j)
        )
        for i in range(len(explanation))
    )


def _there(explanation: "Explanation", row: int, way: int) -> bool:
    cost = float(explanation.detail["cost"][row, way])
    return cost == cost  # not NaN


def _way(explanation: "Explanation", row: int, way: int) -> Alternative:
    detail, names = explanation.detail, explanation.feature_names
    before = explanation.data[row] if explanation.data is not None else ()
    pairs = zip(names, before, detail["proposed"][row, way], strict=True)
    return Alternative(
        explanation.rows[row],
        {name: (a, b) for name, a, b in pairs if a != b},
        float(detail["cost"][row, way]),
        float(detail["plausibility"][row, way]),
        float(detail["score"][row, way]),
    )


def _plain(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"
