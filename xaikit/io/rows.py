"""The rows that an audit judged, kept beside its result for the auditor: never part of a report."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet

from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import DataError, shown
from xaikit.core.traces import Key, Traced, traces_of
from xaikit.io.files import write_bytes

MARK = b"xaikit.result"
SUFFIX = ".rows.parquet"
NOTED = "noted:"
ROLES = ("decision", "label", "score", "weight", "cluster", "id")


def rows_beside(result: Path) -> Path:
    """Return where the rows of a result lie.

    Examples
    --------
    >>> rows_beside(Path("out/result.json")).name
    'result.rows.parquet'
    """
    return result.with_name(result.stem + SUFFIX)


def save_rows(decisions: Decisions, path: Path, result_digest: str) -> None:
    """Write who was decided upon and how, and what checks noted: ids, groups, decisions, scores; features stay out.

    Parameters
    ----------
    decisions : Decisions
        Of the audit.
    path : Path
        A Parquet file, readable by its owner alone: these are personal data.
    result_digest : str
        SHA-256 of the result's JSON, by which the rows are known as its own.
    """
    roles = decisions.roles
    columns: dict[str, object] = {}
    if roles.id:
        columns["id"] = np.asarray(decisions.ids, dtype=object)
    for name in ("label", "score", "weight", "cluster"):
        if getattr(decisions, name) is not None:
            columns[name] = getattr(decisions, name)
    if decisions.selected is not None:
        columns["decision"] = decisions.selected
    for kind, features in (("sensitive", roles.sensitive), ("control", roles.control)):
        for feature in features:
            groups = decisions.groups(feature)
            columns[f"{kind}:{feature}"] = pd.Categorical.from_codes(groups.codes, list(groups.names))
    columns |= {NOTED + json.dumps(key): values for key, values in traces_of(decisions).items()}
    table = pa.Table.from_pandas(pd.DataFrame(columns, index=range(len(decisions))), preserve_index=False)
    stream = pa.BufferOutputStream()
    parquet.write_table(table.replace_schema_metadata({MARK: result_digest.encode()}), stream)
    write_bytes(path, stream.getvalue().to_pybytes(), private=True)


def load_rows(path: Path, result_digest: str) -> Traced:
    """Return the rows that `save_rows` wrote for a result.

    Raises
    ------
    DataError
        When it is no such file, or belongs to another result.
    """
    try:
        table = parquet.read_table(path)
    except (OSError, pa.ArrowException) as error:
        first = str(error).partition("\n")[0]
        raise DataError(
            f"rows {shown(str(path))}", f"'{shown(first)}'", "a file of `xaikit audit --keep-rows`"
        ) from None
    said = (table.schema.metadata or {}).get(MARK, b"").decode("ascii", "replace")
    if said != result_digest:
        raise DataError(
            f"rows {shown(str(path))}",
            f"rows of the result with SHA-256 {said[:12]}…" if said else "a table without the mark of a result",
            f"those of {result_digest[:12]}…",
            "Remove the file to compare without rows, or run `xaikit audit --keep-rows` again.",
        )
    noted = [c for c in table.column_names if c.startswith(NOTED)]
    traces = {_key(c): table[c].to_numpy() for c in noted}
    table = table.drop_columns(noted)
    frame = table.to_pandas().rename(columns=lambda c: c.partition(":")[2] if ":" in c else f"({c})")
    frame = frame.loc[:, ~frame.columns.duplicated()]  # a sensitive feature can be a control feature as well
    named: dict[str, Any] = {r: f"({r})" for r in ROLES if f"({r})" in frame.columns}
    features = {
        kind: tuple(c.partition(":")[2] for c in table.column_names if c.startswith(f"{kind}:"))
        for kind in ("sensitive", "control")
    }
    roles = Roles(favourable=True, sensitive=features["sensitive"], control=features["control"], **named)
    return Traced.with_traces(Decisions.of(frame, roles), traces)


def _key(column: str) -> Key:
    return tuple(map(str, json.loads(column.removeprefix(NOTED))))
