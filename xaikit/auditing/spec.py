"""audit.yaml as a type: every key is known, every error names its line and the nearest right word."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from xaikit.auditing.spec_types import (
    DEFAULT_CHECKS,
    AuditSpec,
    DataSpec,
    ExplainSpec,
    ModelSpec,
    ReportSpec,
    RolesSpec,
)
from xaikit.core import plugin
from xaikit.core.errors import SpecError, nearest, shown, unknown_name
from xaikit.core.evidence import JOIN
from xaikit.core.graph import Graph
from xaikit.core.roles import agreed, cut, not_one_feature
from xaikit.io.yaml_lines import Lines, place, read_yaml

LONGEST_LABEL = 60


def from_yaml(path: Path) -> AuditSpec:
    """Return the audit that a YAML file asks for, its paths made absolute.

    Raises
    ------
    SpecError
        With the file and line: no such file, YAML that cannot be read, an unknown key, a value that does not fit.
    """
    raw, line_of = read_yaml(path)
    if not isinstance(raw, dict):
        raise SpecError(str(path), "no keys" if raw is None else f"a {type(raw).__name__}", "title, data, roles …")
    return parse(raw, str(path), line_of, path.parent.resolve())


def parse(raw: Mapping[str, Any], where: str, line_of: Lines | None = None, folder: Path | None = None) -> AuditSpec:
    """Return the audit that plain values ask for; every plug-in named is looked up and its parameters checked.

    Parameters
    ----------
    raw : mapping
        As read from YAML.
    where : str
        The file, for errors.
    line_of : mapping, optional
        From `lines`.
    folder : Path, optional
        To which relative paths refer.

    Raises
    ------
    SpecError
        For the first thing that does not fit, with its line when it is known.
    """
    line_of = line_of or {}
    try:
        spec = AuditSpec.model_validate(raw)
    except ValidationError as error:
        raise _explained(error, where, line_of) from None
    if folder:
        spec = _absolute(spec, folder)
    _check_labels(spec, where, line_of)
    _check_declared(spec.roles, where, line_of)
    _check_stream(spec, place(where, ("data", "stream"), line_of))
    _check_engines(spec, where, line_of)
    _check_checks(spec, where, line_of)
    _check_adapter(spec, where, line_of)
    return spec


def _explained(error: ValidationError, where: str, line_of: Lines) -> SpecError:
    first = error.errors()[0]
    path = tuple(p for p in first["loc"] if not (isinstance(p, str) and ("[" in p or p in ("str", "dict", "list"))))
    if first["type"] == "extra_forbidden":
        options = list(_model_at(path[:-1]).model_fields)
        near = nearest(path[-1], options)
        hint = f"Did you mean {shown(near)}?" if near else None
        return SpecError(
            place(where, path, line_of), f"unknown key {shown(path[-1])}", f"one of {', '.join(options)}", hint
        )
    got = "nothing" if first["type"] == "missing" else shown(first["input"])
    return SpecError(place(where, path, line_of), got, first["msg"][0].lower() + first["msg"][1:])


def _model_at(path: tuple[str | int, ...]) -> type[BaseModel]:
    parts: dict[str, type[BaseModel]] = {
        "data": DataSpec,
        "roles": RolesSpec,
        "model": ModelSpec,
        "report": ReportSpec,
        "explain": ExplainSpec,
    }
    return parts[str(path[0])] if path else AuditSpec


def checks_of(spec: AuditSpec) -> dict[str, dict[str, Any]]:
    """Return the checks asked for, by name, with their parameters; "default" stands for all that need none."""
    if spec.checks == DEFAULT_CHECKS:
        return defaults()
    if isinstance(spec.checks, dict):
        named = {name: dict(parameters or {}) for name, parameters in spec.checks.items() if name != DEFAULT_CHECKS}
        return {**(defaults() if DEFAULT_CHECKS in spec.checks else {}), **named}
    return {
        **(defaults() if DEFAULT_CHECKS in spec.checks else {}),
        **{n: {} for n in spec.checks if n != DEFAULT_CHECKS},
    }


def defaults() -> dict[str, dict[str, Any]]:
    """Return the checks that need no parameter."""
    return {name: {} for name in plugin.names("checks") if not plugin.offered("checks", name).required}


def _check_declared(roles: RolesSpec, where: str, line_of: Lines) -> None:
    for name in roles.sensitive:
        if JOIN in name:
            raise not_one_feature(name, place(where, ("roles", "sensitive"), line_of))
    agreed(roles.legitimate, roles.contested, place(where, ("roles", "contested"), line_of))
    Graph.of(roles.causes, place(where, ("roles", "causes"), line_of))
    cut(roles.bins, (*roles.sensitive, *roles.control), place(where, ("roles", "bins"), line_of))


def _check_labels(spec: AuditSpec, where: str, line_of: Lines) -> None:
    seen: dict[str, str] = {}
    for column, label in (spec.data.labels if spec.data else {}).items():
        here = place(where, ("data", "labels", column), line_of)
        if not label.strip() or not label.isprintable() or len(label) > LONGEST_LABEL:
            raise SpecError(here, shown(label), f"a line of 1 to {LONGEST_LABEL} letters")
        if label.strip() in seen:
            raise SpecError(here, f"{shown(label)}, as for '{seen[label.strip()]}'", "a label of its own")
        seen[label.strip()] = column


def _check_stream(spec: AuditSpec, where: str) -> None:
    if spec.data is None or spec.data.stream is not True:
        return
    if spec.model is not None:
        raise SpecError(where, "true beside a model", "no model: it answers rows, which a stream does not hold")
    if not spec.roles.sensitive:
        raise SpecError(where, "true without roles.sensitive", "at least one sensitive feature to count by")


def _check_engines(spec: AuditSpec, where: str, line_of: Lines) -> None:
    for i, step in enumerate(spec.explain):
        found = plugin.load("engines", step.engine, place(where, ("explain", i, "engine"), line_of))
        _check_keys(step.parameters, found, ExplainSpec, where, ("explain", i), line_of)


def _check_checks(spec: AuditSpec, where: str, line_of: Lines) -> None:
    if spec.checks == DEFAULT_CHECKS:
        return
    asked = spec.checks if isinstance(spec.checks, dict) else dict.fromkeys(spec.checks)
    for i, (name, parameters) in enumerate(asked.items()):
        if name == DEFAULT_CHECKS:
            continue
        path = ("checks", name) if isinstance(spec.checks, dict) else ("checks", i)
        found = plugin.load("checks", name, place(where, path, line_of))
        _check_keys(parameters or {}, found, None, where, path, line_of)


def _check_adapter(spec: AuditSpec, where: str, line_of: Lines) -> None:
    if spec.model is None:
        return
    if spec.model.adapter is None and spec.model.path is None:
        raise SpecError(place(where, ("model",), line_of), "no adapter and no path", "at least one of the two")
    if spec.model.adapter is not None:
        found = plugin.load("adapters", spec.model.adapter, place(where, ("model", "adapter"), line_of))
        _check_keys(spec.model.parameters, found, ModelSpec, where, ("model",), line_of)


def _check_keys(
    given: Mapping[str, Any],
    found: plugin.Plugin,
    own: type[BaseModel] | None,
    where: str,
    path: tuple[str | int, ...],
    line_of: Lines,
) -> None:
    options = [*(own.model_fields if own else ()), *found.parameters]
    for key in given:
        here = place(where, (*path, key), line_of)
        if key not in found.parameters:
            raise unknown_name(here, f"parameter of {found.name}", key, options)
        plugin.check_value(found, key, given[key], here)


def _absolute(spec: AuditSpec, folder: Path) -> AuditSpec:
    changed: dict[str, Any] = {}
    if spec.data:
        changed["data"] = spec.data.model_copy(update={"path": folder / spec.data.path})
    if spec.model and spec.model.path:
        changed["model"] = spec.model.model_copy(update={"path": folder / spec.model.path})
    changed["profiles"] = [
        str(folder / p) if p.endswith((".yaml", ".yml")) and not Path(p).is_absolute() else p for p in spec.profiles
    ]
    return spec.model_copy(update=changed)


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of audit.yaml, for editors; plug-in names are listed."""
    schema = AuditSpec.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "xaikit audit.yaml"
    definitions = schema["$defs"]
    definitions["ExplainSpec"]["properties"]["engine"]["enum"] = list(plugin.names("engines"))
    return schema
