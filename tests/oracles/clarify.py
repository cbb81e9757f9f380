"""Clarify's metrics row by row, from the definitions in its documentation; signs: above 0, the facet is worse off."""

from math import log, sqrt

import numpy as np
import pandas as pd


def metrics(rows: pd.DataFrame) -> dict[str, float]:
    """Return the metrics of a frame with columns `d` (in the facet), `y`, `h` (decision) and `s` (stratum)."""
    a, d = rows[~rows.d], rows[rows.d]
    pa, pd_ = [(a.y == v).mean() for v in (0, 1)], [(d.y == v).mean() for v in (0, 1)]
    middle = [(p + q) / 2 for p, q in zip(pa, pd_, strict=True)]

    def kl(p, q):
        return sum(x * log(x / z) for x, z in zip(p, q, strict=True) if x > 0)

    def tp(f):
        return ((f.y == 1) & (f.h == 1)).sum()

    def tn(f):
        return ((f.y == 0) & (f.h == 0)).sum()

    benefit = rows.h - rows.y + 1
    share = benefit / benefit.mean()
    gaps = [abs(p - q) for p, q in zip(pa, pd_, strict=True)]
    return {
        "CI": (len(a) - len(d)) / len(rows),
        "DPL": a.y.mean() - d.y.mean(),
        "KL": kl(pa, pd_),
        "JS": (kl(pa, middle) + kl(pd_, middle)) / 2,
        "LP": sqrt(sum(g**2 for g in gaps)),
        "TVD": sum(gaps) / 2,
        "KS": max(gaps),
        "CDDL": _disparity(rows, "y"),
        "DPPL": a.h.mean() - d.h.mean(),
        "DI": d.h.mean() / a.h.mean(),
        "DCA": a.y.sum() / a.h.sum() - d.y.sum() / d.h.sum(),
        "DCR": (d.y == 0).sum() / (d.h == 0).sum() - (a.y == 0).sum() / (a.h == 0).sum(),
        "RD": tp(a) / a.y.sum() - tp(d) / d.y.sum(),
        "DAR": tp(a) / a.h.sum() - tp(d) / d.h.sum(),
        "DRR": tn(d) / (d.h == 0).sum() - tn(a) / (a.h == 0).sum(),
        "AD": (a.y == a.h).mean() - (d.y == d.h).mean(),
        "TE": ((d.y == 1) & (d.h == 0)).sum() / ((d.y == 0) & (d.h == 1)).sum()
        - ((a.y == 1) & (a.h == 0)).sum() / ((a.y == 0) & (a.h == 1)).sum(),
        "SD": tn(d) / (d.y == 0).sum() - tn(a) / (a.y == 0).sum(),
        "CDDPL": _disparity(rows, "h"),
        "GE": float(((share**2 - 1) / 2).mean()),
    }


def _disparity(rows: pd.DataFrame, outcome: str) -> float:
    total = people = 0.0
    for _, part in rows.groupby("s"):
        no, yes = part[part[outcome] == 0], part[part[outcome] == 1]
        if len(no) and len(yes):
            total += len(part) * (no.d.mean() - yes.d.mean())
            people += len(part)
    return total / people


def generalized_entropy(benefit: np.ndarray, alpha: float) -> float:
    """Return the index from one number a person."""
    share = benefit / benefit.mean()
    if alpha == 1:
        return float(np.mean([x * log(x) if x > 0 else 0.0 for x in share]))
    return float(np.mean(share**alpha - 1) / (alpha * (alpha - 1)))
