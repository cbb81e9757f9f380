"""When two values are one: a number written as a text, a truth value as 1, a word with blanks around it."""

from collections.abc import Hashable
from math import isfinite
from typing import Any

from xaikit.core.groups import group_name

TRUTH = {"True": 1.0, "TRUE": 1.0, "true": 1.0, "False": 0.0, "FALSE": 0.0, "false": 0.0}
YAML_TRUTH = {True: ("yes", "y", "on"), False: ("no", "n", "off")}


def as_number(text: str) -> float | None:
    """Return the number that a text is, 1 and 0 for true and false, or None.

    Examples
    --------
    >>> as_number(" 07"), as_number("TRUE"), as_number("1_000"), as_number("n/a")
    (7.0, 1.0, None, None)
    """
    bare = text.strip()
    if bare in TRUTH:
        return TRUTH[bare]
    try:
        number = float(bare)
    except ValueError:
        return None
    return number if isfinite(number) and "_" not in bare else None


def meaning(value: Any) -> Hashable:
    """Return what a value of an outcome stands for: equal for values that are one, however they are written.

    Examples
    --------
    >>> meaning("1.0") == meaning(1) == meaning(True) == meaning("TRUE"), meaning(" yes "), meaning("Yes")
    (True, 'yes', 'Yes')
    """
    name = group_name(value)
    if name.strip("+-").isdecimal():
        return int(name)  # all its digits, where a float has sixteen
    number = as_number(name)
    return name if number is None else number


def same_value(value: Any, wanted: Hashable) -> bool:
    """Return whether a value of a table is the one that was asked for, be it written as text or as a number.

    Examples
    --------
    >>> same_value("1.0", 1), same_value("TRUE", True), same_value("yes", "Yes")
    (True, True, False)
    """
    return bool(meaning(value) == meaning(wanted))


def same_kind(value: Any, wanted: Hashable) -> bool:
    """Return whether two values are both numbers (or truth values), or both words."""
    return isinstance(meaning(value), str) == isinstance(meaning(wanted), str)


def unquoted(wanted: Hashable, names: list[str]) -> str | None:
    """Return a hint where YAML made a truth value of a word that the table has.

    Examples
    --------
    >>> unquoted(True, ["No", "Yes"])
    "In YAML a bare Yes is true: write 'Yes' in quotation marks."
    """
    words = YAML_TRUTH[wanted] if isinstance(wanted, bool) else ()
    word = next((n.strip() for n in names if n.strip().casefold() in words), None)
    if word is None:
        return None
    return f"In YAML a bare {word} is {str(wanted).lower()}: write '{word}' in quotation marks."
