"""From columns to players, from a residual to a verdict on completeness, from errors to one on convergence."""

import numpy as np
from numpy.typing import NDArray

from xaikit.core.players import Players

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ROUNDING = 32  # units in the last place that a sum of many terms may miss


def by_player(values: Floats, players: Players | None) -> Floats:
    """Return values (n, columns, outputs) summed over the columns of each player; as they are without players.

    Examples
    --------
    >>> p = Players.of(["age", "job_a", "job_b"], {"job": ["job_a", "job_b"]})
    >>> by_player(np.array([[[1.0], [2.0], [3.0]]]), p)[0, :, 0].tolist()
    [1.0, 5.0]
    """
    if players is None or not players.grouped:
        return values
    member = (players.owner[:, None] == np.arange(len(players))).astype(np.float64)
    return np.asarray(np.einsum("nco,cp->npo", values, member))


def complete(values: Floats, whole: Floats, base: Floats, tolerance: float, scale: Floats | None = None) -> Bools:
    """Return where values add up to prediction − base, bool array (rows, outputs).

    Parameters
    ----------
    values : float array, shape (rows, *features, outputs)
        Attribution values.
    whole, base : float array, shape (rows, outputs)
        Prediction and base.
    tolerance : float
        Share of `scale` that may be missed.
    scale : float array like `whole`, optional
        By default |prediction − base|. What a row's own numbers can miss by rounding is allowed on top.
    """
    axes = tuple(range(1, values.ndim - 1))
    gap = np.abs(whole - base - values.sum(axis=axes))
    scale = np.abs(whole - base) if scale is None else scale
    single = (whole.astype(np.float32) == whole).all(axis=0)  # the net answers in single precision, or less
    units = np.where(single, ROUNDING * np.finfo(np.float32).eps, ROUNDING * np.finfo(np.float64).eps)
    size = np.maximum(np.abs(whole), np.abs(base)) + np.abs(values).sum(axis=axes)
    return np.asarray(gap <= tolerance * scale + units * size)


def precise(values: Floats, error: Floats, tolerance: float) -> Bools:
    """Return where every standard error is within `tolerance` of the row's largest value, (rows, outputs)."""
    axes = tuple(range(1, values.ndim - 1))
    return np.asarray(error.max(axis=axes) <= tolerance * np.abs(values).max(axis=axes) + 1e-12)


def note(fine: Bools, what: str, advice: str) -> tuple[str, ...]:
    """Return the note NOT CONVERGED for the rows that are not fine, if any.

    Examples
    --------
    >>> note(np.array([[True], [False]]), "have errors above 5 %", "give more samples")
    ('NOT CONVERGED: 1 of 2 rows have errors above 5 %; give more samples',)
    """
    count = int((~fine.all(axis=1)).sum())
    return (f"NOT CONVERGED: {count} of {len(fine)} rows {what}; {advice}",) if count else ()
