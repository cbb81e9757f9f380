"""What a net did with a batch, operation by operation, where each operation has a form that is known.

The record is made while the net runs, at the level of torch's functions: `nn.ReLU`, `F.relu` and `x.relu()` are the
same, and so are modules and plain code. A record is only made of operations that treat rows apart and are either
affine or a function of one number; anything else (norms over features, products of two activations, recurrence,
pooling by the maximum, compiled code) raises `UnknownOperationError`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from xaikit.compute import rowwise
from xaikit.compute.batches import is_out_of_memory

Call = Callable[..., torch.Tensor]


class UnknownOperationError(Exception):
    """An operation whose form is not known; the message names it. Never seen by users: there is another way."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a record.

    Parameters
    ----------
    name, kind : str
        The function, as torch names it, and its form: a key of `xaikit.compute.rowwise.FORMS`, or "input".
    inputs : tuple of int
        The steps that it read.
    shape : tuple of int
        Of its answer for one row.
    call : callable
        Takes the tensors it read, for any number of rows; constants are filled in.
    constants : tuple
        All positional arguments but the tensor it read first.
    before, after : tensor or None
        What a function of one number read and answered, shape (rows, …); None for all other forms.
    """

    name: str
    kind: str
    inputs: tuple[int, ...]
    shape: tuple[int, ...]
    call: Call
    constants: tuple[Any, ...] = ()
    before: torch.Tensor | None = None
    after: torch.Tensor | None = None


@dataclass(frozen=True, slots=True)
class Tape:
    """The steps of a net on some rows, inputs first, and its answers, (rows, outputs)."""

    rows: torch.Tensor
    steps: tuple[Step, ...]
    answers: torch.Tensor

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, part: slice) -> "Tape":
        """Return the record of a slice of the rows, without copying."""
        steps = tuple(
            s if s.before is None or s.after is None else _of(s, s.before[part], s.after[part]) for s in self.steps
        )
        return Tape(self.rows[part], steps, self.answers[part])

    def plan(self) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
        """Return what was done, without the numbers: equal for batches that took the same way."""
        return [(s.name, s.inputs, s.shape) for s in self.steps]


def _of(step: Step, before: torch.Tensor, after: torch.Tensor) -> Step:
    return Step(step.name, step.kind, step.inputs, step.shape, step.call, step.constants, before, after)


def record(scores: Callable[[torch.Tensor], torch.Tensor], batch: torch.Tensor) -> Tape:
    """Run a net once on a batch and return what it did.

    Parameters
    ----------
    scores : callable
        From rows (n, …) to scalars (n, outputs).
    batch : tensor, shape (n, …)
        One row is recorded as two equal ones, so that an axis of rows cannot be taken for one of length one.

    Raises
    ------
    UnknownOperationError
        When an operation has no known form, or the answers do not come from the batch by recorded operations.

    Examples
    --------
    >>> net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh())
    >>> [step.name for step in record(net, torch.ones(4, 3)).steps]
    ['input', 'linear', 'tanh']
    """
    rows = batch.detach() if len(batch) > 1 else batch.detach().expand(2, *batch.shape[1:]).clone()
    recorder = _Recorder(rows)
    try:
        with torch.no_grad(), recorder:
            answers = scores(rows)
    except UnknownOperationError:
        raise
    except Exception as error:  # the net itself cannot be run like this
        if is_out_of_memory(error):
            raise
        raise UnknownOperationError(f"{type(error).__name__}: {error}") from error
    last = recorder.known.get(id(answers))
    if last is None or answers.ndim != 2:
        raise UnknownOperationError("answers that the recorded operations do not lead to")
    tape = Tape(rows, tuple(recorder.steps[: last + 1]), answers)
    return tape if len(batch) > 1 else tape[:1]


class _Recorder(TorchFunctionMode):
    """Sees every call of a torch function; `known` maps the identity of a tensor to the step that made it."""

    def __init__(self, rows: torch.Tensor) -> None:
        super().__init__()
        self.count = len(rows)
        self.known = {id(rows): 0}
        self.steps = [Step("input", "input", (), tuple(rows.shape[1:]), lambda x: x)]
        self.alive = [rows]  # the identity of a tensor that has gone may be given to another

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        read = [t for t in _tensors(args) if id(t) in self.known]
        named = [t for t in _tensors(tuple(kwargs.values())) if id(t) in self.known]
        name = getattr(func, "__name__", str(func))
        if not read and not named:
            return func(*args, **kwargs)
        if name in rowwise.FACTS:
            fact = func(*args, **kwargs)
            if not isinstance(fact, torch.Tensor):
                return fact
        if named or not read:
            raise UnknownOperationError(name)
        return self._done(name, func, read, args, {k: v for k, v in kwargs.items() if k != "inplace"})

    def _done(
        self, name: str, func: Any, read: list[torch.Tensor], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> torch.Tensor:
        """Return the answer of a call, written down."""
        func, plain = rowwise.without_writing(name, func), rowwise.plain(name)
        kind = func and rowwise.form(plain, read, args, kwargs)
        if kind is None:
            raise UnknownOperationError(name)
        answer: torch.Tensor = func(*args, **kwargs)
        if answer.ndim < 1 or len(answer) != self.count:
            raise UnknownOperationError(f"{name}, which does not answer row by row")
        if id(answer) not in self.known:  # else it was handed through
            self._add(plain, kind, read, answer, _replay(func, args, kwargs, read), args[1:])
        return answer

    def _add(
        self,
        name: str,
        kind: str,
        read: list[torch.Tensor],
        answer: torch.Tensor,
        call: Call,
        constants: tuple[Any, ...],
    ) -> None:
        before, after = (read[0], answer) if kind == "unary" else (None, None)
        inputs = tuple(self.known[id(t)] for t in read)
        self.known[id(answer)] = len(self.steps)
        self.steps.append(Step(name, kind, inputs, tuple(answer.shape[1:]), call, constants, before, after))
        self.alive.append(answer)


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)


def _replay(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], read: list[torch.Tensor]) -> Call:
    """Return the call with the tensors that it read left open, in the order in which they came."""
    opened = {id(t) for t in read}

    def filled(value: Any, given: Iterator[torch.Tensor]) -> Any:
        if isinstance(value, torch.Tensor):
            return next(given) if id(value) in opened else value
        if isinstance(value, list | tuple) and any(isinstance(v, torch.Tensor) for v in value):
            return type(value)(filled(v, given) for v in value)
        return value

    def call(*tensors: torch.Tensor) -> torch.Tensor:
        given = iter(tensors)
        answer: torch.Tensor = func(*[filled(a, given) for a in args], **kwargs)
        return answer

    return call
