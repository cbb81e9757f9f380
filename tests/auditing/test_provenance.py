"""Hashes, versions and the time: enough to make the numbers again, and nothing that depends on the machine."""

import hashlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from xaikit.auditing.inputs import inputs_of
from xaikit.auditing.models import as_model
from xaikit.auditing.plan import plan
from xaikit.auditing.provenance import PACKAGES, created, provenance_of, versions
from xaikit.auditing.spec import parse
from xaikit.compute.digests import digest
from xaikit.core.progress import silent
from xaikit.io.tables import READ_AS

FRAME = pd.DataFrame({"sex": ["f", "m"] * 20, "hours": np.arange(40.0), "hired": [0, 1, 1, 0] * 10})
RAW = {"roles": {"decision": "hired", "sensitive": ["sex"]}, "seed": 9, "checks": ["representation"]}


def told(raw=RAW, frame=FRAME, model=None, command="xaikit audit a.yaml"):
    planned = plan(parse(raw, "test"), frame=frame, model=model)
    return provenance_of(planned, inputs_of(planned, silent), command)


def test_facts_of_the_data_in_memory():
    found = told()
    assert (found.seed, found.command, found.device) == (9, "xaikit audit a.yaml", "cpu")
    assert dict(found.data) == {"rows": 40, "audited rows": 40, "columns": 3}
    assert dict(found.hashes) == {"data": digest(FRAME)}
    assert dict(found.model) == {}


def test_one_value_more_or_less_is_another_hash():
    changed = FRAME.copy()
    changed.loc[39, "hours"] = 40
    assert told(frame=changed).hashes["data"] != told().hashes["data"]
    assert told(frame=FRAME.copy()).hashes["data"] == told().hashes["data"]


def test_a_file_is_hashed_as_it_lies_on_disk_and_its_dialect_is_told(tmp_path):
    path = tmp_path / "d.csv"
    FRAME.to_csv(path, index=False, sep=";", encoding="cp1252")
    planned = plan(parse({**RAW, "data": {"path": str(path), "where": {"sex": "f"}}}, "test"))
    found = provenance_of(planned, inputs_of(planned, silent), "")
    assert found.hashes["data"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.data["path"] == "d.csv"  # and not the folder of whoever ran it
    assert found.data["audited rows"] == 20
    assert found.data[READ_AS].endswith("separator ;, decimal sign .")


def test_model_and_background_have_hashes_of_their_own():
    raw = {**RAW, "model": {"adapter": "function", "features": ["hours"]}}
    found = told(raw, model=as_model(lambda rows: np.asarray(rows)[:, 0] / 40))
    assert found.model["adapter"] == "function"
    assert len(found.hashes["background"]) == 64
    assert "model" not in found.hashes  # a callable has none, and none is made up


def test_notes_of_the_table_and_a_profile_past_its_review(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(datetime(2099, 1, 1, tzinfo=UTC).timestamp())))
    everybody = FRAME.assign(hired=1)
    notes = told({**RAW, "profiles": ["us_ugesp"]}, everybody).notes
    assert any("everybody has the favourable one" in n for n in notes)
    assert any("'us_ugesp' was to be reviewed by" in n for n in notes)


def test_the_time_is_now_in_utc_to_the_second(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    at = datetime.fromisoformat(created())
    assert at.utcoffset() == timedelta(0)
    assert at.microsecond == 0
    assert abs(datetime.now(UTC) - at) < timedelta(seconds=5)


@pytest.mark.parametrize(("epoch", "text"), [("0", "1970-01-01T00:00:00+00:00"), ("", None)])
def test_a_build_may_set_the_time_and_an_empty_one_does_not(monkeypatch, epoch, text):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert created() == text if text else created() > "2026"


def test_only_packages_that_were_used_are_named():
    code = "import xaikit.auditing.provenance as p; print(sorted(p.versions()))"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "'pandas'" in names
    assert "'torch'" not in names
    assert set(versions()) <= {"python", *PACKAGES}
