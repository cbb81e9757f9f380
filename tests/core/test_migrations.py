"""Old results load for ever; what is newer or never was is refused with words."""

import json
from pathlib import Path

import numpy as np
import pytest

from xaikit.core.errors import DataError
from xaikit.core.evidence import Verdict
from xaikit.core.migrations import MIGRATIONS, migrated
from xaikit.core.result import SCHEMA_VERSION, AuditResult

FIXTURES = Path(__file__).parent / "fixtures"
"""Frozen files: never to be written anew. A new version of the format adds one here."""


@pytest.mark.parametrize("name", ["result-v1.json", "result-v1-page.json"])
def test_a_result_of_version_1_loads_for_ever(name):
    text = (FIXTURES / name).read_text("utf-8")
    assert json.loads(text)["schema"] == 1
    found = AuditResult.from_json(FIXTURES / name)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.title == 'A result of version 1: <b>"격차"</b>'
    assert len(found.evidence) == 49
    assert len(found.findings) == 15
    assert found.standings == ()
    ratio = next(e for e in found.measured("impact_ratio") if e.about["group"] == "여")
    raw = next(
        e
        for e in json.loads((FIXTURES / "result-v1.json").read_text("utf-8"))["evidence"]
        if e["measure"] == "impact_ratio" and e["about"]["group"] == "여"
    )
    assert (ratio.value, ratio.low, ratio.high, ratio.n) == (raw["value"], raw["low"], raw["high"], raw["n"])
    shapley = found.explanations["shapley"]
    assert shapley.values.shape == (3, 2, 1)
    assert shapley.degrees is None
    assert np.abs(shapley.residual).max() < 1e-9


def test_every_version_up_to_the_present_one_has_its_step():
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))


def test_an_old_result_is_written_as_a_new_one_that_loads_the_same(tmp_path):
    first = AuditResult.from_json(FIXTURES / "result-v1.json")
    again = AuditResult.from_json(first.to_json(tmp_path / "r.json"))
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["schema"] == SCHEMA_VERSION
    assert again.to_json() == first.to_json()
    assert again.evidence == first.evidence


def test_steps_are_taken_one_by_one_and_leave_what_was_given():
    raw = {"schema": 1, "n": 0}
    steps = {v: (lambda r, v=v: {**r, "schema": v + 1, "n": r["n"] * 10 + v}) for v in (1, 2, 3)}
    assert migrated(raw, 4, steps) == {"schema": 4, "n": 123}
    assert raw == {"schema": 1, "n": 0}
    assert migrated({"schema": 3, "n": 0}, 4, steps)["n"] == 3


@pytest.mark.parametrize("version", [None, 0, -1, "2", 1.5, True])
def test_a_version_that_never_was_is_refused(version):
    with pytest.raises(DataError, match="a version from 1"):
        migrated({"schema": version}, 2)


def test_a_newer_version_asks_for_a_newer_xaikit():
    with pytest.raises(DataError, match="newer xaikit"):
        migrated({"schema": SCHEMA_VERSION + 1}, SCHEMA_VERSION)


def test_an_old_result_that_was_altered_is_refused_with_its_version():
    with pytest.raises(DataError, match="of version 1"):
        migrated({"schema": 1, "explanations": 5}, 2)
