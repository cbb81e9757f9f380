"""The configuration of an audit, resolved, and which of its values nobody chose."""

from collections.abc import Iterable, Mapping, Sequence
from inspect import Parameter
from typing import Any

from pydantic import BaseModel

from xaikit.auditing.spec_types import AuditSpec, ExplainSpec
from xaikit.core.plugin import Plugin
from xaikit.core.result import Step

EXPLAINED = {"rows", "background"}
"""Fields of an engine's step that are not the engine's own."""


def resolved(
    spec: AuditSpec,
    steps: Iterable[Step],
    checks: Iterable[tuple[Plugin, Mapping[str, Any]]],
    engines: Iterable[tuple[str, Plugin, ExplainSpec]] = (),
    features: Sequence[str] = (),
) -> dict[str, Any]:
    """Return a spec as plain values, with `defaults`: every value that is the default, by its key.

    Parameters
    ----------
    spec : AuditSpec
        What was asked for.
    steps : iterable of Step
        What ran: parameters of a step that did not are no part of the audit.
    checks, engines : iterables
        As in `Plan`.
    features : sequence of str
        Columns that the model took, chosen where none are named.

    Returns
    -------
    dict
        A value that was written out and is the default counts as one: nobody can tell a choice from a template.
    """
    ran = {(s.kind, s.name) for s in steps if s.status == "ran"}
    taken = dict(_of_spec(spec, features))
    if taken.get("checks") == "default":
        taken["checks"] = [check.name for check, _ in checks if ("checks", check.name) in ran]
    for name, engine, step in engines:
        if ("engines", name) in ran:
            found = {k: v for k, v in _untouched(step).items() if k in EXPLAINED}
            taken |= {f"explain.{name}.{k}": v for k, v in {**found, **_own(engine, step.parameters)}.items()}
    for check, given in checks:
        if ("checks", check.name) in ran:
            taken |= {f"checks.{check.name}.{k}": v for k, v in _own(check, given).items()}
    return {**spec.model_dump(mode="json"), "defaults": taken}


def _of_spec(spec: AuditSpec, features: Sequence[str]) -> Iterable[tuple[str, Any]]:
    if spec.model is not None:
        if "threshold" in _untouched(spec.model):
            yield "model.threshold", spec.model.threshold
        if spec.model.features is None and features:
            yield "model.features", list(features)
    if spec.roles.favourable == 1:
        yield "roles.favourable", 1
    for name in ("checks", "profiles", "seed"):
        if name in _untouched(spec):
            yield name, getattr(spec, name)


def _untouched(part: BaseModel) -> dict[str, Any]:
    """Return the fields that have their default value."""
    kind = type(part).model_fields
    return {k: v for k, v in part if k in kind and v == kind[k].get_default(call_default_factory=True)}


def _own(plugin: Plugin, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a plug-in that have their default value."""
    known = {k: p.default for k, p in plugin.parameters.items() if p.default is not Parameter.empty}
    return {k: _plain(v) for k, v in known.items() if k not in given or given[k] == v}


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
