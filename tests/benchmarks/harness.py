"""Peers, floor and ours side by side: interleaved in one process, one thread, process CPU time.

Seconds are never asserted: the machine is shared. Ratios of interleaved medians are printed, with the share of the
machine that others used meanwhile; tests assert counts, and ratios with a wide margin.
"""

import gc
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Line:
    """One method on one task.

    `cpu` in seconds; `over_ours` and `over_floor` are this method's CPU over ours, and over the floor's.
    """

    task: str
    method: str
    cpu: float | None
    over_ours: float | None = None
    over_floor: float | None = None
    error: float | None = None
    model_rows: int | None = None
    note: str = ""


def interleaved(cases: Mapping[str, Callable[[], object]], repeats: int = 5, warm: bool = True) -> dict[str, float]:
    """Return the median CPU-seconds of each case, measured in turns."""
    if warm:
        for run in cases.values():
            run()
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(repeats):
        for name, run in cases.items():
            gc.collect()
            start = time.process_time()
            run()
            seconds[name].append(time.process_time() - start)
    return {name: statistics.median(s) for name, s in seconds.items()}


def cpu_at(error: float, ladder: list[tuple[float, float]]) -> float:
    """Return the CPU-seconds at which a method reaches an error, from its (CPU, error) pairs.

    A straight line through log CPU and log error, fitted to the pairs nearest to the wanted error; a method that was
    stopped above it is extended along its last two pairs.
    """
    cpu, errors = (np.log(np.array(column)) for column in zip(*sorted(ladder), strict=True))
    if len(cpu) == 1:
        return float(np.exp(cpu[0]))
    nearest = np.sort(np.argsort(np.abs(errors - np.log(error)))[:2])
    slope = (errors[nearest[1]] - errors[nearest[0]]) / (cpu[nearest[1]] - cpu[nearest[0]])
    slope = min(slope, -0.25)
    return float(np.exp(cpu[nearest[0]] + (np.log(error) - errors[nearest[0]]) / slope))


def peak_bytes(run: Callable[[], object]) -> int:
    """Return by how much the resident memory of the process grew at most while `run` ran (Linux)."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    run()
    return max(0, _status("VmHWM") - before)


def _status(key: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(key)


class OthersLoad:
    """Measures which share of the machine's CPU time other processes used."""

    def __enter__(self):
        self.start = self._now()
        return self

    def __exit__(self, *args):
        busy, own, wall = (b - a for a, b in zip(self.start, self._now(), strict=True))
        self.share = max(0.0, (busy - own) / (wall * (os.cpu_count() or 1)))

    @staticmethod
    def _now() -> tuple[float, float, float]:
        ticks = [int(v) for v in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK"), time.process_time(), time.perf_counter()


def table(lines: list[Line]) -> str:
    """Return the lines as one Markdown table."""
    head = ("task", "method", "CPU s", "× ours", "× floor", "error", "model rows", "note")

    def cell(value, digits=3):
        if value is None:
            return ""
        return (
            f"{value:,}" if isinstance(value, int) else f"{value:.{digits}g}" if isinstance(value, float) else value
        )

    rows = [
        tuple(cell(v) for v in (x.task, x.method, x.cpu, x.over_ours, x.over_floor, x.error, x.model_rows, x.note))
        for x in lines
    ]
    widths = [max(len(r[i]) for r in (head, *rows)) for i in range(len(head))]
    text = [" | ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) for r in (head, *rows)]
    text.insert(1, "-|-".join("-" * w for w in widths))
    return "\n".join(f"| {t} |" for t in text)
