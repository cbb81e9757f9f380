"""The same audit in two places leaves the same result."""

import json
import shutil
from pathlib import Path

from xaikit.auditing.api import audit_file
from xaikit.auditing.portable import portable


def audited(folder, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    (folder / "data").mkdir(parents=True)
    rows = "".join(f"{'fm'[i % 2]},{int(i % 3 == 0)}\n" for i in range(60))
    (folder / "data" / "d.csv").write_text("sex,hired\n" + rows)
    (folder / "audit.yaml").write_text("data: {path: data/d.csv}\nroles: {decision: hired, sensitive: [sex]}\n")
    raw = json.loads(audit_file(folder / "audit.yaml").to_json())
    for step in raw["steps"]:
        step["seconds"] = 0
    return json.dumps(raw)


def test_no_path_of_the_machine_is_in_a_result(tmp_path, monkeypatch):
    one, two = audited(tmp_path / "here", monkeypatch), audited(tmp_path / "there" / "deep", monkeypatch)
    assert one == two
    assert str(tmp_path) not in one
    assert json.loads(one)["spec"]["data"]["path"] == "data/d.csv"
    shutil.rmtree(tmp_path / "here")


def test_files_elsewhere_and_profiles_are_seen_from_the_folder():
    spec = {"data": None, "model": {"path": "/a/models/m.pt2", "threshold": 0.5}, "profiles": ["x", "/a/b/p.yaml"]}
    found = portable(spec, Path("/a/b"))
    assert found == {
        "data": None,
        "model": {"path": "../models/m.pt2", "threshold": 0.5},
        "profiles": ["x", "p.yaml"],
    }
