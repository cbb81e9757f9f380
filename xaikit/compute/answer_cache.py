"""Answers that were paid for, kept: in memory, or in a file that survives whatever ends the audit."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xaikit.core.errors import DataError, shown


class AnswerCache:
    """Scores by the hash of what was asked; every batch of answers is on disk before the next request is sent.

    Parameters
    ----------
    path : Path, optional
        An SQLite file, made when it is not there; in memory when left out. Rows are stored as hashes alone.

    Raises
    ------
    DataError
        When the file is something else.

    Examples
    --------
    >>> cache = AnswerCache()
    >>> cache.put({"row a": [0.5]})
    >>> cache.get(["row a", "row b"])
    {'row a': [0.5]}
    """

    def __init__(self, path: Path | None = None) -> None:
        self._database = sqlite3.connect(str(path) if path else ":memory:", isolation_level=None)
        try:
            self._database.execute("CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, scores TEXT NOT NULL)")
        except sqlite3.DatabaseError as error:
            raise DataError(f"cache {shown(str(path), 200)}", str(error), "an SQLite file, or none yet") from None

    def __len__(self) -> int:
        (count,) = self._database.execute("SELECT COUNT(*) FROM answers").fetchone()
        return int(count)

    def get(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return what is known of `keys`."""
        out = {}
        for key in dict.fromkeys(keys):
            row = self._database.execute("SELECT scores FROM answers WHERE key = ?", (_hash(key),)).fetchone()
            if row is not None:
                out[key] = json.loads(row[0])
        return out

    def put(self, found: Mapping[str, Any]) -> None:
        """Keep answers; all of them or, when this process ends meanwhile, none."""
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany(
                "INSERT OR REPLACE INTO answers VALUES (?, ?)", [(_hash(k), json.dumps(v)) for k, v in found.items()]
            )


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
