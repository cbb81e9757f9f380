"""Gradients of every output at many points, and their integrals along straight paths, in O(chunk) memory."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from xaikit.compute.batches import is_out_of_memory, make_room
from xaikit.compute.half_precision import Halved
from xaikit.core.errors import ModelError, shown
from xaikit.core.model import Differentiable
from xaikit.core.target import Target

Scores = Callable[[torch.Tensor], torch.Tensor]  # points (n, …) → scores (n, outputs), with the graph
OTHERWISE = (
    "operations that torch can differentiate: no detach, no_grad, argmax or rounding",
    "The engine 'shapley' needs none.",
)


def scores_of(model: Differentiable, target: Target, precision: str = "model") -> Scores:
    """Return the function from points to the target's scalars.

    Parameters
    ----------
    model : Differentiable
        Evaluated by `forward`.
    target : Target
        Applied to its outputs.
    precision : {"model", "bfloat16"}
        In bfloat16 matrix products and convolutions are computed in half precision, the scalars in float32.
    """
    halved = Halved(model) if precision == "bfloat16" else None
    answered: Scores = target

    def scores(points: torch.Tensor) -> torch.Tensor:
        if halved is not None:
            return answered(halved.forward(points).float())
        with torch.autocast(points.device.type, enabled=False):  # the caller's own mode does not count
            return answered(model.forward(points))

    return scores


def gradients(scores: Scores, points: torch.Tensor) -> torch.Tensor:
    """Return the gradient of every output at every point, shape (outputs, n, …).

    One forward pass serves all outputs. The outputs of a batch are summed before they are differentiated: rows do not
    depend on each other, so the gradient of the sum holds the gradient of each, at the cost of one backward pass and
    not of one root a row.

    Parameters
    ----------
    scores : callable
        Differentiable.
    points : float tensor, shape (n, …)
        Need not require a gradient.

    Raises
    ------
    ModelError
        When no operation on the way from the points to an output that changes has a gradient, or torch refuses one.
    """
    try:
        with torch.inference_mode(False), torch.enable_grad():  # whatever mode the caller is in
            leaf = (points.clone() if points.is_inference() else points).detach().requires_grad_()
            found = _slopes(scores(leaf), leaf)
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        got = f"an operation without a gradient: {shown(str(error), 200)}"
        raise ModelError("the model", got, *OTHERWISE) from error
    return torch.stack(found) if len(found) > 1 else found[0][None]


def _slopes(each: torch.Tensor, leaf: torch.Tensor) -> list[torch.Tensor]:
    """Return the gradient of every column of scores; zeros for a column that does not change."""
    summed, slopes = each.sum(dim=0), []
    if not summed.requires_grad:
        raise ModelError("the model", "outputs without a gradient", *OTHERWISE)
    for k, s in enumerate(summed):
        (slope,) = torch.autograd.grad(s, leaf, retain_graph=k < len(summed) - 1, allow_unused=True)
        if slope is None and _changes(each[:, k].detach()):
            raise ModelError("the model", "outputs that change with the input, without a gradient", *OTHERWISE)
        slopes.append(torch.zeros_like(leaf) if slope is None else slope)
    return slopes


def _changes(column: torch.Tensor) -> bool:
    low, high = column.min(), column.max()
    return bool(high - low > 1e-6 * torch.maximum(low.abs(), high.abs()))


def path_integral(scores: Scores, start: torch.Tensor, end: torch.Tensor, steps: int, size: int) -> torch.Tensor:
    """Return the integral of the gradient on the straight path from `start` to `end`, times the path.

    Parameters
    ----------
    scores : callable
        Differentiable.
    start, end : float tensor, shape (n, …)
        The two ends of each path.
    steps : int
        Points on each path, at the nodes of Gauss–Legendre quadrature.
    size : int
        Points put to the model at once; halved where memory runs out.

    Returns
    -------
    tensor, shape (outputs, n, …)
        Integrated gradients.

    References
    ----------
    Sundararajan, M., Taly, A. and Yan, Q. (2017). Axiomatic attribution for deep networks. ICML.
    """
    at, weight = (torch.tensor(a, dtype=start.dtype, device=start.device) for a in nodes(steps))
    parts, size = [], min(size, steps * len(start))
    position = 0
    while position < len(start):
        part = slice(position, position + size)
        try:
            parts.append(_integral(scores, start[part], end[part], at, weight, size))
            position += size
            continue
        except Exception as error:
            if size == 1 or not is_out_of_memory(error):
                raise
        make_room()  # here the error has gone, and what its frames held
        size //= 2
    return torch.cat(parts, dim=1)


@lru_cache(maxsize=16)  # the eigenvalues of a matrix of steps × steps: seconds for a thousand
def nodes(steps: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the nodes and weights of Gauss–Legendre quadrature on (0, 1).

    Examples
    --------
    >>> at, weight = nodes(3)
    >>> bool(abs((weight * at**4).sum() - 1 / 5) < 1e-12)  # exact to degree 2 · 3 − 1
    True
    """
    at, weight = np.polynomial.legendre.leggauss(steps)
    at, weight = (at + 1) / 2, weight / 2
    at.flags.writeable = weight.flags.writeable = False  # all callers share them
    return at, weight


def _integral(
    scores: Scores,
    start: torch.Tensor,
    end: torch.Tensor,
    at: torch.Tensor,
    weight: torch.Tensor,
    size: int,
) -> torch.Tensor:
    path, total = end - start, None
    together = max(1, size // len(start))  # steps of short batches go to the model together
    for first in range(0, len(at), together):
        alpha, shares = at[first : first + together], weight[first : first + together]
        points = start + alpha.view(-1, *[1] * start.ndim) * path
        slopes = gradients(scores, points.reshape(-1, *start.shape[1:]))
        slopes = slopes.reshape(len(slopes), len(alpha), -1)
        step = torch.einsum("s,ksf->kf", shares, slopes)
        total = step if total is None else total + step
    assert total is not None  # there is at least one node
    return total.reshape(-1, *start.shape) * path
