"""The same people with a number moved into another band: to values that people like them have there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from xaikit.compute.batches import take
from xaikit.core.players import Players

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
DONORS = 5_000
YARDSTICK = 500
LEVELS = 5  # values that stand for a whole band: one drawn from each fifth of it
BLOCK = 256
USUAL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """Everything but the number: by what people are called alike.

    Parameters
    ----------
    numbers : float array, shape (n, numbers)
        Over the range of the middle 90 % of rows; a gap is 0, and a category of its own.
    kinds : int array, shape (n, categories)
        Codes of categories, of one-hot groups, and of gaps.
    """

    numbers: Floats
    kinds: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Any, players: Players, left_out: Places) -> "Others":
        """Return the other features of rows, as the model takes them.

        Parameters
        ----------
        rows : array or table, shape (n, columns)
            Of the population.
        players : Players
            A group of columns is one feature.
        left_out : int array
            The columns of the number itself.
        """
        table = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(np.asarray(rows))
        numbers, kinds = [np.empty((len(table), 0))], [np.empty((len(table), 0), dtype=np.int64)]
        for p in range(len(players)):
            own = [c for c in players.members(p) if c not in left_out]
            if not own:
                continue
            if len(own) == 1 and pd.api.types.is_numeric_dtype(table.dtypes.iloc[own[0]]):
                values = table.iloc[:, own[0]].to_numpy(np.float64, na_value=np.nan)
                gap = np.isnan(values)
                numbers.append(np.where(gap, 0.0, values / _width(values[~gap]))[:, None])
                kinds.append(gap.astype(np.int64)[:, None])
            else:
                same = table.iloc[:, own].set_axis(range(len(own)), axis=1)
                codes = same.groupby(list(same.columns), dropna=False, sort=False, observed=True).ngroup()
                kinds.append(codes.to_numpy(np.int64)[:, None])
        return cls(np.concatenate(numbers, axis=1), np.concatenate(kinds, axis=1))

    def away(self, some: Places, others: Places) -> Floats:
        """Return distances, (some, others): shares of a range added up, and 1 for each category that differs."""
        out = np.zeros((len(some), len(others)))
        if self.numbers.shape[1]:
            out += cdist(self.numbers[some], self.numbers[others], "cityblock")
        for kind in self.kinds.T:
            out += kind[some, None] != kind[others]
        return out


def _width(values: Floats) -> float:
    if not len(values):
        return 1.0
    low, high = np.quantile(values, [0.05, 0.95])
    return float(high - low) or float(np.ptp(values)) or 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Donors:
    """Whose values people are given.

    Parameters
    ----------
    nearest : int array, shape (people, k)
        Of the other band, nearest in the other features; of those equally near, drawn with the seed.
    comparable : bool array, shape (people,)
        Whether these are no further off than people of that band usually are from their own nearest.
    edge : int
        Who of the other band has the value nearest to the band that people are moved from.
    levels : int array, shape (people, 5)
        One drawn from each fifth of the other band, for each.
    """

    nearest: Places
    comparable: NDArray[np.bool_]
    edge: int
    levels: Places

    @classmethod
    def of(
        cls, others: Others, values: Floats, people: Places, band: Places, k: int, rng: np.random.Generator
    ) -> "Donors":
        """Return whose values people are given.

        Parameters
        ----------
        others : Others
            Of everybody.
        values : float array, shape (n,)
            The number itself, of everybody.
        people, band : int array
            Who is moved, and who is in the other band.
        k : int
            Donors of each.
        rng : numpy.random.Generator
            Draws among many donors, and among those equally near.
        """
        pool = np.sort(rng.permutation(band)[:DONORS])
        nearest, far = _nearest(others, people, pool, k, rng)
        some = pool[rng.permutation(len(pool))[:YARDSTICK]]
        _, usual = _nearest(others, some, pool, k, rng, themselves=True)
        ranked = band[np.argsort(values[band], kind="stable")]
        edge = ranked[0] if values[people[0]] < values[ranked[0]] else ranked[-1]
        fifths = (np.arange(LEVELS) + rng.random((len(people), LEVELS))) / LEVELS
        places = (fifths * len(ranked)).astype(np.intp)
        limit = float(np.quantile(usual, USUAL)) if len(pool) > 1 else np.inf
        return cls(nearest, far <= limit + 1e-12, int(edge), ranked[places])


def _nearest(
    others: Others, people: Places, pool: Places, k: int, rng: np.random.Generator, *, themselves: bool = False
) -> tuple[Places, Floats]:
    """Return the k of the pool nearest to each, and how far these are on average."""
    wanted = min(k, len(pool) - themselves) or 1
    found, far = np.empty((len(people), wanted), dtype=np.intp), np.empty(len(people))
    for start in range(0, len(people), BLOCK):
        block = slice(start, start + BLOCK)
        away = others.away(people[block], pool)
        if themselves:
            away[people[block, None] == pool] = np.inf
        away += 1e-9 * rng.random(away.shape)  # among those equally near the draw decides
        drawn = np.argpartition(away, wanted - 1, axis=1)[:, :wanted]
        found[block], far[block] = pool[drawn], np.take_along_axis(away, drawn, axis=1).mean(axis=1)
    return found, far


def given(rows: Any, people: Places, columns: Places, donors: Places) -> Any:
    """Return people with columns as their donors have them; the rows given stay as they are."""
    out, theirs = take(rows, people).copy(), take(rows, donors)
    if isinstance(out, pd.DataFrame):
        for c in columns:
            out[out.columns[c]] = theirs.iloc[:, c].set_axis(out.index)
        return out
    out[:, columns] = theirs[:, columns]
    return out


def questions(rows: Any, people: Places, columns: Places, donors: Donors) -> Iterator[tuple[str, Any]]:
    """Yield what the model is asked of people, with its name: "nearest" k times, "edge" once, "levels" five times."""
    for j in range(donors.nearest.shape[1]):
        yield "nearest", given(rows, people, columns, donors.nearest[:, j])
    yield "edge", given(rows, people, columns, np.full(len(people), donors.edge))
    for level in donors.levels.T:
        yield "levels", given(rows, people, columns, level)
