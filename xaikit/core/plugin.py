"""The file system is the registry: one file adds an adapter, an engine, a check or a report section.

A plug-in is a module with one function of a known name. Arguments before `*` are *inputs*, handed over by the
audit; those after it are *parameters*, which may be set in audit.yaml and are validated before any work starts.
Third parties add plug-ins through entry points of the groups `xaikit.adapters`, `xaikit.engines`, `xaikit.checks`
and `xaikit.sections`, each naming a module of the same shape.
"""

import ast
import importlib
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from xaikit.core.errors import SpecError, XaikitError, shown, unknown_name

PACKAGES = {
    "adapters": "xaikit.adapters",
    "engines": "xaikit.engines",
    "checks": "xaikit.checks",
    "sections": "xaikit.report.sections",
}
FUNCTIONS = {"adapters": "load", "engines": "explain", "checks": "check", "sections": "blocks"}


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plug-in as the audit sees it.

    Parameters
    ----------
    kind, name : str
        "checks", "selection_rate".
    function : callable
        What does the work.
    inputs : tuple of str
        The arguments that the audit hands over.
    optional : frozenset of str
        Those of `inputs` that have a default, and may be absent.
    parameters : mapping
        Name to `inspect.Parameter` of what may be set in audit.yaml.
    annotations : mapping
        Resolved annotations of every argument.
    """

    kind: str
    name: str
    function: Callable[..., Any]
    inputs: tuple[str, ...]
    optional: frozenset[str]
    parameters: Mapping[str, inspect.Parameter]
    annotations: Mapping[str, Any]

    @property
    def required(self) -> tuple[str, ...]:
        """The parameters that have no default: a check with one runs only when it is named."""
        return tuple(k for k, p in self.parameters.items() if p.default is inspect.Parameter.empty)

    @property
    def capability(self) -> Any:
        """The type that the annotation of `model` asks for, or None when there is no `model`."""
        return self.annotations.get("model")


@cache  # reading the metadata of every installed package takes longer than many a step
def _entry_points(kind: str) -> dict[str, str]:
    return {e.name: e.value for e in metadata.entry_points(group=f"xaikit.{kind}")}


def _folder(kind: str) -> Path:
    spec = util.find_spec(PACKAGES[kind])
    if spec is None or not spec.submodule_search_locations:
        raise SpecError(f"plug-ins of kind '{kind}'", "no folder", f"the package {PACKAGES[kind]}")
    return Path(next(iter(spec.submodule_search_locations)))


def names(kind: str) -> tuple[str, ...]:
    """Return the names of all plug-ins of a kind, sorted; nothing is imported.

    Examples
    --------
    >>> "selection_rate" in names("checks")
    True
    """
    if kind not in PACKAGES:
        raise unknown_name("plug-ins", "kind", kind, PACKAGES)
    own = {p.stem for p in _folder(kind).glob("*.py") if not p.stem.startswith("_")}
    return tuple(sorted(own | set(_entry_points(kind))))


def summary(kind: str, name: str) -> str:
    """Return the first line of a plug-in's docstring; the module is read, not imported."""
    file = _folder(kind) / f"{name}.py"
    if not file.exists():
        return f"(from {_entry_points(kind).get(name, 'nowhere')})"
    return (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").partition("\n")[0]


def load(kind: str, name: str, where: str = "audit.yaml") -> Plugin:
    """Import one plug-in and read its signature.

    Raises
    ------
    SpecError
        When there is no plug-in of that name; the nearest is named. When one of another package cannot be imported.
    """
    known = names(kind)
    if name not in known:
        raise unknown_name(where, kind.removesuffix("s"), name, known)
    own = is_ours(kind, name)
    place = f"{PACKAGES[kind]}.{name}" if own else _entry_points(kind)[name]
    try:
        return _read(kind, name, place)
    except XaikitError:
        raise
    except Exception as error:
        if own:
            raise
        hint = "Mend or uninstall the package that brings it."
        raise SpecError(f"{kind}: {name}", f"{type(error).__name__}: {error}", f"to import {place}", hint) from error


def offered(kind: str, name: str) -> Plugin:
    """Return a plug-in that nobody asked for by its name: one that cannot be imported fails when it is run.

    A package that is installed for something else, and is broken, then stops no audit; its step says what happened.
    """
    try:
        return load(kind, name)
    except XaikitError as error:
        if is_ours(kind, name):
            raise
        return Plugin(kind, name, _failing(error), (), frozenset(), {}, {})


def _failing(error: XaikitError) -> Callable[..., Any]:
    def fail(*_: Any) -> None:
        raise error

    return fail


def _read(kind: str, name: str, place: str) -> Plugin:
    function: Callable[..., Any] = getattr(importlib.import_module(place), FUNCTIONS[kind])
    signature = inspect.signature(function).parameters
    plain = {k: p for k, p in signature.items() if p.kind is not inspect.Parameter.KEYWORD_ONLY}
    return Plugin(
        kind,
        name,
        function,
        tuple(plain),
        frozenset(k for k, p in plain.items() if p.default is not inspect.Parameter.empty),
        {k: p for k, p in signature.items() if p.kind is inspect.Parameter.KEYWORD_ONLY},
        typing.get_type_hints(function, include_extras=True),
    )


def is_ours(kind: str, name: str) -> bool:
    """Return whether a name is that of a file of ours: it stays ours, whatever another package calls its own."""
    return (_folder(kind) / f"{name}.py").exists()


def validated(plugin: Plugin, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the parameters of a plug-in, each checked against its annotation.

    Raises
    ------
    SpecError
        For an unknown parameter (with the nearest name), a value of the wrong type, or one that is missing.
    """
    for name in given:
        if name not in plugin.parameters:
            raise unknown_name(where, f"parameter of {plugin.name}", name, plugin.parameters)
    out: dict[str, Any] = {}
    for name, parameter in plugin.parameters.items():
        if name in given:
            out[name] = check_value(plugin, name, given[name], f"{where}.{name}")
        elif parameter.default is inspect.Parameter.empty:
            raise SpecError(where, f"no '{name}'", f"a value for it: {plugin.name} needs one")
    return out


def check_value(plugin: Plugin, name: str, value: Any, where: str) -> Any:
    """Return `value` as the annotation of the parameter `name` wants it.

    Raises
    ------
    SpecError
        When it does not fit.
    """
    annotation = plugin.annotations.get(name, Any)
    try:
        return TypeAdapter(annotation, config={"arbitrary_types_allowed": True}).validate_python(value)
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        raise SpecError(where, shown(value), f"a value that fits: {problem}") from None


def function(module: str, name: str) -> Callable[..., Any]:
    """Return a function of an upper floor by name, at the moment it is called.

    Values of `core` can draw, save and convert themselves (`result.to_html`, `explanation.to_shap`); what does that
    lives on floors above, which `core` must not import.
    """
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found
