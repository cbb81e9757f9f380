"""DeepLIFT's rescale rule for all pairs of rows and baselines, which the net meets once each.

Of a row and a baseline, the rule needs what each function of one number read and answered: on the way back,
Δ answer / Δ read takes the place of its derivative. The net runs once a row and once a baseline; only the way back is
that of the pairs.
"""

from collections.abc import Callable, Mapping
from functools import partial
from math import isqrt

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import grad as of_convolution

from xaikit.compute.batches import in_batches, is_out_of_memory, make_room
from xaikit.compute.rowwise import UNARY
from xaikit.compute.tapes import Step, Tape, UnknownOperationError, record

Scores = Callable[[torch.Tensor], torch.Tensor]
Floats = NDArray[np.float64]
CONVOLUTIONS: Mapping[str, Callable[..., torch.Tensor]] = {
    "conv1d": of_convolution.conv1d_input,
    "conv2d": of_convolution.conv2d_input,
}
AT_ONCE = 4  # parts of `size`: where a forward pass holds one tensor of pairs, the way back holds several


class Baselines:
    """Baselines, forwarded once, to which rows are compared.

    Parameters
    ----------
    scores : callable
        From rows (n, …) to scalars (n, outputs).
    behind : tensor, shape (baselines, …)
        The baselines.
    size : int
        Pairs of a row and a baseline that are walked back at once; the record of at most so many baselines is kept.

    Raises
    ------
    UnknownOperationError
        When the net has an operation whose form is not known.

    References
    ----------
    Shrikumar, A., Greenside, P. and Kundaje, A. (2017). Learning important features through propagating activation
    differences. ICML. Section 3.5.1, the rescale rule; section 3.2, multipliers and their chain rule.
    """

    def __init__(self, scores: Scores, behind: torch.Tensor, size: int) -> None:
        self._scores, self._behind, self._size = scores, behind, size
        self._kept: Tape | None = None
        self._keeps = len(behind) <= size  # else some at a time, and again for each block of rows

    @property
    def rows_a_call(self) -> int:
        """How many rows to compare at once."""
        return max(1, self._size // (len(self._behind) if self._keeps else isqrt(self._size)))

    def values(self, rows: torch.Tensor, expected: Floats) -> Floats:
        """Return the contributions against each baseline, (baselines, rows, …, outputs).

        Parameters
        ----------
        rows : tensor, shape (n, …)
            At most `rows_a_call`, for memory's sake.
        expected : float array, shape (n, outputs)
            What the net answers when nobody looks.

        Raises
        ------
        UnknownOperationError
            When an operation has no known form, rows and baselines take different ways, or the net answers otherwise
            than expected: then what was recorded is not what it does.
        """
        front = self._met(rows)
        answers = front.answers.cpu().double().numpy()
        close = torch.finfo(front.answers.dtype).eps ** 0.5
        if not np.allclose(answers, expected, rtol=close, atol=close * float(np.abs(expected).max(initial=0))):
            raise UnknownOperationError("operations that write over what is read again")
        together = max(1, self._size // AT_ONCE // (len(rows) * front.answers.shape[1]))
        places = np.arange(len(self._behind))
        return in_batches(partial(self._against, front), places, together).astype(np.float64)

    def _met(self, rows: torch.Tensor) -> Tape:
        """Return the record of rows; the first time the baselines run with them, and theirs is kept."""
        if self._keeps and self._kept is None:
            try:
                both = record(self._scores, torch.cat([rows, self._behind]))
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                self._keeps = False
            else:
                self._kept = both[len(rows) :]
                return both[: len(rows)]
            make_room()
        return record(self._scores, rows)

    def _against(self, front: Tape, places: NDArray[np.intp]) -> torch.Tensor:
        part = slice(int(places[0]), int(places[-1]) + 1)
        behind = self._kept[part] if self._kept is not None else record(self._scores, self._behind[part])
        if front.plan() != behind.plan():
            raise UnknownOperationError("operations that depend on the numbers of the rows")
        return contributions(front, behind)


def contributions(front: Tape, behind: Tape) -> torch.Tensor:
    """Return multipliers times differences for all pairs, (baselines, rows, …, outputs).

    Parameters
    ----------
    front, behind : Tape
        Of rows and of baselines, with the same plan.

    Raises
    ------
    UnknownOperationError
        When an operation that passes for affine cannot be walked back.
    """
    outputs = front.answers.shape[1]
    last = torch.eye(outputs, dtype=front.answers.dtype, device=front.answers.device)[None]
    waiting = {len(front.steps) - 1: last}
    for place in range(len(front.steps) - 1, 0, -1):
        if place not in waiting:  # what it answered is not used
            continue
        step = front.steps[place]
        shapes = [front.steps[read].shape for read in step.inputs]
        parts = _back(step, behind.steps[place], shapes, waiting.pop(place))
        for read, part in zip(step.inputs, parts, strict=True):
            waiting[read] = waiting[read] + part if read in waiting else part
    away = front.rows[None] - behind.rows[:, None]
    if 0 not in waiting:
        return away.new_zeros(*away.shape, outputs)
    multipliers = waiting[0] * away.flatten(0, 1)[:, None]
    return multipliers.movedim(1, -1).reshape(*away.shape, outputs)


def _back(step: Step, other: Step, shapes: list[tuple[int, ...]], slopes: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return multipliers of what a step read, of the given shapes, from those of its answer.

    Multipliers are (pairs, outputs, …); pairs is 1 as long as nothing depends on them: above the last activation.
    """
    if step.kind == "unary":
        return (slopes * _quotients(step, other)[:, None],)
    if step.kind == "same numbers":
        return (slopes.reshape(*slopes.shape[:2], *shapes[0]),)
    if step.kind == "linear":
        return (slopes @ step.constants[0],)
    flat = slopes.flatten(0, 1)
    full = [(len(flat), *shape) for shape in shapes]
    found = (_convolved(step, full[0], flat),) if step.kind == "convolution" else _transposed(step, full, flat)
    return tuple(f.view(*slopes.shape[:2], *shape) for f, shape in zip(found, shapes, strict=True))


def _convolved(step: Step, shape: tuple[int, ...], slopes: torch.Tensor) -> torch.Tensor:
    weight, _, stride, padding, dilation, groups = step.constants
    return CONVOLUTIONS[step.name](shape, weight, slopes, stride, padding, dilation, groups)


def _transposed(step: Step, shapes: list[tuple[int, ...]], slopes: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return the transposed linear part of an affine step: its gradient anywhere, here at 0."""
    try:
        with torch.enable_grad():
            leaves = [slopes.new_zeros(shape).requires_grad_() for shape in shapes]
            found: tuple[torch.Tensor, ...] = torch.autograd.grad(step.call(*leaves), leaves, slopes)
            return found
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        raise UnknownOperationError(step.name) from error  # it does not take another number of rows


def _quotients(step: Step, other: Step) -> torch.Tensor:
    """Return Δ answer / Δ read for all pairs, (pairs, …); the derivative where Δ read is too small to divide by."""
    x, x_after, start, start_after = step.before, step.after, other.before, other.after
    assert x is not None
    assert x_after is not None
    assert start is not None
    assert start_after is not None
    away = x[None] - start[:, None]
    slopes = (x_after[None] - start_after[:, None]).div_(away)
    near = _near(step.name, x[None], start[:, None], away, slopes)
    if near is not None:
        slopes[near] = _derivative(step, (x[None] - away / 2)[near])
    return slopes.flatten(0, 1)


def _near(
    name: str, x: torch.Tensor, start: torch.Tensor, away: torch.Tensor, slopes: torch.Tensor
) -> torch.Tensor | None:
    """Return where the derivative half-way is better than the quotient, or None where it is nowhere.

    What is read and answered is known to the rounding of its type, ε. The quotient of a smooth function is off by
    ε / Δ, its derivative half-way by Δ² / 24 of its third: they meet near Δ = ε^(1/3). Where a function bends sharply
    in between, the quotient stands. ReLU rounds nothing: its quotients are good until Δ = 0, and 0 / 0 shows in their
    sum.
    """
    bends = UNARY[name]
    if bends is None:
        return slopes.isnan() if bool(slopes.sum().isnan()) else None
    near = away.abs() <= torch.finfo(x.dtype).eps ** (1 / 3) * (1 + x.abs())
    for bend in bends:
        near &= (x > bend) == (start > bend)
    return near if bool(near.view(torch.uint8).max()) else None  # thirty times as fast as any()


def _derivative(step: Step, at: torch.Tensor) -> torch.Tensor:
    with torch.enable_grad():
        leaf = at.detach().requires_grad_()
        return torch.autograd.grad(step.call(leaf).sum(), leaf)[0]
