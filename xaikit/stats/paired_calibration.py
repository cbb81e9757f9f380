"""The change of a calibration error between two scores of the same people: a sum of absolute values, not smooth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from xaikit.stats.change import Change
from xaikit.stats.table import Floats

Bools = NDArray[np.bool_]
DRAWS = 4_000
PLAIN = 2.0  # standard errors of a bin's change beyond which a sign that turned there is no accident


@dataclass(frozen=True, slots=True, eq=False)
class Binned:
    """The calibration error of a group on one side of a change, bin by bin.

    Parameters
    ----------
    value : float
        Sum of the absolute values of `means`.
    means : float array, shape (b,)
        Share of the group in each bin × (observed rate - mean score) there.
    influence : float array, shape (n, b)
        What each row moved each of them; columns sum to 0.
    """

    value: float
    means: Floats
    influence: Floats


def binned(score: Floats, label: Bools, member: Bools, bins: int) -> Binned | None:
    """Return the calibration error of a group, with the influence of each row; None for a group of nobody.

    Parameters
    ----------
    score : float array, shape (n,)
        In [0, 1].
    label, member : bool arrays, shape (n,)
        Whose label is favourable, and who is of the group.
    bins : int
        Of equal width; each holds its upper edge.
    """
    rows = np.flatnonzero(member)
    if not len(rows):
        return None
    place = np.clip(np.ceil(score[rows] * bins - 1e-9).astype(np.intp) - 1, 0, bins - 1)
    missed = (label[rows] - score[rows]) / len(rows)
    means = np.asarray(np.bincount(place, weights=missed, minlength=bins), dtype=np.float64)
    influence = np.zeros((len(score), bins))
    influence[rows, place] = missed
    influence[rows] -= means / len(rows)
    return Binned(float(np.abs(means).sum()), means, influence)


def binned_change(
    before: Binned, after: Binned, cluster: NDArray[np.intp] | None = None, confidence: float = 0.95
) -> Change:
    """Return the change of a calibration error between two scores of the same rows.

    Parameters
    ----------
    before, after : Binned
        Over the same rows in the same order, with as many bins.
    cluster : int array, shape (n,), optional
        Rows of one cluster move together.
    confidence : float
        Of the interval.

    Notes
    -----
    A calibration error is the larger the more chance there is in its bins, so that the error of one score tells
    little of the error of a change. *The test* therefore exchanges each person's two scores: with u the mean of both
    sides in a bin and v half of what changed, no change makes v its own opposite, and |u + v| - |u - v| summed has a
    law that follows from what each row moved of v. Where the sign of a bin plainly turned (over-confident before,
    under-confident now), v is large without any change of the error, and it is u there that chance moves. *The
    interval* adds, on either side, the most that the chance of that side's bins can have added to its error; it is
    cautious where both scores are well calibrated, and ends at 0 where the test says that there is a change. A
    change is also never more than all bins moved together.

    References
    ----------
    Fang & Santos (2019), Review of Economic Studies 86, 377–412 (functions with kinks); Fisher (1935), The Design of
    Experiments, §21 (exchange within pairs); Leone, Nelson & Nottingham (1961), Technometrics 3, 543–550 (the mean of
    an absolute value).
    """
    first, second = (_units(s.influence, cluster) for s in (before, after))
    gap = after.value - before.value
    moved = (second - first) / 2
    reach = float(stats.t.isf((1 - confidence) / 2, _degrees(moved)))
    error = _error_of_no_change(before.means, after.means, first, second)
    p = float(2 * stats.t.sf(abs(gap) / error, _degrees(moved))) if error > 0 else float(abs(gap) < 1e-12)
    low, high = _limits(before, after, first, second, reach)
    if p < 1 - confidence:
        low, high = (max(low, 0.0), high) if gap > 0 else (low, min(high, 0.0))
    return Change(gap, min(low, gap), max(high, gap), p, after.value < before.value)


def _units(influence: Floats, cluster: NDArray[np.intp] | None) -> Floats:
    if cluster is None:
        return influence
    out = np.zeros((int(cluster.max()) + 1, influence.shape[1]))
    np.add.at(out, cluster, influence)
    return out


def _degrees(moved: Floats) -> float:
    """Return on how many units' moves an error rests, less one: a few that moved far are few."""
    squares = (moved**2).sum(axis=1)
    whole = float((squares**2).sum())
    return max(1.0, float(squares.sum()) ** 2 / whole - 1) if whole > 0 else 1.0


def _drawn(influence: Floats) -> Floats:
    """Return draws of the means with the covariance that the influences give, mirrored: (draws, columns)."""
    half = np.random.default_rng(0).standard_normal((DRAWS // 2, influence.shape[1]))
    values, vectors = np.linalg.eigh(influence.T @ influence)
    return np.asarray(np.vstack([half, -half]) @ (vectors * np.sqrt(np.maximum(values, 0.0))).T)


def _error_of_no_change(m: Floats, m_: Floats, first: Floats, second: Floats) -> float:
    both, change = (m + m_) / 2, (m_ - m) / 2
    moved, shared = (second - first) / 2, (second + first) / 2
    turned = np.abs(change) > np.abs(both)
    if not (turned & (np.abs(change) > PLAIN * np.sqrt((moved**2).sum(axis=0)))).any():
        turned[:] = False
    drawn = _drawn(np.where(turned, shared, moved))
    middle, off = np.where(turned, drawn, both), np.where(turned, change, drawn)
    return float((np.abs(middle + off) - np.abs(middle - off)).sum(axis=1).std())


def _limits(before: Binned, after: Binned, first: Floats, second: Floats, reach: float) -> tuple[float, float]:
    gap, bins = after.value - before.value, len(before.means)
    drawn = _drawn(np.hstack([first, second]))
    law = np.abs(after.means + drawn[:, bins:]).sum(axis=1) - np.abs(before.means + drawn[:, :bins]).sum(axis=1)
    half = reach * float(law.std())
    moved = second - first
    most = float(np.abs(after.means - before.means).sum()) + reach * float(np.sqrt((moved**2).sum(axis=0)).sum())
    low, high = gap - _added(after.means, second) - half, gap + _added(before.means, first) + half
    return max(low, -most), min(high, most)


def _added(means: Floats, influence: Floats) -> float:
    """Return the most that chance adds to a sum of absolute values, each being truly one error nearer to 0."""
    error = np.sqrt((influence**2).sum(axis=0))
    z = np.divide(np.maximum(np.abs(means) - error, 0.0), error, out=np.zeros(len(means)), where=error > 0)
    return float((error * (2 * stats.norm.pdf(z) - 2 * z * stats.norm.sf(z))).sum())
