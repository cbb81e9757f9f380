"""What an audit must have counted: plain Python over the rows, one after the other, no pandas and no NumPy."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

UNKNOWN = "unknown"
Key = tuple[str, str, str]


def absent(value: Any) -> bool:
    """Return whether a cell of a table holds nothing."""
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    return isinstance(value, (float, Decimal)) and math.isnan(value)


def name_of(value: Any) -> str:
    """Return the group that a value stands for."""
    if absent(value):
        return UNKNOWN
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, timedelta):
        value = pd.Timedelta(value)
    text = str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip().replace("×", "✕")
    return UNKNOWN if not text or text.casefold() == UNKNOWN else text


def meaning(value: Any) -> Any:
    """Return what a value of a decision stands for: numbers and truth values in whatever writing, else the word."""
    text = name_of(value)
    if text.casefold() in ("true", "false"):
        return int(text.casefold() == "true")
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def values(column: pd.Series) -> list[Any]:
    """Return the cells of a column as Python has them."""
    return [None if absent(v) else v.item() if hasattr(v, "item") else v for v in column.tolist()]


def share(rows: Sequence[int], mass: Sequence[float], among: Sequence[bool], chosen: Sequence[bool]) -> float | None:
    """Return the mass of the chosen over that of those among whom they are; None where there is none."""
    whole = math.fsum(mass[i] for i in rows if among[i])
    return math.fsum(mass[i] for i in rows if among[i] and chosen[i]) / whole if whole > 0 else None


def auc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Return the share of pairs in the right order, ties half."""
    pairs = [(p, n) for p in positive for n in negative]
    return sum((p > n) + 0.5 * (p == n) for p, n in pairs) / len(pairs) if pairs else None


def groups_of_rows(frame: pd.DataFrame, features: Sequence[str]) -> list[str]:
    """Return the group of each row in the crossing of some features; unknown where one of them is."""
    names = [[name_of(v) for v in values(frame[f])] for f in features]
    return [UNKNOWN if UNKNOWN in row else "×".join(row) for row in zip(*names, strict=True)]


def recount(frame: pd.DataFrame, roles: Mapping[str, Any]) -> dict[Key, tuple[float | None, int]]:
    """Return value and number of rows of every measure that can be counted, by measure, feature and group."""
    n = len(frame)
    taken = {r: values(frame[roles[r]]) for r in ("decision", "label", "score", "weight") if roles.get(r)}
    wanted = meaning(roles["favourable"])
    d, y = ([meaning(v) == wanted for v in taken[r]] if r in taken else None for r in ("decision", "label"))
    mass = [float(w) for w in taken["weight"]] if "weight" in taken else [1.0] * n
    score = [float(s) for s in taken["score"]] if "score" in taken else None
    sensitive = list(roles["sensitive"])
    out: dict[Key, tuple[float | None, int]] = {}
    for view in [[f] for f in sensitive] + ([sensitive] if len(sensitive) > 1 else []):
        named = groups_of_rows(frame, view)
        for group in set(named):
            rows = [i for i in range(n) if named[i] == group]
            for measure, found in _of_group(rows, n, mass, d, y, score, group != UNKNOWN).items():
                out[measure, "×".join(view), group] = found
        if d is not None:
            out |= _against_the_best(out, "×".join(view), set(named) - {UNKNOWN})
    return out


def _of_group(
    rows: list[int],
    n: int,
    mass: list[float],
    d: list[bool] | None,
    y: list[bool] | None,
    score: list[float] | None,
    known: bool,
) -> dict[str, tuple[float | None, int]]:
    everybody, mine = [True] * n, set(rows)
    out = {"representation": (share(range(n), mass, everybody, [i in mine for i in range(n)]), len(rows))}
    if d is not None:
        out["selection_rate"] = share(rows, mass, everybody, d), len(rows)
    if known and d is not None and y is not None:
        not_d, not_y = [not v for v in d], [not v for v in y]
        for measure, among, chosen in (
            ("true_positive_rate", y, d),
            ("false_negative_rate", y, not_d),
            ("false_positive_rate", not_y, d),
            ("precision", d, y),
            ("negative_predictive_value", not_d, not_y),
            ("accuracy", everybody, [a == b for a, b in zip(d, y, strict=True)]),
        ):
            out[measure] = share(rows, mass, among, chosen), sum(among[i] for i in rows)
    if known and y is not None and score is not None:
        sides = ([score[i] for i in rows if y[i] is side] for side in (True, False))
        out["auc"] = auc(*sides), len(rows)
    return out


def _against_the_best(found: Mapping[Key, tuple[float | None, int]], feature: str, groups: set[str]) -> dict:
    rates = {g: found["selection_rate", feature, g] for g in groups}
    if len(groups) < 2 or None in [r for r, _ in rates.values()] or not any(r for r, _ in rates.values()):
        return {}
    best = max(r for r, _ in rates.values() if r is not None)
    out: dict[Key, tuple[float | None, int]] = {}
    for g, (rate, n) in rates.items():
        assert rate is not None
        out["impact_ratio", feature, g] = rate / best, n
        out["selection_rate_difference", feature, g] = rate - best, n
    return out
