"""Seven metrics for thirty-six groups, and their bootstrap intervals, against fairlearn.

`python -m tests.benchmarks.fairness [rows]` prints the table; ratios are medians of process CPU-seconds, one thread.
"""

import sys
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from fairlearn.metrics import (
    MetricFrame,
    count,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from sklearn.metrics import accuracy_score, precision_score

from tests.benchmarks.harness import Line, interleaved
from xaikit.core.decisions import Decisions, Roles
from xaikit.stats import intervals, rates
from xaikit.stats.resampling import replicates
from xaikit.stats.tally import Tally, of_codes

RACE = np.array(["White", "Black", "Asian", "Hispanic", "Native", "Other"])
AGE = np.array(["18-25", "26-35", "36-45", "46-55", "56-65", "66+"])
NAMES = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "false_negative_rate",
    "precision",
    "accuracy",
)
PEER = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "false_negative_rate": false_negative_rate,
    "precision": partial(precision_score, zero_division=0),
    "accuracy": accuracy_score,
    "count": count,
}
PEER["precision"].__name__ = "precision"


@dataclass(frozen=True)
class Sample:
    """The same decisions as strings and as codes."""

    frame: pd.DataFrame
    decisions: Decisions
    groups: tuple


def sample(n: int, seed: int = 0) -> Sample:
    rng = np.random.default_rng(seed)
    race = rng.choice(6, n, p=[0.5, 0.2, 0.12, 0.1, 0.05, 0.03])
    age = rng.choice(6, n, p=[0.15, 0.25, 0.22, 0.18, 0.12, 0.08])
    good = rng.random(n) < 0.3 + 0.01 * race
    hired = rng.random(n) < 0.25 + 0.45 * good - 0.005 * age + 0.02 * race
    columns = {"race": RACE[race], "age": AGE[age], "good": good.astype(int), "hired": hired.astype(int)}
    frame = pd.DataFrame(columns)
    decisions = Decisions.of(frame, Roles(decision="hired", label="good", sensitive=("race", "age")))
    coded = [decisions.groups(c) for c in ("race", "age")]
    groups = tuple((replace(g, codes=g.codes.astype(np.int8)), "sensitive") for g in coded)
    return Sample(frame, decisions, groups)


def seven(mass: np.ndarray) -> np.ndarray:
    """Return the metrics, shape `(…, k, 7)`, of counts `(…, k, 2, 2)`."""
    every = {**rates.error_rates(mass), "selection_rate": rates.selection_rate(mass)}
    return np.stack([*(every[name] for name in NAMES), mass.sum(axis=(-2, -1))], axis=-1)


def from_codes(s: Sample) -> np.ndarray:
    tally = of_codes(s.groups, label=s.decisions.label, selected=s.decisions.selected)
    return seven(tally.table("race", "age").counts)


def from_strings(s: Sample) -> np.ndarray:
    return seven(Tally.of(s.decisions).table("race", "age").counts)


def with_intervals(s: Sample, count_: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    tally = of_codes(s.groups, label=s.decisions.label, selected=s.decisions.selected)
    drawn = replicates(tally.table("race", "age"), np.random.default_rng(0), count_)
    return intervals.percentile(seven(drawn))


def fairlearn(s: Sample, **more: object) -> MetricFrame:
    return MetricFrame(
        metrics=PEER,
        y_true=s.frame.good,
        y_pred=s.frame.hired,
        sensitive_features=s.frame[["race", "age"]],
        **more,
    )


def peer_values(s: Sample) -> np.ndarray:
    """Return fairlearn's seven metrics in our order of groups."""
    table = fairlearn(s).by_group.sort_index()
    return table[[*NAMES, "count"]].to_numpy(float)


def lines(rows: int = 1_000_000, repeats: int = 5) -> list[Line]:
    """Return the table: metrics from codes and from strings, and intervals, each against fairlearn."""
    big, small = sample(rows), sample(3000, 1)
    cases = {"codes": lambda: from_codes(big), "strings": lambda: from_strings(big)}
    ours = interleaved(cases, repeats)
    peer = interleaved({"fairlearn": lambda: fairlearn(big)}, 1, warm=False)["fairlearn"]
    task = f"7 metrics × 36 groups, {rows:g} rows"
    out = [
        Line(task, "xaikit, codes", ours["codes"], 1.0),
        Line(task, "xaikit, strings", ours["strings"], 1.0),
        Line(task, "fairlearn MetricFrame v codes", peer, peer / ours["codes"]),
        Line(task, "fairlearn MetricFrame v strings", peer, peer / ours["strings"]),
    ]
    own = interleaved({"xaikit": lambda: with_intervals(small, 1000)}, repeats)["xaikit"]
    boot = partial(fairlearn, small, n_boot=20, ci_quantiles=[0.025, 0.975], random_state=0)
    theirs = interleaved({"fairlearn": boot}, 1, warm=False)["fairlearn"] / 20 * 1000
    task = "intervals, B = 1000, 3000 rows"
    out.append(Line(task, "xaikit", own, 1.0))
    note = "20 replicates measured, scaled to 1000"
    out.append(Line(task, "fairlearn n_boot", theirs, theirs / own, note=note))
    return out


def main() -> None:
    rows = int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000
    for line in lines(rows):
        print(f"{line.task:45s} {line.method:35s} {line.cpu:10.4f} s {line.over_ours or 0:10.1f} × ours  {line.note}")


if __name__ == "__main__":
    main()
