"""An `AuditResult` as JSON and back: versioned, exact to the last bit, without NaN."""

import base64
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from xaikit.core.compact import packed, unpacked
from xaikit.core.errors import DataError
from xaikit.core.evidence import Criterion, Evidence, Finding, Profile, Verdict
from xaikit.core.explanation import Explanation
from xaikit.core.migrations import migrated
from xaikit.core.result import SCHEMA_VERSION, AuditResult, Provenance, Step
from xaikit.core.schema import FORMAT, validated
from xaikit.core.standing import Standing


def dumps(result: AuditResult) -> str:
    """Return the result as JSON text: sorted where order means nothing, one trailing newline.

    Same result, same bytes. A float is written with the fewest digits that read back to the same float; NaN and
    infinities are never written.
    """
    return json.dumps(to_dict(result), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def to_dict(result: AuditResult) -> dict[str, Any]:
    """Return the result as plain dicts, lists, strings and numbers."""
    body = {f.name: _plain(getattr(result, f.name)) for f in fields(result)}
    return {"format": FORMAT, "schema": SCHEMA_VERSION, "verdict": str(result.verdict), **body}


def loads(text: str) -> AuditResult:
    """Return the result that `dumps` wrote.

    Raises
    ------
    DataError
        When the text is not JSON, not a result, of a newer schema, or something in it does not fit.
    """
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(
            "result JSON", f"text that is not JSON (line {error.lineno})", "the file `xaikit audit` wrote"
        ) from None
    return from_dict(raw)


def from_dict(raw: Any) -> AuditResult:
    """Return the result of plain dicts.

    Raises
    ------
    DataError
        When it is not a result, of a newer schema, or something in it does not fit.
    """
    if not isinstance(raw, Mapping) or raw.get("format") != FORMAT:
        raise DataError("result JSON", "something else", f'an object with "format": "{FORMAT}"')
    raw = migrated(raw, SCHEMA_VERSION)
    try:
        raw = _whole(raw)
        validated(raw)
        return AuditResult(
            title=raw["title"],
            spec=raw["spec"],
            provenance=_made(Provenance, raw["provenance"]),
            steps=tuple(_made(Step, s) for s in raw["steps"]),
            evidence=tuple(_made(Evidence, e) for e in raw["evidence"]),
            findings=tuple(_finding(f) for f in raw["findings"]),
            profiles=tuple(_profile(p) for p in raw["profiles"]),
            explanations={k: _explanation(v) for k, v in raw["explanations"].items()},
            standings=tuple(_made(Standing, s) for s in raw["standings"]),
        )
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DataError("result JSON", f"a field that does not fit ({error})", "an unaltered result") from None


def _whole(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a result in the form of files, from that or from the form of pages."""
    evidence, findings = raw["evidence"], []
    for finding in raw["findings"]:
        place = finding["criterion"]
        if isinstance(place, list):
            finding = {**finding, "criterion": raw["profiles"][place[0]]["criteria"][place[1]]}
        findings.append(finding)
    return {
        **raw,
        "findings": findings,
        "evidence": unpacked(evidence) if isinstance(evidence, Mapping) else evidence,
    }


def _plain(value: Any) -> Any:  # noqa: C901  one line a type reads better than a table
    if isinstance(value, Verdict):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return value.isoformat() if isinstance(value, (date, datetime)) else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, Path):
        return str(value)
    return getattr(value, "__name__", None) or f"<{type(value).__name__}>"


def _array(a: np.ndarray[Any, Any]) -> dict[str, Any]:
    if a.dtype == object or a.dtype.kind in "US":
        return {"shape": list(a.shape), "dtype": "object", "items": [_plain(v) for v in a.ravel().tolist()]}
    dtype = a.dtype.newbyteorder("<")
    if a.size > 1 and a.tobytes() == a.ravel()[:1].tobytes() * a.size:  # one value throughout, to the last bit
        return {
            "shape": list(a.shape),
            "dtype": dtype.str,
            "fill": base64.b64encode(a.ravel()[:1].astype(dtype).tobytes()).decode(),
        }
    data = base64.b64encode(np.ascontiguousarray(a, dtype=dtype).tobytes()).decode("ascii")
    return {"shape": list(a.shape), "dtype": dtype.str, "base64": data}


def _unarray(raw: Any) -> Any:
    if raw is None or isinstance(raw, np.ndarray):
        return raw
    if raw["dtype"] == "object":
        out = np.empty(len(raw["items"]), dtype=object)
        out[:] = raw["items"]
        return out.reshape(raw["shape"])
    dtype = np.dtype(raw["dtype"])
    if dtype.hasobject:
        raise ValueError("an array of objects")
    if "fill" in raw:
        return np.full(raw["shape"], np.frombuffer(base64.b64decode(raw["fill"]), dtype=dtype)[0], dtype=dtype)
    return np.frombuffer(base64.b64decode(raw["base64"]), dtype=dtype).reshape(raw["shape"]).copy()


def _made(kind: Any, raw: Mapping[str, Any]) -> Any:
    known = {f.name for f in fields(kind)}
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items() if k in known}
    return kind(**given)


def _finding(raw: Mapping[str, Any]) -> Finding:
    made = {**raw, "criterion": _made(Criterion, raw["criterion"]), "verdict": Verdict[raw["verdict"]]}
    finding: Finding = _made(Finding, made)
    return finding


def compact(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the plain result in the form of pages: criteria told by their place in the profiles, evidence packed."""
    place = {(p["id"], c["id"]): [i, j] for i, p in enumerate(raw["profiles"]) for j, c in enumerate(p["criteria"])}
    out = []
    for finding in raw["findings"]:
        criterion = finding["criterion"]
        where = place.get((criterion.get("profile"), criterion["id"]))
        same = where is not None and raw["profiles"][where[0]]["criteria"][where[1]] == criterion
        out.append({**finding, "criterion": where} if same else finding)
    return {**raw, "findings": out, "evidence": packed(raw["evidence"])}


def _profile(raw: Mapping[str, Any]) -> Profile:
    made = dict(raw)
    made["criteria"] = [_made(Criterion, c) for c in raw["criteria"]]
    profile: Profile = _made(Profile, made)
    return profile


def _explanation(raw: Mapping[str, Any]) -> Explanation:
    arrays = ("values", "base", "prediction", "stderr", "degrees", "converged", "data")
    made = {k: _unarray(v) if k in arrays else v for k, v in raw.items()}
    made["detail"] = {k: _unarray(v) for k, v in raw["detail"].items()}
    explanation: Explanation = _made(Explanation, made)
    return explanation


def plain(value: Any) -> Any:
    """Return one value of a result as plain dicts, lists, strings and numbers."""
    return _plain(value)


def explanation_to_dict(explanation: Explanation) -> dict[str, Any]:
    """Return one explanation as plain dicts, its arrays in base64."""
    plain: dict[str, Any] = _plain(explanation)
    return plain


def explanation_from_dict(raw: Mapping[str, Any]) -> Explanation:
    """Return what `explanation_to_dict` wrote."""
    return _explanation(raw)
