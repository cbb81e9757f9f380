"""From a model's outputs to the scalar that is explained."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xaikit.core.errors import SpecError, nearest, shown


@dataclass(frozen=True, slots=True)
class Target:
    """A function from model outputs to one or more scalars per example.

    Parameters
    ----------
    name : str
        Printed in the report.
    outputs : tuple of str
        The name of each scalar.
    apply : callable
        `(n, …) → (n, len(outputs))`, by indexing and arithmetic alone, so that arrays and tensors both pass.
    """

    name: str
    outputs: tuple[str, ...]
    apply: Callable[[Any], Any]

    def __call__(self, outputs: Any) -> Any:
        """Return the scalars of a batch of model outputs, shape `(n, len(self.outputs))`.

        Raises
        ------
        SpecError
            When the model or the function gives another number of scalars than there are names.
        """
        scalars = self.apply(outputs)
        if scalars.shape[1] != len(self.outputs):
            raise SpecError(f"target {self.name}", f"{scalars.shape[1]} scalars a row", f"{len(self.outputs)}")
        return scalars

    def __add__(self, other: "Target") -> "Target":
        """Return the sum of two targets, named after both."""
        return _combined(self, "+", other, lambda a, b: a + b)

    def __sub__(self, other: "Target") -> "Target":
        """Return the difference of two targets: what speaks for one and against the other."""
        return _combined(self, "−", other, lambda a, b: a - b)

    def __rmul__(self, factor: float) -> "Target":
        """Return the target times a number."""
        name = f"{factor:g} × {self.name}"
        return Target(name, tuple(f"{factor:g} × {o}" for o in self.outputs), lambda y: factor * self.apply(y))


def _combined(a: Target, sign: str, b: Target, operation: Callable[[Any, Any], Any]) -> Target:
    if len(a.outputs) != len(b.outputs):
        got = f"{len(a.outputs)} and {len(b.outputs)} scalars"
        raise SpecError(f"target {a.name} {sign} {b.name}", got, "as many scalars on both sides")
    names = tuple(f"{x} {sign} {y}" for x, y in zip(a.outputs, b.outputs, strict=True))
    return Target(f"{a.name} {sign} {b.name}", names, lambda y: operation(a.apply(y), b.apply(y)))


def every_output(names: Sequence[str]) -> Target:
    """Return the target that keeps all outputs."""
    return Target("all outputs", tuple(names), lambda y: y.reshape(len(y), -1))


def one_output(index: int, names: Sequence[str]) -> Target:
    """Return the target that keeps the output at `index`."""
    name = names[index]
    called = name if name.startswith("output ") else f"output {name}"
    return Target(called, (name,), lambda y: y.reshape(len(y), -1)[:, index : index + 1])


def margin(index: int, rival: int, names: Sequence[str]) -> Target:
    """Return the difference of two outputs: what speaks for one class and against its rival."""
    name = f"{names[index]} − {names[rival]}"
    return Target(name, (name,), lambda y: (y[:, index] - y[:, rival])[:, None])


def from_callable(function: Callable[[Any], Any], count: int = 1) -> Target:
    """Return a target made of any function of the outputs that gives `(n,)` or `(n, count)`."""
    name = getattr(function, "__name__", "custom target")

    def apply(y: Any) -> Any:
        value = function(y)
        value = value if hasattr(value, "reshape") else np.asarray(value)
        if value.ndim == 0 or len(value) != len(y):
            got = "one number for the whole batch" if value.ndim == 0 else f"shape {tuple(value.shape)}"
            raise SpecError(f"target {name}", f"{got} of {len(y)} rows", f"({len(y)},) or ({len(y)}, scalars)")
        return value.reshape(len(y), -1)

    return Target(name, (name,) if count == 1 else tuple(f"{name} {i}" for i in range(count)), apply)


def resolve(target: "Target | str | int | Callable[[Any], Any]", names: Sequence[str]) -> Target:
    """Return the `Target` that was asked for: "all", an index, an output name or a callable.

    Raises
    ------
    SpecError
        When an index is out of range or a name is not an output of the model.

    Examples
    --------
    >>> resolve("yes", ["no", "yes"]).outputs
    ('yes',)
    """
    if isinstance(target, Target):
        return target
    if callable(target):
        return from_callable(target)
    if target == "all":
        return every_output(names)
    if isinstance(target, (int, np.integer)) and not isinstance(target, bool):
        target = int(target)
        if -len(names) <= target < len(names):
            return one_output(target % len(names), names)
        raise SpecError("target", f"output {target}", f"an index below {len(names)}")
    if isinstance(target, str) and target in names:
        return one_output(list(names).index(target), names)
    near = nearest(target, [*names, "all", "predicted"])
    raise SpecError(
        "target",
        shown(target),
        f"'all', 'predicted', an index, or an output among {list(names)}",
        f"Did you mean {shown(near)}?" if near else None,
    )
