"""From a file or a live object to a `Model`; nothing heavy is imported before it is needed."""

import sys
from pathlib import Path
from typing import Any

from xaikit.compute import artefacts
from xaikit.core import plugin
from xaikit.core.errors import MissingExtraError, ModelError, SpecError, listed, shown
from xaikit.core.model import Model

# Third-party adapters are asked after these; the order decides where two recognise the same content.
FIRST = ("onnx", "torch_module", "sklearn", "transformers")


def load_model(
    path: str | Path | None = None, *, adapter: str | None = None, trust: bool | str = False, **parameters: Any
) -> Any:
    """Open a model file.

    Parameters
    ----------
    path : path, optional
        A file or folder; adapters such as `function` and `scores` need none.
    adapter : str, optional
        The adapter that opens it; found by the file's content (never its name) when left out.
    trust : bool or str
        True, or "sha256:…" of the file: allow it to execute code. Without it such a file is refused.
    **parameters
        Of the adapter: see `xaikit list adapters`.

    Returns
    -------
    Model
        What the adapter makes; it can at least `predict`.

    Raises
    ------
    SpecError
        No such file, adapter or parameter.
    ModelError
        When no adapter knows the content, or the file is not what it says.
    TrustError
        When opening it would execute code.
    """
    given = dict(parameters)
    if path is not None:
        given["path"] = Path(path)
        if not given["path"].exists():
            raise SpecError(f"model file {shown(str(path), 200)}", "no such file", "the path of a model")
        adapter = adapter or recognised(given["path"])
    if adapter is None:
        raise SpecError("load_model", "no path and no adapter", "at least one of the two")
    found = plugin.load("adapters", adapter, "load_model")
    if trust and "trust" in found.parameters:  # what needs no trust opens without it
        given["trust"] = trust
    return found.function(**plugin.validated(found, given, "load_model"))


def recognised(path: Path) -> str:
    """Return the name of the adapter that knows the content of a file.

    Raises
    ------
    ModelError
        When none does; the error says what the file looks like.
    MissingExtraError
        When the adapter that would is not installed.
    """
    names = plugin.names("adapters")
    missing: dict[str, MissingExtraError] = {}
    broken: list[str] = []
    for name in [*(n for n in FIRST if n in names), *(n for n in names if n not in FIRST)]:
        try:
            if _recognises(name, path):
                return name
        except MissingExtraError as error:
            missing[name] = error
        except Exception as error:  # of another package: it may break in any way, and the next is asked
            if plugin.is_ours("adapters", name):
                raise
            broken.append(f"The adapter '{name}' could not be asked: {error}.")
    kind = artefacts.kind_at(path)
    if kind in missing:  # the kinds "onnx" and "transformers" are called as their adapters are
        raise missing[kind]
    raise ModelError(
        f"model file {shown(str(path), 200)}",
        artefacts.KINDS[kind],
        f"a model that one of the adapters recognises: {listed(names)}",
        " ".join(["Name the adapter if you know it: `adapter: …`.", *broken]),
    )


def _recognises(name: str, path: Path) -> bool:
    module = sys.modules[plugin.load("adapters", name).function.__module__]
    return hasattr(module, "recognises") and bool(module.recognises(path))


def as_model(thing: Any) -> Model:
    """Return a live object as a `Model`, through the adapter that fits it.

    Parameters
    ----------
    thing : Model, torch.nn.Module, fitted estimator or callable
        torch and scikit-learn are recognised by the names of their classes' modules, and are imported only when the
        object is theirs.

    Raises
    ------
    ModelError
        When it is none of these; for a path the error points to `load_model`.

    Examples
    --------
    >>> as_model(lambda rows: [len(r) for r in rows]).predict(["a", "abc"]).ravel().tolist()
    [1.0, 3.0]
    """
    if isinstance(thing, type):
        raise ModelError("model", f"the class {thing.__name__}", "an object of it: made, and fitted")
    if isinstance(thing, Model):
        return thing
    if isinstance(thing, str | Path):
        hint = "Use xaikit.load_model(path)."
        raise ModelError("model", f"the path {shown(str(thing))}", "a model object", hint)
    made: Model
    if _is_a(thing, "torch", "Module") or _is_a(thing, "torch", "ScriptModule"):
        made = plugin.function("xaikit.adapters.torch_module", "TorchModule")(thing)
    elif any(callable(getattr(thing, method, None)) for method in ("predict_proba", "decision_function", "predict")):
        made = plugin.function("xaikit.adapters.sklearn", "of")(thing)
    elif callable(thing):
        made = plugin.function("xaikit.adapters.function", "FunctionModel")(thing)
    else:
        got = f"a {type(thing).__module__}.{type(thing).__name__}"
        raise ModelError("model", got, "a torch module, a fitted estimator, a callable, or what load_model returns")
    return made


def takes_frames(model: Any) -> bool:
    """Return whether a model takes its rows as a table with named columns (an array, when it says nothing)."""
    return bool(getattr(model, "takes_frames", False))


def _is_a(thing: Any, package: str, name: str) -> bool:
    return any(c.__name__ == name and c.__module__.partition(".")[0] == package for c in type(thing).__mro__)
