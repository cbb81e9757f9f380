"""What a column holds that tells who somebody is: postal codes and names of people, by its name and its values."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ZIP, FIRST_NAME, LAST_NAME, FULL_NAME = "zip code", "first name", "last name", "name of a person"
ZIP_NAMES = (
    *("zip", "zips", "zipcode", "zip_code", "zip5", "zip_5", "zip4", "postal", "postal_code", "postalcode"),
    *("postcode", "post_code", "plz", "postleitzahl", "cap", "code_postal", "codigo_postal", "pincode", "pin_code"),
    *("우편번호", "郵便番号", "邮政编码"),
)
FIRST_NAMES = (
    *("first_name", "firstname", "given_name", "givenname", "forename", "fname", "vorname", "prenom", "prénom"),
    *("nombre", "이름", "名"),
)
LAST_NAMES = ("last_name", "lastname", "surname", "family_name", "familyname", "lname", "nachname", "성씨", "姓")
FULL_NAMES = (
    *("name", "full_name", "fullname", "applicant_name", "candidate_name", "person_name", "employee_name"),
    *("성명", "성함", "姓名", "氏名"),
)
KINDS = ((ZIP, ZIP_NAMES), (FIRST_NAME, FIRST_NAMES), (LAST_NAME, LAST_NAMES), (FULL_NAME, FULL_NAMES))
# five digits (United States, Korea, Germany, France …), with four more (United States), six (India, China),
# seven with a dash (Japan), those of Canada and of the United Kingdom
SHAPE = re.compile(
    r"\d{5}|\d{5}-\d{4}|\d{6}|\d{3}-\d{4}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{3}|\d{4}", re.I
)
SURE = re.compile(r"\d{5}-\d{4}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|0\d{4}", re.I)
WORDS = re.compile(r"[^\W\d_][^\d_]*")
# a number about a place or a name is neither
ABOUT = re.compile(
    r"(^|_)(income|median|mean|avg|average|count|population|rate|score|lat|lon|distance|price|share)($|_)"
)
MOSTLY = 0.9
LOOKED_AT = 2_000


def kind_of(name: str, column: pd.Series) -> str | None:
    """Return "zip code", "first name", "last name", "name of a person", or None.

    A column of that name must hold such values. A column of any other name is a postal code only where its values are
    written as nothing else is: five digits and four, letters among the digits, or text with leading zeros.

    Parameters
    ----------
    name : str
        Of the column.
    column : pandas.Series
        Its values.

    References
    ----------
    Universal Postal Union, S42 (elements of postal addresses); ISO 19160-4.

    Examples
    --------
    >>> kind_of("home_zip", pd.Series([60614, 60637, 61820])), kind_of("age", pd.Series([31, 45, 52]))
    ('zip code', None)
    """
    values = column.dropna().iloc[:LOOKED_AT]
    if not len(values) or pd.api.types.is_bool_dtype(values.dtype):
        return None
    texts = texts_of(values)
    for kind, names in KINDS:
        if _named(name, names) and _share(texts, SHAPE if kind == ZIP else WORDS) >= MOSTLY:
            return kind if kind == ZIP or len(set(texts)) > 1 else None
    if pd.api.types.is_numeric_dtype(values.dtype) or _share(texts, re.compile(SHAPE)) < MOSTLY:
        return None
    # one in ten postal codes of the United States begins with 0; text that looks like a number and does so is a code
    least = MOSTLY if not _share(texts, re.compile(r"\d{5}")) >= MOSTLY else 0.02
    return ZIP if _share(texts, SURE) >= least and len(set(texts)) < len(texts) else None


def texts_of(column: pd.Series) -> list[str]:
    """Return values as the text that a person would write: codes without a decimal point, with their leading zeros.

    Examples
    --------
    >>> texts_of(pd.Series([60614.0, 2139.0, None])), texts_of(pd.Series([" 60614-1234"]))
    (['60614', '02139', ''], ['60614-1234'])
    """
    if pd.api.types.is_numeric_dtype(column.dtype):
        numbers = pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
        finite = numbers[np.isfinite(numbers)]
        whole = bool(len(finite) and not (finite % 1).any() and not np.isinf(numbers).any())
        width = 5 if whole and 9_999 < finite.max() < 100_000 else 0
        return ["" if np.isnan(v) else f"{int(v):0{width}d}" if whole else str(v) for v in numbers]
    return ["" if v is None or v != v else str(v).strip() for v in column]


def prefix_of(texts: Sequence[str], length: int = 3) -> NDArray[Any]:
    """Return the first characters of codes: of postal codes, the wider area."""
    return np.array([t[:length] for t in texts], dtype=object)


def first_words(texts: Sequence[str]) -> NDArray[Any]:
    """Return the first word of each text without regard to case: of a name, the given one."""
    return np.array([(t.split() or [""])[0].casefold() for t in texts], dtype=object)


def _named(name: str, known: Sequence[str]) -> bool:
    spelt = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).casefold()
    plain = "_".join(p for p in re.split(r"[\W_]+", spelt) if p)
    if plain in known:
        return True
    if ABOUT.search(plain):
        return False
    joined = [k for k in known if k not in ("name", "cap", "名", "姓", "nombre")]  # too short, or too many meanings
    return any(re.search(rf"(^|_){re.escape(k)}($|_)", plain) for k in joined)


def _share(texts: Sequence[str], shape: re.Pattern[str]) -> float:
    return sum(shape.fullmatch(t) is not None for t in texts) / max(len(texts), 1)
