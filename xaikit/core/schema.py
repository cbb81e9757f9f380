"""The form of result.json: derived from the types that it is written from, published as JSON schema.

What is published and what is checked on reading is one and the same model, so that they cannot disagree.
"""

import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from xaikit.core.errors import DataError, shown
from xaikit.core.evidence import Verdict
from xaikit.core.result import SCHEMA_VERSION, AuditResult

FORMAT = "xaikit-result"
VERDICTS = Literal["NOT_APPLICABLE", "PASS", "INCONCLUSIVE", "FAIL", "ERROR"]
STRICT = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False, arbitrary_types_allowed=True)


class Plain(BaseModel):
    """An array, exact to the last bit."""

    model_config = STRICT
    shape: list[int] = Field(description="Its shape")
    dtype: str = Field(description="numpy's name of its type, little-endian; or `object`")
    base64: str | None = Field(None, description="Its bytes in C order")
    fill: str | None = Field(None, description="Where all values are one: the bytes of that one")
    items: list[Any] | None = Field(None, description="Where dtype is `object`: its values in C order")


def validated(raw: Mapping[str, Any]) -> None:
    """Check a plain result against the schema.

    Raises
    ------
    DataError
        With the place of the first thing that does not fit.
    """
    try:
        _document().model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in first["loc"]).lstrip(".")
        got = "nothing" if first["type"] == "missing" else shown(first["input"])
        expected = first["msg"].replace("Input should be ", "").replace("Field required", "a value")
        more = f", and {error.error_count() - 1} more like it" if error.error_count() > 1 else ""
        raise DataError(f"result JSON: {where}", got, expected + more) from None


def result_schema() -> dict[str, Any]:
    """Return the JSON schema of result.json, with descriptions from the docstrings of the types."""
    schema = _document().model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:xaikit:result:{SCHEMA_VERSION}",
        **schema,
        "title": f"xaikit result, version {SCHEMA_VERSION}",
    }


@cache
def _document() -> type[BaseModel]:
    own: dict[str, Any] = {
        "format": (Literal["xaikit-result"], Field(description="What kind of file this is")),
        "schema_": (Literal[SCHEMA_VERSION], Field(alias="schema", description="Version of this form")),
        "verdict": (VERDICTS, Field(description="Of the whole: the maximum over the findings")),
    }
    made = create_model(
        "Result", __config__=STRICT, __doc__="All that an audit found.", **own, **_fields(AuditResult)
    )
    return typing.cast(type[BaseModel], made)


@cache
def _model(kind: type) -> type[BaseModel]:
    summary = (kind.__doc__ or "").partition("\n")[0]
    made = create_model(kind.__name__, __config__=STRICT, __doc__=summary, **_fields(kind))
    return typing.cast(type[BaseModel], made)


def _fields(kind: type) -> dict[str, Any]:
    hints, told = typing.get_type_hints(kind), described(kind.__doc__ or "")
    out: dict[str, Any] = {}
    for f in fields(kind):
        default = f.default if f.default is not MISSING else None
        needed = f.default is MISSING and f.default_factory is MISSING
        more: dict[str, Any] = {} if needed else {"default": list(default) if isinstance(default, tuple) else default}
        if f.default_factory is not MISSING:
            more = {"default_factory": f.default_factory}
        out[f.name] = (_written(hints[f.name]), Field(description=told.get(f.name), **more))
    return out


def _written(annotation: Any) -> Any:
    """Return the type of a value as it stands in JSON."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is Verdict:
        return VERDICTS
    if is_dataclass(annotation):
        return _model(typing.cast(type, annotation))
    if origin in (Union, types.UnionType):
        return Union[tuple(_written(a) for a in inner)]  # noqa: UP007  made at run time
    if origin is tuple:
        return list[_written(inner[0])]  # type: ignore[misc]
    if origin is np.ndarray:
        return Plain
    if origin is not None and issubclass(origin, Mapping):
        return dict[inner[0], _written(inner[1])]  # type: ignore[misc,valid-type]
    return annotation


def described(docstring: str) -> dict[str, str]:
    """Return what a numpydoc docstring says of each parameter.

    Examples
    --------
    >>> described('''One line.
    ...
    ...     Parameters
    ...     ----------
    ...     low, high : float
    ...         The interval,
    ...         both ends.
    ...     ''')
    {'low': 'The interval, both ends.', 'high': 'The interval, both ends.'}
    """
    part = re.search(r"Parameters\n\s+-+\n(.*?)(?=\n\s*\n\s+\w+\n\s+---|\Z)", docstring, re.DOTALL)
    out: dict[str, str] = {}
    for names, text in re.findall(
        r"^    (\w[\w, ]*) : [^\n]*\n((?:^ {8}[^\n]*\n?)+)", part[1] if part else "", re.MULTILINE
    ):
        for name in names.split(", "):
            out[name] = " ".join(text.split())
    return out
