"""Results of older versions of the format, brought to the present one, a version at a time.

A version is never altered once it was published. A field that is added, and that older readers can do without, needs
no new version: readers pass over what they do not know. A field that is renamed, removed or of another meaning does,
with a step here and a frozen example in the tests that must load for ever.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from xaikit.core.errors import DataError, shown

Migration = Callable[[dict[str, Any]], dict[str, Any]]


def _from_1(raw: dict[str, Any]) -> dict[str, Any]:
    """Version 2: standings of features; degrees of freedom of standard errors; evidence of pages in packed form."""
    explanations = {name: {"degrees": None, **e} for name, e in raw["explanations"].items()}
    return {**raw, "schema": 2, "standings": [], "explanations": explanations}


MIGRATIONS: Mapping[int, Migration] = MappingProxyType({1: _from_1})
"""From which version, and what makes the next one of it."""


def migrated(raw: Mapping[str, Any], to: int, steps: Mapping[int, Migration] = MIGRATIONS) -> dict[str, Any]:
    """Return a plain result of any version up to `to` as one of version `to`; what was given stays as it is.

    Parameters
    ----------
    raw : mapping
        As read from JSON.
    to : int
        The version that this xaikit writes.
    steps : mapping of int to callable
        What makes version v + 1 of version v.

    Raises
    ------
    DataError
        When it states no version, one that never was, or a newer one.

    Examples
    --------
    >>> migrated({"schema": 1, "a": 0}, 2, {1: lambda raw: {"schema": 2, "b": raw["a"]}})
    {'schema': 2, 'b': 0}
    """
    version = raw.get("schema")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DataError("result JSON", f"schema {shown(version)}", f"a version from 1 to {to}")
    if version > to:
        hint = "It was written by a newer xaikit: install that, or a newer one."
        raise DataError("result JSON", f"schema {version}", f"{to} or older", hint)
    out = dict(raw)
    for v in range(version, to):
        try:
            out = steps[v](out)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            got = f"a field that does not fit ({error!r})"
            raise DataError(f"result JSON of version {v}", got, "an unaltered result") from None
    return out
