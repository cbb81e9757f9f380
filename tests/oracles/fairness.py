"""Slow, obvious re-derivations of the fairness measures, row by row or by enumeration."""

from fractions import Fraction
from itertools import product
from math import comb

import numpy as np
import pandas as pd

from xaikit.core.decisions import Decisions, Roles

# 6 RCNY § 5-301, example of the rule: selected and applicants
LL144_SEX = {"Male": (667, 1390), "Female": (555, 1181)}
LL144_RACE = {
    "Hispanic or Latino": (204, 408),
    "White": (412, 797),
    "Black or African American": (170, 390),
    "Native Hawaiian or Pacific Islander": (52, 119),
    "Asian": (302, 616),
    "Native American or Alaska Native": (18, 41),
    "Two or More Races": (96, 213),
}
# the sizes of the rule's 14 intersections
LL144_SIZES = (205, 412, 226, 87, 321, 24, 98, 190, 385, 164, 32, 295, 17, 115)
# Bickel, Hammel & O'Connell (1975): department → (men admitted, men, women admitted, women)
BERKELEY = {
    "A": (512, 825, 89, 108),
    "B": (353, 560, 17, 25),
    "C": (120, 325, 202, 593),
    "D": (138, 417, 131, 375),
    "E": (53, 191, 94, 393),
    "F": (22, 373, 24, 341),
}


def frame_of(counts: dict[str, tuple[int, int]], column: str = "group") -> pd.DataFrame:
    """Return one row a person."""
    rows = [(g, int(i < x)) for g, (x, n) in counts.items() for i in range(n)]
    return pd.DataFrame(rows, columns=[column, "hired"])


def decisions_of(counts: dict[str, tuple[int, int]], column: str = "group") -> Decisions:
    """Return the decisions of published counts."""
    return Decisions.of(frame_of(counts, column), Roles(decision="hired", sensitive=(column,)))


def berkeley() -> pd.DataFrame:
    """Return one row an applicant of 1973."""
    rows = []
    for department, (xm, nm, xf, nf) in BERKELEY.items():
        rows += [("Male", department, int(i < xm)) for i in range(nm)]
        rows += [("Female", department, int(i < xf)) for i in range(nf)]
    return pd.DataFrame(rows, columns=["gender", "dept", "admit"])


def rates_by_loop(frame: pd.DataFrame, by: list[str], label: str, decision: str) -> dict[tuple, dict[str, float]]:
    """Return error rates of each group by looking at one row after the other; absent where undefined."""
    cells: dict[tuple, dict[str, int]] = {}
    for row in frame.to_dict("records"):
        cell = cells.setdefault(tuple(row[c] for c in by), {"tp": 0, "fp": 0, "fn": 0, "tn": 0})
        kind = ("t" if row[label] == row[decision] else "f") + ("p" if row[decision] else "n")
        cell[kind] += 1
    out = {}
    for key, c in cells.items():
        pairs = {
            "selection_rate": (c["tp"] + c["fp"], sum(c.values())),
            "true_positive_rate": (c["tp"], c["tp"] + c["fn"]),
            "false_positive_rate": (c["fp"], c["fp"] + c["tn"]),
            "false_negative_rate": (c["fn"], c["tp"] + c["fn"]),
            "precision": (c["tp"], c["tp"] + c["fp"]),
            "negative_predictive_value": (c["tn"], c["tn"] + c["fn"]),
            "accuracy": (c["tp"] + c["tn"], sum(c.values())),
        }
        out[key] = {k: a / b for k, (a, b) in pairs.items() if b}
    return out


def fisher_by_enumeration(x: int, n: int, x_ref: int, n_ref: int) -> tuple[float, float]:
    """Return two-sided exact p and mid-P, in rational arithmetic."""
    chosen, total = x + x_ref, n + n_ref
    law = {
        i: Fraction(comb(n, i) * comb(n_ref, chosen - i), comb(total, chosen))
        for i in range(max(0, chosen - n_ref), min(n, chosen) + 1)
    }
    exact = sum(p for p in law.values() if p <= law[x])
    return float(exact), float(exact - law[x] / 2)


def bounds_by_enumeration(
    x: list[int], n: list[int], unknown_x: int, unknown_n: int, reference: int | None = None
) -> list[tuple[float, float]]:
    """Return the least and largest ratio over every assignment of the unknown people to the groups."""
    k = len(x)
    found: list[list[float]] = [[] for _ in range(k)]
    for a in _shares(unknown_x, k):
        for b in _shares(unknown_n - unknown_x, k):
            rates = [(x[g] + a[g]) / (n[g] + a[g] + b[g]) for g in range(k)]
            top = max(rates) if reference is None else rates[reference]
            for g in range(k):
                if top > 0:
                    found[g].append(rates[g] / top)
    return [(min(f), max(f)) for f in found]


def _shares(people: int, groups: int) -> list[tuple[int, ...]]:
    return [s for s in product(range(people + 1), repeat=groups) if sum(s) == people]


def auc_by_pairs(score: np.ndarray, label: np.ndarray) -> float:
    """Return the share of pairs in the right order, ties half."""
    wins = [1.0 if a > b else 0.5 if a == b else 0.0 for a in score[label] for b in score[~label]]
    return float(np.mean(wins))


def calibration_error_by_loop(score: np.ndarray, label: np.ndarray, bins: int = 10) -> float:
    """Return the expected calibration error with equal-width bins, open at the left."""
    total = 0.0
    for b in range(bins):
        inside = (score > b / bins) & (score <= (b + 1) / bins)
        if b == 0:
            inside |= score == 0
        if inside.any():
            total += inside.sum() * abs(label[inside].mean() - score[inside].mean())
    return total / len(score)


def scoring_rates_by_rows(group: np.ndarray, score: np.ndarray) -> dict[str, float]:
    """Return the share of each group strictly above the median of all."""
    middle = np.median(score)
    return {g: float((score[group == g] > middle).mean()) for g in sorted(set(group))}
