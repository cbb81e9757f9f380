"""The tensor that is explained, among what a module returns."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import torch

from xaikit.core.errors import ModelError, listed, shown

CHOOSE = "Choose one with `part:`; in Python, wrap the module in one that returns it."


def chosen(output: Any, part: int | str | None, where: str) -> torch.Tensor:
    """Return a module's output, or the part of it that is asked for, or its only part.

    Parameters
    ----------
    output : tensor, tuple, mapping or dataclass
        What the module returned; the parts of a named tuple and of a dataclass have their names, too.
    part : int or str, optional
        Position or name.
    where : str
        For errors: "model 'net.pt2'".

    Raises
    ------
    ModelError
        When there are several parts and none is chosen, no such part, or it is no tensor.

    Examples
    --------
    >>> chosen({"logits": torch.ones(2)}, None, "model").tolist()
    [1.0, 1.0]
    """
    if isinstance(output, torch.Tensor):
        return output
    parts = _parts(output)
    names = list(parts)[: len(output)] if isinstance(output, list | tuple) else list(parts)
    if part is None and len(names) == 1:
        part = names[0]
    if part is None or part not in parts:
        got = f"a {type(output).__name__} of {listed(names)}" if names else f"a {type(output).__name__}"
        raise ModelError(where, got, "a tensor", CHOOSE if names else None)
    found = parts[part]
    if not isinstance(found, torch.Tensor):
        raise ModelError(f"{where}, part {part}", f"a {type(found).__name__}", "a tensor")
    return found


def _parts(output: Any) -> Mapping[Any, Any]:
    """Return the parts by position or name, positions first."""
    if isinstance(output, Mapping):
        return output
    if isinstance(output, list | tuple):
        named = dict(zip(getattr(output, "_fields", ()), output, strict=False))
        return {**dict(enumerate(output)), **named}
    if dataclasses.is_dataclass(output) and not isinstance(output, type):
        return {f.name: getattr(output, f.name) for f in dataclasses.fields(output)}
    return {}


def seen(module: torch.nn.Module) -> None:
    """Return when all weights of a module have a shape.

    Raises
    ------
    ModelError
        Naming a weight of a lazy layer that has not met a batch yet.
    """
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        if torch.nn.parameter.is_lazy(tensor):
            got = f"a net whose weight {shown(name)} has no shape yet"
            raise ModelError("model", got, "a net that has met a batch, and was trained", "Call it once on a batch.")
