"""Rows of any container as one number a player and back: numbers as they are, categories as codes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.compute.batches import as_array
from xaikit.core.errors import DataError
from xaikit.core.players import Players

Floats = NDArray[np.float64]
FEW = 5  # what fewer people have than this is never proposed: it could point at one of them


@dataclass(frozen=True, slots=True, eq=False)
class Coding:
    """How the players of a batch become numbers.

    Parameters
    ----------
    players : Players
        Features, and groups of columns that are one.
    ordered : bool array, shape (players,)
        True for a player of one numeric column, which keeps its value; the others are coded by pattern.
    patterns : tuple of frame
        For each player that is not ordered, its columns' values by code.
    grids : tuple of float array
        For each ordered player, the values that may be proposed: rounded quantiles of the population, of which
        each is the value of nobody or of at least five people.
    rare : tuple of bool array
        For each player that is not ordered, which of its patterns fewer than five people of the population have.
    template : array or frame
        No rows, but the container, columns and dtypes of the batch.
    """

    players: Players
    ordered: NDArray[np.bool_]
    patterns: tuple[pd.DataFrame | None, ...]
    grids: tuple[Floats, ...]
    rare: tuple[NDArray[np.bool_], ...]
    template: Any

    @classmethod
    def of(cls, population: Any, players: Players, *more: Any, points: int = 41) -> "Coding":
        """Return the coding of a population, with the patterns of further batches too.

        Raises
        ------
        DataError
            When the batch is not a table with one column for each of the players' columns.
        """
        tables = [_table(b, players) for b in (population, *more)]
        every = pd.concat(tables, ignore_index=True)
        ordered, patterns, grids, rare = [], [], [], []
        for p in range(len(players)):
            columns = [players.columns[c] for c in players.members(p)]
            one = len(columns) == 1 and pd.api.types.is_numeric_dtype(every[columns[0]].dtype)
            ordered.append(one)
            patterns.append(None if one else every[columns].drop_duplicates().reset_index(drop=True))
            grids.append(_scaled_grid(players, p, tables[0][columns[0]], points) if one else np.empty(0))
            rare.append(np.zeros(0, dtype=bool) if one else _rare(tables[0][columns], patterns[-1]))
        template = population.iloc[:0] if isinstance(population, pd.DataFrame) else as_array(population)[:0]
        return cls(players, np.array(ordered), tuple(patterns), tuple(grids), tuple(rare), template)

    def encode(self, batch: Any) -> Floats:
        """Return one number a player, float array (rows, players)."""
        table = _table(batch, self.players)
        out = np.empty((len(table), len(self.players)))
        for p, pattern in enumerate(self.patterns):
            if pattern is None:
                out[:, p] = table[self.players.columns[self.players.members(p)[0]]].to_numpy(np.float64)
            else:
                place = pattern.assign(_code=np.arange(len(pattern)))
                out[:, p] = table[list(pattern.columns)].merge(place, how="left")["_code"].to_numpy()
        return out

    def decode(self, codes: Floats) -> Any:
        """Return the rows that the codes stand for, in the container of the population."""
        columns: dict[str, Any] = {}
        for p, pattern in enumerate(self.patterns):
            if pattern is None:
                columns[self.players.columns[self.players.members(p)[0]]] = codes[:, p]
            else:
                chosen = pattern.take(codes[:, p].astype(np.intp))
                columns |= {c: chosen[c].array for c in pattern.columns}
        if isinstance(self.template, pd.DataFrame):
            frame = pd.DataFrame({c: columns[c] for c in self.players.columns}, copy=False)
            kept = {c: d for c, d in self.template.dtypes.items() if getattr(d, "kind", "f") not in "iub"}
            return frame.astype(kept)
        dtype = self.template.dtype
        return np.stack([np.asarray(columns[c], dtype=dtype) for c in self.players.columns], axis=1)

    def snapped(self, codes: Floats) -> Floats:
        """Return the codes with every number moved to the nearest value of its grid."""
        out = codes.copy()
        for p in np.flatnonzero(self.ordered):
            out[:, p] = self.on_grid(int(p), codes[:, p])
        return out

    def on_grid(self, player: int, values: Floats) -> Floats:
        """Return values of one ordered player, each moved to the nearest of its grid."""
        grid = self.grids[player]
        if len(grid) == 1:
            return np.full(values.shape, grid[0])
        right = np.clip(np.searchsorted(grid, values), 1, len(grid) - 1)
        nearer = values - grid[right - 1] < grid[right] - values
        return np.where(nearer, grid[right - 1], grid[right])

    def spans(self) -> Floats:
        """Return the range of each ordered player's grid, 1 for the others, shape (players,): Gower's scale."""
        return np.array([(g[-1] - g[0]) or 1.0 if len(g) else 1.0 for g in self.grids])

    def changes(self, before: Floats, after: Floats) -> dict[str, str]:
        """Return what differs between two rows of codes in words: {"age": "37 → 45"}."""
        moved = [int(p) for p in np.flatnonzero(before != after)]
        words = {self.players.names[p]: (self.shown(p, before[p]), self.shown(p, after[p])) for p in moved}
        return {name: f"{a} → {b}" for name, (a, b) in words.items() if a != b}

    def shown(self, player: int, code: float) -> str:
        """Return the value that a code stands for, in words."""
        pattern = self.patterns[player]
        if pattern is None:
            return _plain(float(self.players.natural(player, code)))
        row = pattern.iloc[int(code)]
        if len(row) == 1:
            return str(row.iloc[0])
        on = [self.players.label(player, str(c)) for c, v in row.items() if v == 1]
        return " and ".join(on) or "none"


def _plain(value: float) -> str:
    if value != value:
        return "–"  # missing
    whole = round(value)
    return str(whole) if abs(value - whole) <= 1e-6 * max(1.0, abs(value)) else f"{value:.6g}"


def _table(batch: Any, players: Players) -> pd.DataFrame:
    if isinstance(batch, pd.DataFrame):
        return batch[list(players.columns)].reset_index(drop=True)
    array = as_array(batch)
    if array.ndim != 2 or array.shape[1] != len(players.columns):
        raise DataError("rows", f"shape {array.shape}", f"(rows, {len(players.columns)})")
    return pd.DataFrame(array, columns=list(players.columns))


def _rare(table: pd.DataFrame, patterns: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which patterns fewer than `FEW` rows of the table have."""
    held = table.merge(patterns.assign(_code=np.arange(len(patterns))), how="left")["_code"].to_numpy()
    return np.asarray(np.bincount(held, minlength=len(patterns)) < FEW)


def _scaled_grid(players: Players, player: int, column: pd.Series, points: int) -> Floats:
    """Return the grid of a player in the unit that the model takes, round in the unit that people use."""
    low, high = players.scales.get(players.names[player], (0.0, 1.0))
    values = np.asarray(players.natural(player, column.to_numpy(np.float64)), dtype=np.float64)
    whole = np.round(values)
    near = np.abs(values - whole) <= 1e-6 * np.maximum(1.0, np.abs(values))  # rescaled in single precision
    grid = _grid(np.where(near, whole, values), points)
    return np.asarray((grid - low) / (high - low)) if players.names[player] in players.scales else grid


def _grid(values: Floats, points: int) -> Floats:
    """Return quantiles, rounded so that none is one person's own value: whole numbers where all values are.

    The ends leave out the few most extreme people; a value that one to four people have is left out too, unless
    nothing else would be left.
    """
    edge = min(FEW / len(values), 0.5)
    quantiles = np.quantile(values, np.linspace(edge, 1 - edge, points))
    if np.all(values == np.round(values)):
        grid = np.unique(np.round(quantiles))
    else:
        span = float(quantiles[-1] - quantiles[0]) or float(np.ptp(values)) or 1.0
        step = 10.0 ** np.floor(np.log10(span / 100))
        grid = np.unique(np.round(quantiles / step) * step)
    held, counts = np.unique(values, return_counts=True)
    kept = grid[~np.isin(grid, held[counts < FEW])]
    return kept if len(kept) > 1 else grid
