"""What the columns of a table are probably for, each guess with its reason."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

SENSITIVE = (
    *(
        "sex",
        "gender",
        "race",
        "ethnicity",
        "ethnic",
        "nationality",
        "religion",
        "disability",
        "disabled",
        "pregnant",
    ),
    *("veteran", "age_group", "age_band", "caste", "colour", "color", "marital_status", "orientation"),
    *("성별", "인종", "국적", "장애", "종교", "연령대"),
)
DECISION = (
    *("decision", "decided", "hired", "hire", "selected", "select", "accepted", "accept", "admitted", "admit"),
    *("approved", "approve", "call", "callback", "called", "invited", "shortlisted", "granted", "passed"),
    *("rejected", "denied", "deny", "outcome", "합격", "채용", "결정"),
)
LABEL = (
    *("label", "qualified", "target", "truth", "y_true", "ground_truth", "actual", "income", "performance"),
    *("default", "repaid", "recid"),
)
SCORE = (
    *("score", "probability", "prob", "prediction", "predicted", "y_pred", "y_score", "rating", "decile_score"),
    "점수",
)
IDENTITY = ("id", "applicant_id", "candidate_id", "row_id", "rownames", "rowname", "uuid", "case_id", "person_id")
FAVOURABLE = (
    *("yes", "y", "true", "t", "1", "hired", "accepted", "admitted", "approved", "selected", "granted", "passed"),
    *("positive", "favourable", "good", ">50k", "합격"),
)
UNFAVOURABLE = ("rejected", "denied", "deny", "default", "recid")


@dataclass(frozen=True, slots=True)
class Guess:
    """Roles that were guessed.

    Parameters
    ----------
    decision, label, score, id : str or None
        Columns.
    favourable : object
        The favourable value of the decision, or of the label.
    sensitive : tuple of str
        Columns.
    reasons : mapping of str to str
        Why, by role.
    unsure : tuple of str
        Roles that only a person can settle.
    """

    decision: str | None = None
    label: str | None = None
    score: str | None = None
    id: str | None = None
    favourable: object = None
    sensitive: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    unsure: tuple[str, ...] = ()


def guess(frame: pd.DataFrame, *, with_model: bool = False) -> Guess:
    """Return the probable roles of a table's columns.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a decision.
    with_model : bool
        A model decides: then a decision column is not needed.

    Examples
    --------
    >>> table = pd.DataFrame({"id": [1, 2, 3], "sex": list("fmf"), "hired": ["no", "yes", "no"]})
    >>> found = guess(table)
    >>> found.decision, found.favourable, found.sensitive, found.id
    ('hired', 'yes', ('sex',), 'id')
    """
    reasons: dict[str, str] = {}
    binary = [str(c) for c in frame.columns if frame[c].dropna().nunique() == 2]
    decision = _named(binary, DECISION)
    label = _named([c for c in binary if c != decision], LABEL)
    numbers = [str(c) for c in frame.columns if pd.api.types.is_float_dtype(frame[c].dtype)]
    score = _named(numbers, SCORE)
    sensitive = tuple(str(c) for c in frame.columns if _is(str(c), SENSITIVE) and _few(frame[c]))
    identity = next((str(c) for c in frame.columns if _is(str(c), IDENTITY) and frame[c].is_unique), None)
    for role, column in (("decision", decision), ("label", label), ("score", score), ("id", identity)):
        if column:
            reasons[role] = f"the name of column '{column}'"
    for column in sensitive:
        reasons[f"sensitive {column}"] = f"its name, and its {frame[column].nunique()} different values"
    outcome = decision or label
    favourable = favourable_of(frame[outcome], outcome) if outcome else None
    unsure = []
    if not with_model and not decision and not score:
        unsure.append("decision")
    if outcome and favourable is None:
        unsure.append("favourable")
    if not sensitive:
        unsure.append("sensitive")
    return Guess(decision, label, score, identity, favourable, sensitive, reasons, tuple(unsure))


def favourable_of(column: pd.Series, name: str) -> object:
    """Return the value of a binary column that is probably the favourable one; None where nothing tells."""
    values = list(pd.unique(column.dropna()))
    turned = _is(name, UNFAVOURABLE)
    hits = [v for v in values if str(v).strip().casefold().removesuffix(".0") in FAVOURABLE]
    if len(values) != 2 or len(hits) != 1:
        return None
    found = next(v for v in values if v != hits[0]) if turned else hits[0]
    return found.item() if isinstance(found, np.generic) else found


def _words(name: str) -> set[str]:
    return set(re.split(r"[^0-9a-z가-힣]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).casefold())) - {""}


def _is(name: str, known: Sequence[str]) -> bool:
    plain = "_".join(re.split(r"[^0-9a-z가-힣]+", name.casefold())).strip("_")
    return plain in known or bool(_words(name) & set(known))


def _named(columns: Sequence[str], known: Sequence[str]) -> str | None:
    for word in known:  # the order of the words is the order of preference
        for column in columns:
            if _is(column, [word]):
                return column
    return None


def _few(column: pd.Series) -> bool:
    return bool(2 <= column.nunique() <= 30)
