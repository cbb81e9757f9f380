"""Which of torch's functions treat rows apart and are affine, or act on each number alone; by name and arguments."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

UNARY: Mapping[str, tuple[float, ...] | None] = {
    "relu": None,
    "leaky_relu": (0.0,), "elu": (0.0,), "selu": (0.0,), "celu": (0.0,),
    "silu": (), "gelu": (), "mish": (), "tanh": (), "sigmoid": (), "softplus": (), "log_sigmoid": (),
}  # fmt: skip
"""Functions of one number, and where they bend sharply; None where differences of answers are never rounded."""

FACTS = frozenset(
    ["__get__", "__len__", "size", "dim", "ndimension", "numel", "stride", "is_contiguous", "is_floating_point"]
)
"""What may be asked of an activation without reading its numbers, where the answer is no tensor."""

SAME_NUMBERS = frozenset(
    ["reshape", "view", "flatten", "unflatten", "squeeze", "unsqueeze", "contiguous", "clone", "to", "dropout"]
    + [f"dropout{d}d" for d in (1, 2, 3)]
    + ["alpha_dropout", "feature_alpha_dropout"]
)
LINEAR = frozenset(["linear", "conv1d", "conv2d", "matmul"])
POOLED = frozenset(f"{kind}avg_pool{d}d" for kind in ("", "adaptive_") for d in (1, 2, 3))
SUMS = frozenset(["add", "radd", "iadd", "sub", "rsub", "isub"])
PRODUCTS = frozenset(["mul", "rmul", "imul", "neg"])
QUOTIENTS = frozenset(["div", "truediv", "itruediv"])  # of the rows by a constant

INSTEAD: Mapping[str, Callable[..., Any]] = {
    "__iadd__": torch.add, "add_": torch.add, "__isub__": torch.sub, "sub_": torch.sub, "__imul__": torch.mul,
    "mul_": torch.mul, "__itruediv__": torch.div, "div_": torch.div, "relu_": torch.relu,
}  # fmt: skip
"""Functions that write into what they read, and their like that do not."""

FORMS = ("unary", "same numbers", "linear", "convolution", "affine")
Arguments = tuple[Any, ...]


def plain(name: str) -> str:
    """Return the name of a function without what says that it is an operator, or writes into its operand.

    Examples
    --------
    >>> plain("__iadd__"), plain("relu_"), plain("linear")
    ('iadd', 'relu', 'linear')
    """
    return name.strip("_")


def without_writing(name: str, function: Any) -> Any:
    """Return a function that leaves what it reads as it is, or None where there is none.

    A net that reads again what it wrote over then answers otherwise than it should: compare its answers.
    """
    writes = name.endswith("_") and not name.endswith("__")
    return INSTEAD.get(name, None if writes else function)


def form(name: str, read: Sequence[torch.Tensor], args: Arguments, kwargs: Mapping[str, Any]) -> str | None:
    """Return which form a call has, or None where it has none of `FORMS`.

    Parameters
    ----------
    name : str
        As `plain` gives it.
    read : sequence of tensor
        The positional arguments that depend on the rows, which are on their first axis.
    args, kwargs
        All arguments.
    """
    if name in SUMS | PRODUCTS | QUOTIENTS:
        return "affine" if _broadcast(name, read, args, kwargs) else None
    if name == "cat":
        apart = len(read) == len(args[0]) and _axes(_argument(args, kwargs, 1, "dim", 0), read[0].ndim)
        return "affine" if apart else None
    if len(read) != 1 or not args or args[0] is not read[0]:
        return None
    return _of_one(name, read[0], args, kwargs)


def _of_one(name: str, x: torch.Tensor, args: Arguments, kwargs: Mapping[str, Any]) -> str | None:
    if name in UNARY:
        return None if any(a is True for a in args) else "unary"
    if name in SAME_NUMBERS:
        return "same numbers" if _unchanged(name, x, args, kwargs) else None
    if name in LINEAR:
        return _linear(name, x, args, kwargs)
    return "affine" if name in POOLED or (name in CHECKED and CHECKED[name](x, args, kwargs)) else None


def _unchanged(name: str, x: torch.Tensor, args: Arguments, kwargs: Mapping[str, Any]) -> bool:
    """Return whether the numbers stay as they are: dropout in evaluation only, no other type or device."""
    if "dropout" in name:
        return not _argument(args, kwargs, 2, "training", True)
    if name == "to":
        return x.to(*args[1:], **kwargs) is x
    return not any(isinstance(a, torch.dtype) for a in (*args, *kwargs.values()))


def _linear(name: str, x: torch.Tensor, args: Arguments, kwargs: Mapping[str, Any]) -> str | None:
    weight = args[1] if len(args) > 1 else None
    if not isinstance(weight, torch.Tensor):
        return None
    if name in ("linear", "matmul"):
        return (name if name == "linear" else "affine") if weight.ndim == 2 and x.ndim > 1 else None
    if x.ndim != weight.ndim:
        return None
    return "convolution" if len(args) == 7 and not kwargs and not isinstance(args[4], str) else "affine"


def _broadcast(name: str, read: Sequence[torch.Tensor], args: Arguments, kwargs: Mapping[str, Any]) -> bool:
    """Return whether operands meet row by row: none has rows on another axis, and no constant has rows."""
    known = {id(t) for t in read}
    if name not in SUMS and len(read) != 1:
        return False
    if name in QUOTIENTS and (args[0] is not read[0] or kwargs):  # a rounding mode is not affine
        return False
    axes = read[0].ndim
    constants = [a for a in args if isinstance(a, torch.Tensor) and id(a) not in known]
    level = all(t.ndim == axes for t in read) and all(c.ndim <= axes for c in constants)
    return level and all(c.ndim < axes or len(c) == 1 for c in constants)


def _argument(args: Arguments, kwargs: Mapping[str, Any], place: int, name: str, default: Any) -> Any:
    return args[place] if len(args) > place else kwargs.get(name, default)


def _axes(axes: Any, of: int) -> bool:
    """Return whether axes were named, and none is that of the rows."""
    named = axes if isinstance(axes, list | tuple) else (axes,)
    return bool(named) and all(isinstance(a, int) and not isinstance(a, bool) and a % of != 0 for a in named)


def _reduced(x: torch.Tensor, args: Arguments, kwargs: Mapping[str, Any]) -> bool:
    return "dtype" not in kwargs and _axes(_argument(args, kwargs, 1, "dim", None), x.ndim)


def _swapped(x: torch.Tensor, args: Arguments, kwargs: Mapping[str, Any]) -> bool:
    return len(args) == 3 and not kwargs and _axes(args[1:], x.ndim)


def _permuted(x: torch.Tensor, args: Arguments, kwargs: Mapping[str, Any]) -> bool:
    order = args[1] if len(args) == 2 and not isinstance(args[1], int) else args[1:]
    return not kwargs and len(order) == x.ndim and order[0] in (0, -x.ndim)


def _normalised(_: torch.Tensor, args: Arguments, kwargs: Mapping[str, Any]) -> bool:
    return len(args) == 3 and args[1] is not None and not kwargs.get("training", False)


def _padded(x: torch.Tensor, args: Arguments, kwargs: Mapping[str, Any]) -> bool:
    return len(_argument(args, kwargs, 1, "pad", ())) <= 2 * (x.ndim - 1)


def _picked(x: torch.Tensor, args: Arguments, _: Mapping[str, Any]) -> bool:
    """Return whether an index keeps all rows, and has at most one list of places."""
    index = args[1] if isinstance(args[1], tuple) else (args[1],)
    lists = [i for i in index if not (i is None or isinstance(i, int | slice | type(...)))]
    if any(isinstance(i, bool) for i in index) or len(lists) > 1:
        return False
    if isinstance(index[0], slice):
        return index[0] == slice(None)
    return index[0] is ... and len(index) <= x.ndim and None not in index[1:]


CHECKED: Mapping[str, Callable[[torch.Tensor, Arguments, Mapping[str, Any]], bool]] = {
    "mean": _reduced,
    "sum": _reduced,
    "transpose": _swapped,
    "permute": _permuted,
    "batch_norm": _normalised,
    "pad": _padded,
    "getitem": _picked,
}
