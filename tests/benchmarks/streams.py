"""A tally of a hundred million rows of Parquet against the bare decoding of the same columns.

`python -m tests.benchmarks.streams [rows]`; memory is the growth of the resident set over that of the imports.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks.harness import Line, interleaved, peak_bytes
from xaikit.core.decisions import Roles
from xaikit.io.batches import ROWS
from xaikit.io.streams import tally_stream

RACE = np.array(["White", "Black", "Asian", "Hispanic", "Native", "Other"])
AGE = np.array(["18-25", "26-35", "36-45", "46-55", "56-65", "66+"])
ROLES = Roles(decision="hired", label="good", sensitive=("race", "age"))
COLUMNS = ["race", "age", "good", "hired"]


def written(path: Path, rows: int, group: int = 1_000_000) -> Path:
    """Write decisions to a Parquet file, a row group at a time."""
    rng = np.random.default_rng(0)
    with pq.ParquetWriter(path, _part(rng, 1).schema) as out:
        for start in range(0, rows, group):
            out.write_table(_part(rng, min(group, rows - start)))
    return path


def _part(rng: np.random.Generator, n: int) -> pa.Table:
    race, age = rng.integers(0, 6, n, dtype=np.int8), rng.integers(0, 6, n, dtype=np.int8)
    good = rng.random(n, np.float32) < 0.4
    hired = rng.random(n, np.float32) < 0.25 + 0.4 * good
    texts = [pa.DictionaryArray.from_arrays(pa.array(c), pa.array(v)) for c, v in ((race, RACE), (age, AGE))]
    flags = [pa.array(v.astype(np.int8)) for v in (good, hired)]
    return pa.table([*(t.cast(pa.string()) for t in texts), *flags], names=COLUMNS)


def decoded(path: Path) -> int:
    """Decode every batch, and do nothing with it: the floor."""
    with pq.ParquetFile(path, read_dictionary=["race", "age"], memory_map=True) as whole:
        return sum(b.num_rows for b in whole.iter_batches(ROWS, columns=COLUMNS, use_threads=False))


def lines(rows: int = 10_000_000, repeats: int = 3) -> list[Line]:
    """Return the tally and the floor, with what memory the tally took."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "decisions.parquet", rows)
        assert len(tally_stream(path, ROLES)) == decoded(path) == rows
        peak = peak_bytes(lambda: tally_stream(path, ROLES))
        cpu = interleaved({"ours": lambda: tally_stream(path, ROLES), "floor": lambda: decoded(path)}, repeats)
    task, ratio = f"tally of {rows:g} rows of Parquet", cpu["ours"] / cpu["floor"]
    note = f"peak {peak / 2**20:.0f} MiB over the imports"
    return [
        Line(task, "xaikit", cpu["ours"], 1.0, ratio, note=note),
        Line(task, "decoding alone", cpu["floor"], 1 / ratio, 1.0),
    ]


def main() -> None:
    rows = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10_000_000
    for line in lines(rows):
        print(f"{line.task:35s} {line.method:18s} {line.cpu:8.3f} s {line.over_floor:6.2f} × floor  {line.note}")


if __name__ == "__main__":
    main()
