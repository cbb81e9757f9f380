"""What else was measured is on the page, with its numbers."""

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from xaikit.report.sections import further


@pytest.fixture(scope="module")
def result():
    rng = np.random.default_rng(0)
    n = 1200
    data = pd.DataFrame(
        {"sex": rng.choice(["F", "M"], n), "race": rng.choice(["A", "B"], n), "score": rng.random(n).round(2)}
    )
    data["good"] = (rng.random(n) < data.score).astype(int)
    data["hired"] = (data.score > 0.5).astype(int)
    data["seen"] = np.where(data.hired == 1, 1, rng.integers(0, 2, n))
    data["day"] = pd.date_range("2026-01-01", periods=n, freq="2h")
    data["style"] = rng.choice(["leader", "maker"], n)
    roles = xk.Roles(decision="hired", label="good", score="score", sensitive=("sex", "race"))
    checks = {
        "default": None,
        "periods": {"column": "day"},
        "funnel": {"stages": ["seen", "hired"]},
        "ranking": {"top": [10], "shuffles": 99},
        "outcomes": {"column": "style"},
    }
    return xk.audit(data, roles=roles, checks=checks)


def folded(result):
    """Return the tables, each folded away under its heading."""
    return [t for b in further.blocks(result) if isinstance(b, further.Details) for t in b.body]


def test_every_check_that_measured_something_has_its_table(result):
    shown = {b.name for b in folded(result)}
    wanted = {
        "scoring_rate",
        "data_bias",
        "subgroups",
        "funnel",
        "periods",
        "ranking",
        "inequality",
        "outcomes",
        "clarify",
    }
    assert shown == {f"further-{w}" for w in wanted}


def test_rows_are_what_was_measured(result):
    tables = {b.name: b for b in folded(result)}
    ids = {e.id for e in result.evidence}
    for table in tables.values():
        assert table.rows
        assert len(table.rows) <= further.SHOWN
        assert all(row.evidence in ids for row in table.rows)
        assert all(len(row.cells) == len(table.columns) for row in table.rows)
    assert tables["further-clarify"].note is not None  # more than are shown
    page = result.to_html()
    for words in ("Further measurements", "bottom line", "2026-03", "leader", "divergence of the ranking (NDKL)"):
        assert words in page.partition("<script")[0], words


def test_nothing_measured_nothing_shown():
    frame = pd.DataFrame({"s": ["a", "b"] * 10, "h": [0, 1] * 10})
    plain = xk.audit(frame, roles=xk.Roles(decision="h", sensitive=("s",)), checks=["selection_rate"])
    assert further.blocks(plain) == []
