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
    *("성별", "인종", "국적", "장애", "종교", "연령대", "출신"),
    *(
        "geschlecht",
        "herkunft",
        "nationalität",
        "staatsangehörigkeit",
        "behinderung",
        "sexe",
        "genre",
        "sexo",
        "género",
    ),
)
DECISION = (
    *("decision", "decided", "hired", "hire", "selected", "select", "accepted", "accept", "admitted", "admit"),
    *("approved", "approve", "call", "callback", "called", "invited", "shortlisted", "granted", "passed"),
    *("rejected", "denied", "deny", "outcome", "합격", "채용", "결정", "승인"),
    *("eingestellt", "zusage", "entscheidung", "embauché", "décision", "contratado", "decisión"),
)
LABEL = (
    *("label", "qualified", "target", "truth", "y_true", "ground_truth", "actual", "income", "performance"),
    *("default", "repaid", "recid"),
)
SCORE = (
    *("score", "probability", "prob", "prediction", "predicted", "y_pred", "y_score", "rating", "decile_score"),
    "점수",
)
AGE = ("age", "ages", "alter", "edad", "âge", "나이", "연령")
BESIDE_AGE = ("applicant", "candidate", "person", "in", "at", "years", "year", "yrs", "application", "hire")
"""Words that leave an age a person's: the age of an account is none."""
CUT = 40.0  # from this age on 29 U.S.C. 631(a) protects; another law, another cut
RISK = ("risk", "decile", "recid", "default", "위험")
"""Words of scores of which a higher one is worse: such a column is never taken for a score."""
IDENTITY = (
    "id",
    "번호",
    "nr",
    "applicant_id",
    "candidate_id",
    "row_id",
    "rownames",
    "rowname",
    "uuid",
    "case_id",
    "person_id",
)
FAVOURABLE = (
    *("yes", "y", "true", "t", "1", "hired", "accepted", "admitted", "approved", "selected", "granted", "passed"),
    *("positive", "favourable", "good", ">50k", "합격", "채용", "승인", "예"),
    *("offer", "invited", "callback", "passed", "ja", "oui", "si", "sí"),
)
AGAINST = (
    *(
        "no",
        "n",
        "false",
        "f",
        "0",
        "rejected",
        "declined",
        "denied",
        "refused",
        "failed",
        "불합격",
        "탈락",
        "거절",
        "반려",
    ),
    *("nein", "non", "negative", "unfavourable"),
)
UNFAVOURABLE = ("rejected", "denied", "deny", "default", "recid")


LETTERS = r"[^0-9a-zà-öø-ÿ가-힣]+"
HANGUL = re.compile("[가-힣]")


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
    bins : mapping of str to list of float
        Cut points of those that are numbers.
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
    bins: Mapping[str, list[float]] = field(default_factory=dict)
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
    if decision is None and not with_model:
        decision = _telling(frame, [c for c in binary if c != label])
        reasons |= {"decision": f"the values of column '{decision}'"} if decision else {}
    numbers = [str(c) for c in frame.columns if _many_numbers(frame[c]) and not _is(str(c), RISK)]
    score = _named(numbers, SCORE)
    sensitive, bins = _sensitive(frame, reasons)
    identity = next((str(c) for c in frame.columns if _is(str(c), IDENTITY) and frame[c].is_unique), None)
    for role, column in (("decision", decision), ("label", label), ("score", score), ("id", identity)):
        if column and role not in reasons:
            reasons[role] = f"the name of column '{column}'"
    outcome = decision or label
    favourable = favourable_of(frame[outcome], outcome) if outcome else None
    unsure = []
    if not with_model and not decision and not score:
        unsure.append("decision")
    if outcome and favourable is None:
        unsure.append("favourable")
    if not sensitive:
        unsure.append("sensitive")
    return Guess(decision, label, score, identity, favourable, sensitive, bins, reasons, tuple(unsure))


def _sensitive(frame: pd.DataFrame, reasons: dict[str, str]) -> tuple[tuple[str, ...], dict[str, list[float]]]:
    """Return the columns that are probably sensitive, and where to cut those that are numbers."""
    few = [str(c) for c in frame.columns if _is(str(c), SENSITIVE) and _few(frame[c])]
    ages = [str(c) for c in frame.columns if _is_age(str(c), frame[c]) and c not in few]
    for column in few:
        reasons[f"sensitive {column}"] = f"its name, and its {frame[column].nunique()} different values"
    for column in ages:
        reasons[f"sensitive {column}"] = f"its name, cut at {CUT:g}, from where on 29 U.S.C. 631(a) protects"
    return (*few, *ages), {column: [CUT] for column in ages}


def _is_age(name: str, column: pd.Series) -> bool:
    """Return whether a column holds the ages of people, some of them below the cut and some not."""
    words = _words(name)
    named = (words & set(AGE) and words <= {*AGE, *BESIDE_AGE}) or any(k in name for k in AGE if HANGUL.search(k))
    if not named or not _many_numbers(column):
        return False
    return bool(column.min() >= 0 and column.max() < 130 and column.min() < CUT <= column.max())


def _telling(frame: pd.DataFrame, binary: Sequence[str]) -> str | None:
    """Return the only column whose two values are a yes and a no in words, such as Approved and Declined."""
    found = [c for c in binary if _is_pair(frame[c]) and not _is(c, SENSITIVE)]
    return found[0] if len(found) == 1 else None


def _is_pair(column: pd.Series) -> bool:
    words = {str(v).strip().casefold() for v in pd.unique(column.dropna())}
    if len(words & {"0", "1", "0.0", "1.0"}):
        return False
    return len(words & set(FAVOURABLE)) == 1 and len(words & set(AGAINST)) == 1


def _many_numbers(column: pd.Series) -> bool:
    numbers = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
    return bool(numbers and column.nunique() > 2)


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
    return set(re.split(LETTERS, re.sub(r"([a-z])([A-Z])", r"\1_\2", name).casefold())) - {""}


def _is(name: str, known: Sequence[str]) -> bool:
    plain = "_".join(re.split(LETTERS, name.casefold())).strip("_")
    hangul = [k for k in known if HANGUL.search(k)]  # Korean joins its words: 합격여부 holds 합격
    return plain in known or bool(_words(name) & set(known)) or any(k in name for k in hangul)


def _named(columns: Sequence[str], known: Sequence[str]) -> str | None:
    for word in known:  # the order of the words is the order of preference
        for column in columns:
            if _is(column, [word]):
                return column
    return None


def _few(column: pd.Series) -> bool:
    return bool(2 <= column.nunique() <= 30)
