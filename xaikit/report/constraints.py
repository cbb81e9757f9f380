"""The constraints of recourse in words: "within the stated constraints" must state them."""

from collections.abc import Mapping
from typing import Any

from xaikit.core.result import AuditResult
from xaikit.report.reading import declared_roles
from xaikit.report.text import Listed, Prose, Text, say, sentences, told


def stated(result: AuditResult, check: str) -> Text:
    """Return what a check of recourse held fast, in sentences.

    Parameters
    ----------
    result : AuditResult
        Whose `spec` declares the constraints.
    check : str
        "recourse" or "applicant".
    """
    given = _parameters(result, check)
    fixed = _names(given.get("immutable"))
    sensitive = _names(declared_roles(result).get("sensitive"))
    told: list[Text | None] = [
        say("Not to be changed: {features}.", features=Listed(fixed)) if fixed else None,
        None if "immutable" in given or not sensitive else _by_default(sensitive),
        _one_way(given, "only_increase"),
        _one_way(given, "only_decrease"),
        _bounds(given.get("bounds")),
        _links(given.get("linked")),
    ]
    if not any(told):
        return say("No feature was declared that cannot change.")
    return sentences(*told)


def _parameters(result: AuditResult, check: str) -> Mapping[str, Any]:
    checks = result.spec.get("checks")
    found = checks.get(check) if isinstance(checks, Mapping) else None
    return {k: v for k, v in (found or {}).items() if v is not None}


def _names(given: object) -> tuple[str, ...]:
    return tuple(n if isinstance(n, str) else str(n) for n in given) if isinstance(given, (list, tuple)) else ()


def _by_default(sensitive: tuple[str, ...]) -> Text:
    return say(
        "Nothing was declared immutable, so only the sensitive features were: {features}.", features=Listed(sensitive)
    )


def _one_way(given: Mapping[str, Any], key: str) -> Text | None:
    names = _names(given.get(key))
    if not names:
        return None
    if key == "only_increase":
        return say("To be increased only: {features}.", features=Listed(names))
    return say("To be decreased only: {features}.", features=Listed(names))


def _bounds(given: object) -> Text | None:
    if not isinstance(given, Mapping) or not given:
        return None
    each = tuple(Prose(f"{told(name)} {low:g}–{high:g}") for name, (low, high) in given.items())
    return say("Kept within bounds: {features}.", features=Listed(each))


def _links(given: object) -> Text | None:
    if not isinstance(given, Mapping) or not given:
        return None
    each = tuple(
        Prose(f"{told(s)} +1 → {told(t)} {factor:+g}") for s, links in given.items() for t, factor in links.items()
    )
    return say("Moved together: {features}.", features=Listed(each))
