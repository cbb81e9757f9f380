"""Shapley values of many rows at once: evaluate a shared design, look, and stop when precise enough."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from xaikit.stats.coalitions import PairedDesign
from xaikit.stats.odd_interactions import helped, helps
from xaikit.stats.shapley_values import PairedRegression, paired_regression
from xaikit.stats.unread import UNSEEN

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
AHEAD = 4.0  # going without help must promise half the standard error, as in a linear game: near ties are noise
QUIET = 1e-4  # of a variance
LOOKED_AT = 2**18  # half differences at once: 2 MB
# (rows to evaluate, masks) → values, float array (rows, masks, background, outputs)
Game = Callable[[NDArray[np.intp], Bools], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """Shapley values of a block of rows, with both parts of their variance.

    Parameters
    ----------
    values : float array, shape (rows, players, outputs)
        The estimate.
    sampling, background : float array like `values`
        Variance from the draw of coalitions, and from the draw of background rows.
    coalitions : int array, shape (rows,)
        How many were evaluated, each against the whole background.
    converged : bool array, shape (rows, outputs)
        Whether the standard error from the draw of coalitions is within the tolerance.
    """

    values: Floats
    sampling: Floats
    background: Floats
    coalitions: NDArray[np.intp]
    converged: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """A design, and the prefixes of it after which is looked whether to go on.

    Parameters
    ----------
    design : PairedDesign
        As long as the last look.
    ends : tuple of int
        Pairs at each look, increasing.
    regressions : tuple of tuple of PairedRegression
        The candidates of each look; every row and output takes the help that predicts it best, and the
        first, without help, only where its variance is far smaller.
    inflation : float
        By how much a standard error is widened before it is compared with the tolerance, because there are several
        looks (Bonferroni over the looks, at 95 %).
    """

    design: PairedDesign
    ends: tuple[int, ...]
    regressions: tuple[tuple[PairedRegression, ...], ...]
    inflation: float

    @classmethod
    def at(cls, design: PairedDesign, ends: Sequence[int], known: int = 0) -> "Looks":
        """Return the looks at the given numbers of pairs; those in range are helped by processes of `known` pairs."""
        regressions = []
        for end in ends:
            plain = paired_regression(design.prefix(end))
            regressions.append(helped(plain, known) if known and helps(design.players, end) else (plain,))
        inflation = float(norm.isf(0.025 / len(ends)) / norm.isf(0.025))
        return cls(design, tuple(ends), tuple(regressions), inflation)


def doubling(first: int, last: int) -> tuple[int, ...]:
    """Return first, 2·first, 4·first, … up to and with `last`.

    Examples
    --------
    >>> doubling(32, 200)
    (32, 64, 128, 200)
    """
    ends = [min(first, last)]
    while ends[-1] < last:
        ends.append(min(2 * ends[-1], last))
    return tuple(ends)


def estimate(
    game: Game,
    looks: Looks,
    whole: Floats,
    nobody: Floats,
    tolerance: float,
    chunk: int = 2**22,
    reach: Floats | None = None,
    rare: Bools | None = None,
) -> Estimate:
    """Estimate the Shapley values of a block of rows.

    Parameters
    ----------
    game : callable
        Values of coalitions.
    looks : Looks
        What to evaluate, and when to look; a row that is precise enough is not evaluated further.
    whole : float array, shape (rows, outputs)
        Value of all players.
    nobody : float array, shape (background, outputs)
        Value of no players, by background row.
    tolerance : float
        Precise enough: standard error ≤ tolerance × the row's largest absolute value.
    chunk : int
        Numbers that one call of `game` may return.
    reach : float array, shape (outputs,), optional
        Range of the answers. With it a player that moves nothing in joining nobody and in leaving everybody may have
        moved it in coalitions that were not drawn, which counts in its variance.
    rare : bool array, shape (players,), optional
        Of whom this is assumed as long as those two coalitions are not drawn.
    """
    rows, players, outputs = len(whole), looks.design.players, whole.shape[1]
    total = whole[:, :, None] - nobody.T[None]  # (rows, outputs, background)
    half = np.empty((rows, outputs, len(nobody), looks.ends[-1]))
    blank = np.zeros((rows, players, outputs))
    spent, precise = np.zeros(rows, dtype=np.intp), np.zeros((rows, outputs), dtype=bool)
    found = Estimate(blank, blank.copy(), blank.copy(), spent, precise)
    active, done = np.arange(rows), 0
    for look, end in enumerate(looks.ends):
        _evaluate(game, looks.design, slice(done, end), active, half, chunk)
        step = max(1, LOOKED_AT // half[0, :, :, :end].size)
        for part in (active[i : i + step] for i in range(0, len(active), step)):
            _look(looks, look, half[part, :, :, :end], total[part], found, part)
            if reach is not None and not looks.design.prefix(end).complete:
                known = found.sampling[part]
                found.sampling[part] += _unseen(looks.design.prefix(end), half[part], total[part], known, reach, rare)
        judge(found, active, tolerance, looks.inflation, np.abs(whole).max(axis=0, initial=0))
        active, done = active[~found.converged[active].all(axis=1)], end
        if not len(active):
            break
    return found


def _evaluate(game: Game, design: PairedDesign, new: slice, rows: NDArray[np.intp], half: Floats, chunk: int) -> None:
    """Fill `half` with (v(S) − v(Sᶜ)) / 2 for the new pairs."""
    step = max(1, chunk // (2 * len(rows) * half.shape[1] * half.shape[2]))
    for start in range(new.start, new.stop, step):
        stop = min(start + step, new.stop)
        masks = design.masks[start:stop]
        values = game(rows, np.concatenate([masks, ~masks]))
        difference = values[:, : len(masks)] - values[:, len(masks) :]
        difference *= 0.5
        half[rows, :, :, start:stop] = difference.transpose(0, 3, 2, 1)


def _look(looks: Looks, look: int, half: Floats, total: Floats, found: Estimate, rows: NDArray[np.intp]) -> None:
    """Write the estimate of the rows, given half differences (rows, outputs, background, pairs)."""
    candidates, (outputs, behind, pairs) = looks.regressions[look], half.shape[1:]
    half, total = half.reshape(-1, behind, pairs), total.reshape(-1, behind)  # a game a row and output
    mean = half.mean(axis=1) if behind > 1 else half[:, 0]
    mean = mean - candidates[0].share * total.mean(axis=1)[:, None]
    choice, sampling = _chosen(candidates, mean)
    values, background = np.empty_like(sampling), np.zeros_like(sampling)
    for number, regression in enumerate(candidates):
        here = np.flatnonzero(choice == number)
        values[here] = regression.values(mean[here], total[here].mean(axis=1))
        if behind > 1:
            background[here] = _background_variance(regression, half[here], total[here])
    for name, of_games in (("values", values), ("sampling", sampling), ("background", background)):
        getattr(found, name)[rows] = of_games.reshape(len(rows), outputs, -1).transpose(0, 2, 1)
    found.coalitions[rows] = 2 * pairs


def _unseen(
    design: PairedDesign, half: Floats, total: Floats, known: Floats, reach: Floats, rare: Bools | None
) -> Floats:
    """Return, for players that may act unseen, the variance of moves that a pair may have missed, like the values.

    Those are the rare ones, and who moves nothing at either end of a game that looks additive: the errors that the
    regression knows of are less than a hundredth of this one. A half difference of {i} and all others is half the
    total where i moves nothing at either end. Coalitions of half the players are drawn π / 2 times more rarely than
    before a random order: hence an error of 2.4 × reach / pairs, and not of 1.5.
    """
    alone = np.flatnonzero(design.stratum == 1)
    away = np.abs(half[..., alone] + total[..., None] / 2).max(axis=2)  # (rows, outputs, singles)
    still = np.zeros((len(half), design.players, half.shape[1]), dtype=bool)
    if rare is not None:
        still[:, rare] = True
    extra = np.broadcast_to(UNSEEN * (np.pi / 2 * reach / len(design)) ** 2, still.shape)
    single = design.masks[alone].argmax(axis=1)
    quiet = (away <= 1e-6 * reach[:, None]).transpose(0, 2, 1)
    lonely = rare[single][:, None] if rare is not None else np.zeros((len(single), 1), dtype=bool)
    still[:, single] = quiet & (lonely | (known[:, single] < QUIET * extra[:, single]))
    return np.where(still, extra, 0.0)


def _chosen(candidates: Sequence[PairedRegression], half: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return which candidate each game takes, and its variance (games, players), given (games, pairs)."""
    plain, *others = candidates
    choice, variance = np.zeros(len(half), dtype=np.intp), plain.variance(half)
    if others:
        first = np.argmin([c.missed(half) for c in others], axis=0)
        for number, regression in enumerate(others):
            here = np.flatnonzero(first == number)
            each = regression.variance(half[here])
            taken = each.sum(axis=1) <= AHEAD * variance[here].sum(axis=1)
            choice[here[taken]] = number + 1
            variance[here[taken]] = each[taken]
    return choice, variance


def _background_variance(regression: PairedRegression, half: Floats, total: Floats) -> Floats:
    """Return the variance of a mean over background rows of the values against each, (games, players)."""
    # the operator is applied to the plain half differences; what `share` takes off is one vector for all
    taken = regression.applied @ regression.share
    each = half @ regression.applied.T + total[..., None] * (1 / regression.design.players - taken)
    return np.asarray(each.var(axis=1, ddof=1) / half.shape[1])


def judge(found: Estimate, rows: NDArray[np.intp], tolerance: float, inflation: float, scale: Floats) -> None:
    """Mark the rows whose error from sampling, widened for the number of looks, is within the tolerance.

    `scale`, shape (outputs,), is the size of the answers: what is smaller than their last digits is rounding.
    """
    error = np.sqrt(found.sampling[rows]).max(axis=1) * inflation
    largest = np.abs(found.values[rows]).max(axis=1)
    found.converged[rows] = error <= tolerance * largest + 1e-13 * scale
