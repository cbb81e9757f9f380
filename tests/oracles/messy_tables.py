"""Tables of decisions as people really have them, drawn with a seed."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

HOSTILE = (
    *("<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "{{ 7*7 }}", "{% raw %}", "&lt;b&gt;"),
    *(
        "=cmd|' /C calc'!A0",
        "+1+1",
        "@SUM(A1)",
        "\"'`&<>",
        "a\nb",
        "a\tb",
        "a,b",
        "a;b",
        "[x]",
        "a=b,c",
        "]]>",
        "<!--",
    ),
    *("\u202egnp.exe", "\u200bzero", "\x01control", "\x7f", "e\u0301", "\u00e9", "\u05d0\u05d1\u05d2", "🙂👩‍👩‍👧‍👦"),
    *("ﬁ", "İ", "ß", "한글", "　全角　", "x" * 400, "×", "a×b", "≥40", "40–<65", "%s", "{group}", "\\", "$1", "1e5"),
    *("group", "measure", "index", "nan", "None", "NA", "null", "True", "01", "1.0", "-", "__proto__"),
)
NAMES = ("sex", "group", "measure", "index", "value", "n", " ", "reference", "stratum", "weight", "level_0", *HOSTILE)
MISSING = (None, float("nan"), "", "  ", "Unknown")
OUTCOMES = (
    *((1, 0), (1, 0), (1, 0), (1.0, 0.0), (True, False), ("1", "0"), ("Yes", "No"), ("1.0", "0.0"), (2, 1)),
    *((Decimal(1), Decimal(0)), (b"y", b"n"), (dt.date(2020, 1, 1), dt.date(2020, 1, 2)), ("é", "e\u0301")),
    *(("<b>yes</b>", "{{no}}"), (2**53 + 1, 2**53), (-1, 1)),
)
DAY, ZONE = pd.Timestamp(2020, 1, 1), pd.Timestamp(2020, 3, 29, tz="Europe/Berlin")


def _texts(k: int, rng: np.random.Generator) -> list[Any]:
    return [HOSTILE[i] for i in rng.choice(len(HOSTILE), size=k, replace=False)]


def _mixed(k: int, rng: np.random.Generator) -> list[Any]:
    del rng
    return ["a", 1, 2.5, "1", True, None, dt.date(2020, 1, 1), b"x", (1, 2), [1, 2], "a\ud83d", 0, False][: k + 3]


KINDS = {
    "plain": lambda k, rng: [f"g{i}" for i in range(k)],
    "hostile": _texts,
    "flag": lambda k, rng: [True, False],
    "int": lambda k, rng: [int(i) * (-3) ** int(rng.integers(2)) for i in range(k)],
    "id": lambda k, rng: [2**53 + i for i in range(k)],
    "float": lambda k, rng: [i * 10.0 ** int(rng.integers(-1, 20)) for i in range(k)],
    "decimal": lambda k, rng: [Decimal(i) / 10 for i in range(k)],
    "date": lambda k, rng: [dt.date(2020, 1, 1 + i) for i in range(k)],
    "moment": lambda k, rng: [DAY + pd.Timedelta(hours=7 * i) for i in range(k)],
    "zoned": lambda k, rng: [ZONE + pd.Timedelta(hours=i) for i in range(k)],
    "duration": lambda k, rng: [pd.Timedelta(hours=i) for i in range(k)],
    "bytes": lambda k, rng: [b"\xff%d" % i for i in range(k)],
    "spelt": lambda k, rng: ["yes", "Yes", "YES", "no", "No ", "NO"],
    "digits": lambda k, rng: ["1", "1.0", "01", " 1", "1,5", "1.5", "1e0", "+1"][: k + 1],
    "mixed": _mixed,
}
DTYPES = ("object", "infer", "str", "string", "category", "unused", "arrow", "Int64", "Float64", "boolean")


def dressed(cells: Sequence[Any], dtype: str) -> pd.Series:
    """Return cells as a column of a dtype; as objects where they do not fit it."""
    column = pd.Series(list(cells), dtype=object)
    try:
        if dtype == "infer":
            return column.infer_objects()
        if dtype == "unused":
            return column.infer_objects().astype("category").cat.add_categories(["never seen"])
        if dtype == "arrow":
            return pd.Series(pd.arrays.ArrowExtensionArray(pa.array(cells, from_pandas=True)))
        if dtype in ("str", "string") and not all(isinstance(v, str) or v is None for v in cells):
            return column
        return column.astype(dtype)
    except (TypeError, ValueError, OverflowError, NotImplementedError, pa.ArrowException):
        return column


def messy(seed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return a table of decisions and the roles of its columns."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([1, 2, 3, 5, 8, 13, 30, 60]))
    some = rng.choice(len(NAMES), size=9, replace=False)
    # a sensitive feature whose name holds the cross is refused, and tested so elsewhere
    names = iter([NAMES[i].replace("×", "x") for i in some] if rng.random() < 0.5 else "abcdefghi")
    columns: dict[str, pd.Series] = {}
    roles: dict[str, Any] = {"sensitive": []}

    def put(cells: Sequence[Any], dtype: str | None = None) -> str:
        name = next(names)
        columns[name] = dressed(cells, dtype or str(rng.choice(DTYPES)))
        return name

    for role in ["sensitive"] * int(rng.integers(1, 4)) + ["control"] * int(rng.integers(2)):
        roles.setdefault(role, []).append(put(_groups(n, rng)))
    yes, no = OUTCOMES[int(rng.integers(len(OUTCOMES)))]
    roles["favourable"] = yes if isinstance(yes, (int, float, str)) else str(yes)
    decided = _outcome(n, yes, no, rng)
    if rng.random() < 0.9:
        roles["decision"] = put(decided)
    if rng.random() < 0.5 or "decision" not in roles:
        roles["label"] = put(decided if rng.random() < 0.2 else _outcome(n, yes, no, rng))
    if rng.random() < 0.4:
        roles["score"] = put(_scores(n, rng), "infer")
    if rng.random() < 0.4:
        roles["weight"] = put((rng.random(n) * rng.choice([0, 1, 1, 1e9]) * (rng.random(n) < 0.8)).tolist(), "infer")
    if rng.random() < 0.3:
        pool = [["a", 1, True, "1", 2.5, [1]], [2**53, 2**53 + 1], [7]][int(rng.integers(3))]
        roles["cluster"] = put([pool[i] for i in rng.integers(len(pool), size=n)])
    frame = pd.DataFrame(columns)
    index = int(rng.integers(4))
    if index:
        days = pd.date_range("2020", periods=n)
        frame.index = [pd.Index([0] * n), pd.MultiIndex.from_arrays([[1] * n, range(n)]), days][index - 1]
    return frame, roles


def _groups(n: int, rng: np.random.Generator) -> list[Any]:
    kind = str(rng.choice(list(KINDS)))
    pool = KINDS[kind](int(rng.integers(1, 6)), rng)
    cells = [pool[i] for i in rng.integers(len(pool), size=n)]
    missing = MISSING if isinstance(pool[0], str) else (None,)
    if rng.random() < 0.4:
        cells = [missing[int(rng.integers(len(missing)))] if rng.random() < 0.2 else v for v in cells]
    return cells


def _outcome(n: int, yes: Any, no: Any, rng: np.random.Generator) -> list[Any]:
    rate = rng.choice([0.0, 0.5, 0.5, 0.5, 1.0])
    return [yes if rng.random() < rate else no for _ in range(n)]


def _scores(n: int, rng: np.random.Generator) -> list[float]:
    spread = rng.random(n)
    shapes = (spread, np.full(n, 0.5), spread * 3 - 1, -spread, spread * 1e300, np.round(spread, 1))
    return shapes[int(rng.integers(len(shapes)))].tolist()
