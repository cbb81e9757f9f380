"""Decisions larger than memory: Parquet, CSV and Arrow files, read once, leave a tally."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from xaikit.core.columns import check_heaviest, check_weights
from xaikit.core.decisions import Roles
from xaikit.core.errors import DataError, shown
from xaikit.core.groups import Groups, groups_of
from xaikit.core.progress import Progress, silent
from xaikit.io.batches import Batch, batches, files_of
from xaikit.io.csv_values import read_as_columns
from xaikit.io.filters import Filter
from xaikit.io.outcomes import BinaryOutcome
from xaikit.io.tables import MISSING_AMONG_NUMBERS
from xaikit.stats.axis import Axis
from xaikit.stats.merging import regrouped
from xaikit.stats.table import Floats
from xaikit.stats.tally import Tally, hashed, of_codes

BINS = 1024
DISTINCT = 1000
Path_ = str | Path


@dataclass(frozen=True, slots=True, eq=False)
class Streamed:
    """What a stream left.

    Parameters
    ----------
    tally : Tally
        The counts of the rows that were asked for.
    rows : int
        How many rows the files have in all.
    notes : tuple of str
        What a reader must know of them.
    """

    tally: Tally
    rows: int
    notes: tuple[str, ...]


def tally_stream(
    path: Path_ | Sequence[Path_],
    roles: Roles,
    *,
    where: Mapping[str, Any] | None = None,
    edges: Floats | None = None,
    ordered_by: str | None = None,
    progress: Progress = silent,
) -> Tally:
    """Return the counts of decisions in one file, or of all the files of a folder, without holding them in memory.

    Parameters
    ----------
    path : path or sequence of paths
        `.parquet`, `.csv`, `.tsv`, `.arrow` or `.feather`; or folders of them.
    roles : Roles
        Of the columns; only those named are read.
    where : mapping of str to value or list of values, optional
        Count only rows with these values.
    edges : float array, optional
        Upper edges of the score bins. By default the scores are read once beforehand: each distinct score is a bin,
        or, above 1000 of them, about a thousandth of the rows is (the median is then exact to a bin).
    ordered_by : str, optional
        A column of dates or numbers that must not decrease from one row to the next.
    progress : callable
        Called with task, megabytes done, megabytes in all.

    Raises
    ------
    DataError
        For a shard with another schema, a truncated file, a column that changes type, a decision that is not binary
        or has gaps, scores or weights that are not finite, dates out of order; file and row group are named.

    Notes
    -----
    Rows are decoded, coded and counted batch by batch; ids are not checked for being unique.
    """
    return streamed(path, roles, where=where, edges=edges, ordered_by=ordered_by, progress=progress).tally


def streamed(
    path: Path_ | Sequence[Path_],
    roles: Roles,
    *,
    where: Mapping[str, Any] | None = None,
    edges: Floats | None = None,
    ordered_by: str | None = None,
    progress: Progress = silent,
) -> Streamed:
    """Return the counts of `tally_stream`, with what an audit says of the files besides."""
    reader = _Reader(roles, ordered_by, where)
    exact = False
    if roles.score and edges is None:
        edges, exact = _edges(path, roles.score, Filter(where), progress)
    total: Tally | None = None
    for batch in batches(path, reader.columns, task="counting decisions", progress=progress):
        part = reader.counted(batch, edges)
        if part is not None:
            total = part if total is None else total + part
    if reader.rows == 0:
        raise DataError("the stream of decisions", "no rows", "at least one decision")
    notes = reader.finish()
    if total is None:
        raise DataError("data.where", "no row that has all these values", "at least one decision")
    if exact and total.scores is not None:
        total = replace(total, scores=replace(total.scores, exact=True))
    texts = all(f.suffix.lower() in (".csv", ".tsv") for f in files_of(path))
    return Streamed(read_as_columns(total) if texts else total, reader.rows, notes)


class _Reader:
    """From batches of columns to tallies; remembers what must stay the same over the stream."""

    def __init__(self, roles: Roles, ordered_by: str | None, where: Mapping[str, Any] | None) -> None:
        self.roles, self.ordered_by, self.filter, self.rows = roles, ordered_by, Filter(where), 0
        self.axes = [(c, "sensitive") for c in roles.sensitive]
        self.axes += [(c, "control") for c in roles.control if c not in roles.sensitive]
        outcomes = [("decision", roles.decision), ("label", roles.label)]
        self.outcomes = {r: BinaryOutcome(r, c, roles.favourable) for r, c in outcomes if c}
        self.kinds: dict[str, tuple[str, str]] = {}
        self.last: Any = None
        self.heaviest = 0.0
        texts = [*(c for c, _ in self.axes), *(o.column for o in self.outcomes.values()), roles.cluster]
        self.columns = {c: "text" for c in texts if c}
        self.columns |= {c: "number" for c in (roles.score, roles.weight) if c}
        for column in self.filter.wanted:
            self.columns.setdefault(column, "text")
        if ordered_by:
            self.columns.setdefault(ordered_by, "any")

    def counted(self, batch: Batch, edges: Floats | None) -> Tally | None:
        """Return the tally of one batch; None where it has no row that was asked for."""
        self._same_kinds(batch)
        self.rows += batch.rows
        batch = self.filter.kept(batch)
        if batch.rows == 0:
            return None
        column = batch.column
        outcome = {r: o.read(column(o.column), batch.where) for r, o in self.outcomes.items()}
        roles = self.roles
        weight = _numbers(column(roles.weight), roles.weight, batch.where) if roles.weight else None
        if weight is not None:
            check_weights(weight, batch.where)
            self.heaviest = max(self.heaviest, float(weight.max(initial=0.0)))
        self._in_order(batch)
        raw = of_codes(
            [(_raw(column(c), c), role) for c, role in self.axes],
            label=outcome.get("label"),
            selected=outcome.get("decision"),
            score=_numbers(column(roles.score), roles.score, batch.where) if roles.score else None,
            weight=weight,
            cluster=_hashed(column(roles.cluster), roles.cluster, batch.where) if roles.cluster else None,
            edges=edges,
            rows=batch.rows,
        )
        return _named(raw, roles.bins)

    def finish(self) -> tuple[str, ...]:
        """Check what only the whole stream can tell, and return what a reader must know of it."""
        self.filter.finish()
        check_heaviest(self.heaviest, f"weight column '{self.roles.weight}'")
        found = [o.finish() for o in self.outcomes.values() if o.met]
        return tuple(note for note in found if note)

    def _same_kinds(self, batch: Batch) -> None:
        for name in self.columns:
            kind = _kind(batch.column(name).type)
            before, where = self.kinds.setdefault(name, (kind, batch.where))
            if kind != before and "null" not in (kind, before):
                raise DataError(
                    batch.where,
                    f"column '{name}' of {kind}",
                    f"{before}, as in {where}",
                    "A column changes its type.",
                )

    def _in_order(self, batch: Batch) -> None:
        if self.ordered_by is None or batch.rows == 0:
            return
        values = batch.column(self.ordered_by).to_pandas()
        if self.last is not None:
            values = pd.concat([pd.Series([self.last]), values], ignore_index=True)
        wrong = np.flatnonzero(values.iloc[1:].to_numpy() < values.iloc[:-1].to_numpy())
        if len(wrong):
            at = int(wrong[0])
            got = f"'{self.ordered_by}' falls from {values.iloc[at]} to {values.iloc[at + 1]}"
            raise DataError(batch.where, got, "values that do not decrease")
        self.last = values.iloc[-1]


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        return _kind(kind.value_type)
    for name in ("boolean", "integer", "floating", "null"):
        if getattr(pa.types, f"is_{name}")(kind):
            return name
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return "text" if text else str(kind)


def _raw(array: pa.Array, name: str) -> Groups:
    """Return the values of a column as its dictionary has them, None last; rows are coded, not yet named."""
    if pa.types.is_nested(array.type):
        raise DataError(f"column {shown(name)}", f"values of type {array.type}", "single values, such as texts")
    coded = array if pa.types.is_dictionary(array.type) else pc.dictionary_encode(array)
    values = _plain(coded.dictionary)
    indices = coded.indices
    if indices.null_count:
        indices = pc.fill_null(indices, len(values))
    names: tuple[Any, ...] = (*values, None)
    return Groups(name, indices.to_numpy(zero_copy_only=False), names)


def _plain(values: pa.Array) -> list[Any]:
    """Return values as Python has them; short floats stay short, and are named with the digits that they have."""
    short = pa.types.is_float32(values.type) or pa.types.is_float16(values.type)
    return list(values.to_numpy(zero_copy_only=False)) if short else list(values.to_pylist())


def _named(tally: Tally, bins: Mapping[str, Sequence[float]]) -> Tally:
    """Return the tally with its raw values named as groups are: what costs time is done once a cell, not a row."""
    axes, maps = [], []
    for i, raw in enumerate(tally.axes):
        used = np.unique(tally.cells[:, i])  # a dictionary may hold values that no row of the batch has
        cut = bins.get(raw.name, ())
        values = [None if cut and _absent(raw.groups[j]) else raw.groups[j] for j in used]
        found = groups_of(pd.Series(values, dtype=object), raw.name, cut)
        codes = np.full(len(raw.groups), -1, dtype=np.int64)
        codes[used] = found.codes
        axes.append(Axis(raw.name, raw.role, found.names))
        maps.append(codes)
    return regrouped(tally, tuple(axes), maps)


def _absent(value: Any) -> bool:
    """Return whether a text among numbers says that there is none, as in a table that is read whole."""
    return isinstance(value, str) and value.strip().casefold() in MISSING_AMONG_NUMBERS


def _numbers(array: pa.Array, name: str | None, where: str) -> Floats:
    try:
        values = pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise DataError(where, f"column '{name}' of {_kind(array.type)}", "numbers") from None
    finite = np.isfinite(values)
    if not finite.all():
        bad = np.flatnonzero(~finite)
        got = f"{len(bad)} NaN, infinite or missing values in column '{name}', the first in row {bad[0] + 1}"
        raise DataError(where, got, "finite numbers")
    return np.asarray(values, dtype=np.float64)


def _hashed(array: pa.Array, name: str, where: str) -> NDArray[np.uint64]:
    raw = _raw(array, name)
    blank = np.array([v is None or not str(v).strip() for v in raw.names], dtype=bool)
    missing = int(blank[raw.codes].sum())
    if missing:
        raise DataError(where, f"{missing} missing values in column '{name}'", "a cluster for every row")
    return np.asarray(hashed(raw.names[:-1])[raw.codes])


def _edges(path: Any, column: str, kept: Filter, progress: Progress) -> tuple[Floats, bool]:
    """Return bin edges from one pass over the scores alone, and whether each bin holds one distinct score."""
    distinct: NDArray[Any] | None = np.zeros(0)
    cuts: list[Floats] = []
    top = -np.inf
    columns = {**dict.fromkeys(kept.wanted, "text"), column: "number"}
    for whole in batches(path, columns, task="reading scores", progress=progress):
        batch = kept.kept(whole)
        values = _numbers(batch.column(column), column, batch.where)
        if not len(values):
            continue
        top = max(top, float(values.max()))
        cuts.append(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:]))
        if distinct is not None:
            distinct = np.union1d(distinct, np.unique(values))
            distinct = distinct if len(distinct) <= DISTINCT else None
    if distinct is not None:
        return np.asarray(distinct, dtype=np.float64), True
    pooled = np.quantile(np.concatenate(cuts), np.linspace(0, 1, BINS + 1)[1:])
    if pooled[0] >= 0 and top <= 1:
        pooled = np.concatenate([pooled, np.linspace(0, 1, 101)])
    return np.unique(np.append(pooled, top)), False
