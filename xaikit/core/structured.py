"""Targets for outputs that have a shape: masks, sequences of tokens, time steps, latent codes.

A network family enters as a target, not as an adapter. Every target here is a weighted sum over the outputs of a row,
so it needs no more than the shape of the output, and works on the flat rows of `predict` and on the tensors of
`forward` alike.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xaikit.core.errors import SpecError
from xaikit.core.target import Target

Floats = NDArray[np.float64]


def weighted(weights: ArrayLike, name: str) -> Target:
    """Return the target Σ weights × outputs.

    Parameters
    ----------
    weights : array-like, shape of one row's output
        Any shape.
    name : str
        Printed in the report.

    Examples
    --------
    >>> weighted([0.5, 0.5], "mean")(np.array([[1.0, 3.0], [5.0, 5.0]])).tolist()
    [[2.0], [5.0]]
    """
    flat = np.asarray(weights, dtype=np.float64).reshape(-1)

    def apply(outputs: Any) -> Any:
        rows = outputs.reshape(len(outputs), -1)
        if rows.shape[1] != len(flat):
            raise SpecError(f"target '{name}'", f"{rows.shape[1]} outputs a row", f"{len(flat)}, as its shape says")
        return rows @ _like(rows, flat)[:, None]

    return Target(name, (name,), apply)


def mask_contrast(
    shape: Sequence[int],
    index: int,
    rival: int | None = None,
    *,
    mask: ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> Target:
    """Return Σ over a mask of (logit of a class − logit of its rival), for segmentation.

    The plain logit of a class also moves with what all classes share; the contrast does not.

    Parameters
    ----------
    shape : (classes, height, width)
        Of one row's output.
    index, rival : int
        The class, and the one it is held against; the mean of the others by default.
    mask : bool array, shape (height, width), optional
        Where; everywhere by default.
    names : sequence of str, optional
        Of the classes.

    Raises
    ------
    SpecError
        When a class is out of range, the mask is empty or of another shape.

    Examples
    --------
    >>> outputs = np.array([[[[4.0, 4.0]], [[1.0, 0.0]]]])  # one row, two classes, one line of two pixels
    >>> mask_contrast((2, 1, 2), 0, 1)(outputs).tolist()
    [[7.0]]
    """
    classes = shape[0]
    label = _namer(names, "class")
    _within("target class", index, classes)
    weights = np.zeros(tuple(shape))
    keep = _mask(mask, tuple(shape[1:]))
    weights[index][keep] = 1.0
    others = [c for c in range(classes) if c != index] if rival is None else [rival]
    for other in others:
        _within("rival class", other, classes)
        weights[other][keep] -= 1.0 / len(others)
    against = "the other classes" if rival is None else label(rival)
    where = "" if mask is None else f" over {int(keep.sum())} pixels"
    return weighted(weights, f"{label(index)} − {against}{where}")


def region(shape: Sequence[int], mask: ArrayLike, name: str = "region") -> Target:
    """Return the mean of the outputs in a region.

    Parameters
    ----------
    shape : sequence of int
        Of one row's output.
    mask : bool array, that shape
        The region.
    name : str
        For the report.
    """
    keep = _mask(mask, tuple(shape))
    return weighted(keep / keep.sum(), f"mean of {name}")


def time_step(shape: Sequence[int], step: int, index: int = 0, *, name: str = "output") -> Target:
    """Return one output at one time step.

    Parameters
    ----------
    shape : (steps, outputs)
        Of one row's output.
    step, index : int
        Which; negative steps count from the end.
    name : str
        Of the output.

    Examples
    --------
    >>> time_step((3, 1), -1)(np.array([[[1.0], [2.0], [3.0]]])).tolist()
    [[3.0]]
    """
    _within("target step", step, shape[0])
    _within("target output", index, shape[1])
    weights = np.zeros(tuple(shape))
    weights[step, index] = 1.0
    return weighted(weights, f"{name} {index} at step {step % shape[0]}")


def token_logit(shape: Sequence[int], token: int, rival: int | None = None, *, position: int = -1) -> Target:
    """Return the logit of a token at a position (the next token, by default), or its lead over a rival.

    Parameters
    ----------
    shape : (positions, vocabulary)
        Of one row's output.
    token, rival : int
        Ids; `token` alone, or `token` − `rival`.
    position : int
        Negative positions count from the end.
    """
    _within("target position", position, shape[0])
    weights = np.zeros(tuple(shape))
    for wanted, weight in ((token, 1.0), (rival, -1.0)):
        if wanted is not None:
            _within("target token", wanted, shape[1])
            weights[position, wanted] += weight
    against = "" if rival is None else f" − token {rival}"
    return weighted(weights, f"logit of token {token}{against} at position {position % shape[0]}")


def along(direction: ArrayLike, name: str = "direction") -> Target:
    """Return how far an output (a latent code) lies along a direction, in units of that direction's length.

    Raises
    ------
    SpecError
        When the direction has no length.
    """
    vector = np.asarray(direction, dtype=np.float64)
    size = float(np.linalg.norm(vector))
    if not size:
        raise SpecError("target direction", "a vector of zeros", "a direction")
    return weighted(vector / size, f"position along {name}")


def _like(rows: Any, weights: Floats) -> Any:
    return rows.new_tensor(weights) if hasattr(rows, "new_tensor") else weights.astype(rows.dtype)


def _mask(mask: ArrayLike | None, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    keep = np.ones(shape, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
    if keep.shape != shape:
        raise SpecError("target mask", f"shape {keep.shape}", f"shape {shape}")
    if not keep.any():
        raise SpecError("target mask", "an empty mask", "at least one pixel")
    return keep


def _within(where: str, index: int, size: int) -> None:
    if not -size <= index < size:
        raise SpecError(where, str(index), f"an index below {size}")


def _namer(names: Sequence[str] | None, kind: str) -> Any:
    return (lambda i: names[i]) if names is not None else (lambda i: f"{kind} {i}")
