"""Shapley values of many rows at once: evaluate a shared design, look, and stop when precise enough."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from xaikit.stats.coalitions import PairedDesign
from xaikit.stats.odd_interactions import helped, helps
from xaikit.stats.shapley_values import PairedRegression, paired_regression

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
AHEAD = 4.0  # going without help must promise half the standard error, as in a linear game: near ties are noise
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
    game: Game, looks: Looks, whole: Floats, nobody: Floats, tolerance: float, chunk: int = 2**22
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


def never_read(
    game: Game,
    rows: int,
    players: int,
    rng: np.random.Generator,
    background: int = 1,
    probes: int = 1024,
    most: int | None = None,
) -> Bools:
    """Return which players never moved the output of any row: they are worth exactly 0.

    Each player alone joins nobody, and leaves everybody, on up to 16 rows; one that moved nothing by more than
    rounding is then made to join random coalitions on every row, at least `probes` times in all: a player that moves
    the output in a share s of the coalitions passes with probability (1 − s)^probes.

    Parameters
    ----------
    game : callable
        Values of coalitions.
    rows, players : int
        How many there are.
    rng : numpy.random.Generator
        Draws the coalitions.
    background : int
        Background rows, each of which is a probe.
    probes : int
        Probes of each suspect.
    most : int, optional
        Coalitions a row: a quarter of them may be spent on probes, and with fewer than 64 probes nobody passes.
    """
    few = np.unique(np.linspace(0, rows - 1, min(rows, 16)).astype(np.intp))
    alone = np.eye(players, dtype=bool)
    ends = np.zeros((1, players), dtype=bool)
    values = game(few, np.concatenate([alone, ends, ~alone, ~ends]))
    moves = np.concatenate(
        [values[:, :players] - values[:, [players]], values[:, players + 1 : -1] - values[:, [-1]]]
    )
    still = (np.abs(moves).max(axis=(0, 2)) <= rounding(values)).all(axis=-1)
    suspects = np.flatnonzero(still)
    out = np.zeros(players, dtype=bool)
    each = max(4, -(-probes // (rows * background)))
    if most is not None and len(suspects):
        each = min(each, most // (8 * len(suspects)))
    if each * rows * background < min(probes, 64):
        return out
    for player in suspects:
        without = rng.random((each, players)) < rng.random((each, 1))
        without[:, player] = False
        joined = without.copy()
        joined[:, player] = True
        out[player] = all(
            _same(game(np.arange(i, min(i + 512, rows)), np.concatenate([without, joined])), each)
            for i in range(0, rows, 512)
        )
    return out


def _same(values: Floats, half: int) -> bool:
    """Whether the first `half` coalitions have the values of the others, to rounding."""
    return bool((np.abs(values[:, half:] - values[:, :half]).max(axis=(0, 1, 2)) <= rounding(values)).all())


def rounding(values: Floats) -> Floats:
    """Return how much of each output (last axis) is rounding, in the precision in which the model answered.

    Examples
    --------
    >>> values = np.array([[1e9, 0.5], [1e9 + 1e-3, 0.25]])
    >>> rounding(values) < [1e-3, 1e-6]
    array([ True,  True])
    """
    flat = values.reshape(-1, values.shape[-1])
    with np.errstate(over="ignore"):
        single = (flat.astype(np.float32) == flat).all(axis=0)
    units = np.where(single, 4 * np.finfo(np.float32).eps, 64 * np.finfo(np.float64).eps)
    return np.asarray(units * np.abs(flat).max(axis=0, initial=0))
