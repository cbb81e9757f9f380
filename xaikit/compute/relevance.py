"""A net whose operations are replaced, while it runs, by those whose gradient × input is relevance.

Seen at the level of torch's functions: modules and plain code are the same, a layer may be used twice, and attention
that is written by hand is met as its products and its softmax. Weights, and whatever else does not depend on the
rows, are constants. An operation without a rule is refused, with the name of the layer in which it was met.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from xaikit.compute.relevance_operations import WITHOUT_SLOPE, NoRuleError, Operations
from xaikit.compute.relevance_rules import Rules, Tensor
from xaikit.compute.rowwise import FACTS, INSTEAD, plain

Args = tuple[Any, ...]
Kwargs = dict[str, Any]
SEEN = "_seen_by_relevance"


class Relevance(TorchFunctionMode):
    """What replaces the operations of a net.

    Parameters
    ----------
    rules : Rules
        How relevance is dealt out.
    where : callable
        Says in which layer the net is, for errors.
    """

    def __init__(self, rules: Rules, where: Callable[[], str], rows: Tensor) -> None:
        super().__init__()
        self._operations, self._rows = Operations(rules, where), rows
        self.leaf = _seen(rows) if rows.requires_grad else None

    def __torch_function__(self, func: Any, types: Any, args: Args = (), kwargs: Kwargs | None = None) -> Any:
        name = getattr(func, "__name__", str(func)).split(".")[0]  # of exported programs: linear.default
        args = self._constants(args)
        kwargs = self._constants({k: v for k, v in (kwargs or {}).items() if k not in ("inplace", "out")})
        if name in FACTS - {"__get__"} or plain(name) in WITHOUT_SLOPE:
            with torch.no_grad():
                return func(*args, **kwargs)
        read = [t for t in tensors((args, kwargs)) if t.requires_grad]
        if any(not hasattr(t, SEEN) for t in read):
            raise NoRuleError("operations that cannot be seen (compiled or scripted code)", self._operations.where())
        if not read:
            with torch.no_grad():
                answer = func(*args, **kwargs)
            return self._entered(answer) if name == "embedding" and self._reads_rows(args, kwargs) else answer
        return _seen(self._met(name, plain(name), func, args, kwargs))

    def _constants(self, value: Any) -> Any:
        """Return nested arguments with the weights of the net as constants."""
        if isinstance(value, Tensor):
            own = not value.requires_grad or not value.is_leaf or value is self.leaf
            return value if own else value.detach()
        if isinstance(value, dict):
            return {k: self._constants(v) for k, v in value.items()}
        if type(value) in (list, tuple):
            return type(value)(self._constants(v) for v in value)
        return value

    def _reads_rows(self, args: Args, kwargs: Kwargs) -> bool:
        read = args[0] if args else kwargs["input"]
        return self.leaf is None and read.shape == self._rows.shape and bool(torch.equal(read, self._rows))

    def _entered(self, answer: Tensor) -> Tensor:
        """Return the vectors that whole numbers stand for, from which relevance is read."""
        with torch.enable_grad():
            leaf: Tensor = _seen(answer.detach().requires_grad_())
        self.leaf = leaf
        return leaf

    def _met(self, name: str, short: str, func: Any, args: Args, kwargs: Kwargs) -> Any:
        if (name.endswith("_") and not name.endswith("__")) or (name.startswith("__i") and short != "invert"):
            func = INSTEAD.get(name) or getattr(functional, short, None)
            if func is None:
                raise NoRuleError(f"{name}, which writes over what it reads", self._operations.where())
        return self._operations(short, func, args, kwargs)


def _seen(value: Any) -> Any:
    """Return what an operation answered, marked: what is not was made by operations that nobody saw."""
    for tensor in tensors(value):
        setattr(tensor, SEEN, True)
    return value


def tensors(value: Any) -> Iterator[Tensor]:
    """Yield the tensors in nested arguments."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from tensors(tuple(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors(item)


def relevance(net: torch.nn.Module, batch: Tensor, rules: Rules) -> tuple[Tensor, Tensor]:
    """Return the relevance of what a batch holds, (n, …, outputs), and the net's answers, (n, outputs).

    Parameters
    ----------
    net : torch.nn.Module
        Answers (n, outputs); in evaluation mode.
    batch : tensor, shape (n, …)
        Numbers.
    rules : Rules
        How relevance is dealt out.

    Raises
    ------
    NoRuleError
        When the net has an operation without a rule.
    """
    with _places(net) as where, torch.enable_grad():
        rows = batch.detach().clone().requires_grad_(batch.is_floating_point())
        mode = Relevance(rules, where, rows)
        with mode:
            answers = net(rows)
        if answers.requires_grad and not hasattr(answers, SEEN):
            raise NoRuleError("operations that cannot be seen (compiled or scripted code)", "the net")
        if mode.leaf is None:
            raise NoRuleError("whole numbers that are not looked up by an embedding", "the net")
        found = [_of_output(answers, k, mode.leaf) for k in range(answers.shape[1])]
    values = torch.stack(found, dim=-1)
    return (values if batch.is_floating_point() else values.sum(dim=-2)), answers.detach()


def _of_output(answers: Tensor, k: int, leaf: Tensor) -> Tensor:
    slope = None
    if answers.requires_grad:
        (slope,) = torch.autograd.grad(answers[:, k].sum(), leaf, retain_graph=True, allow_unused=True)
    return torch.zeros_like(leaf) if slope is None else (slope * leaf).detach()


@contextmanager
def _places(net: torch.nn.Module) -> Iterator[Callable[[], str]]:
    """Say in which layer the net is while it runs."""
    inside: list[str] = []

    def enter(name: str, module: torch.nn.Module, _: Any) -> None:
        inside.append(f"{name} ({type(module).__name__})")

    def leave(*_: Any) -> None:
        if inside:
            inside.pop()

    hooks = []
    for name, module in net.named_modules():
        with suppress(RuntimeError):  # a scripted module takes no hooks
            hooks.append(module.register_forward_pre_hook(partial(enter, name.removeprefix("net.") or "the net")))
            hooks.append(module.register_forward_hook(leave))
    try:
        yield lambda: inside[-1] if inside else "the net"
    finally:
        for hook in hooks:
            hook.remove()
