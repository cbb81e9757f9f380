import json
import os
import subprocess
import sys

import pandas as pd
import pytest
from typer.testing import CliRunner

from xaikit.cli import app

RUN = CliRunner()
SPEC = """\
title: Spring
data: {path: decisions.csv}
roles: {decision: hired, favourable: 1, sensitive: [sex]}
profiles: [us_ugesp]
"""


def folder(tmp_path, women=0.5, men=0.5, n=4000, spec=SPEC):
    frame = pd.DataFrame({"sex": ["f"] * n + ["m"] * n})
    frame["hired"] = [int(i < women * n) for i in range(n)] + [int(i < men * n) for i in range(n)]
    frame.to_csv(tmp_path / "decisions.csv", index=False)
    (tmp_path / "audit.yaml").write_text(spec, "utf-8")
    return tmp_path / "audit.yaml"


def audit(*arguments):
    return RUN.invoke(app, ["audit", *map(str, arguments)])


@pytest.mark.parametrize(
    ("women", "men", "n", "code"),
    [(0.5, 0.5, 4000, 0), (0.2, 0.5, 4000, 3), (0.3, 0.5, 10, 4)],
    ids=["pass", "fail", "inconclusive"],
)
def test_the_verdict_is_the_exit_code(tmp_path, women, men, n, code):
    spec = folder(tmp_path, women, men, n)
    done = audit(spec, "--out", tmp_path / "out")
    assert done.exit_code == code, done.output
    twin = json.loads((tmp_path / "out" / "result.json").read_text("utf-8"))
    assert twin["verdict"] == {0: "PASS", 3: "FAIL", 4: "INCONCLUSIVE"}[code]
    assert (tmp_path / "out" / "report.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert audit(spec, "--out", tmp_path / "out", "--exit-zero").exit_code == 0


def test_a_failing_audit_says_who_and_how_much_in_the_terminal(tmp_path):
    done = audit(folder(tmp_path, women=0.2))
    assert "FAIL" in done.output
    assert "0.4" in done.output
    assert "report.html" in done.output


def test_rendering_again_gives_the_same_bytes(tmp_path):
    audit(folder(tmp_path), "-q")
    first = (tmp_path / "report.html").read_bytes()
    (tmp_path / "report.html").unlink()
    done = RUN.invoke(app, ["render", str(tmp_path / "result.json")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "report.html").read_bytes() == first


def test_same_inputs_and_seed_give_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    spec = folder(tmp_path, women=0.45)
    texts = []
    for out in ("a", "b"):
        audit(spec, "-q", "--out", tmp_path / out)
        raw = json.loads((tmp_path / out / "result.json").read_text("utf-8"))
        for step in raw["steps"]:
            step.pop("seconds")
        texts.append(json.dumps(raw))
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (("decisions.csv", "decision.csv"), 1, "Did you mean 'decisions.csv'"),
        (("decision: hired", "decision: hierd"), 1, "Did you mean 'hired'"),
        (("favourable: 1", "favourable: yes!"), 1, "roles.favourable"),
        (("profiles:", "profile:"), 2, "line 4, profile: got unknown key 'profile'"),
        (("us_ugesp", "us_ugsep"), 2, "Did you mean 'us_ugesp'"),
        (("title: Spring", "title: ["), 2, "line"),
    ],
)
def test_bad_input_ends_in_one_line_and_writes_nothing(tmp_path, change, code, message):
    spec = folder(tmp_path, n=20, spec=SPEC.replace(*change))
    done = audit(spec, "--out", tmp_path / "out")
    assert done.exit_code == code
    assert message in done.output
    assert len(done.output.strip().splitlines()) == 1
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_no_such_file_and_wrong_usage_end_with_2(tmp_path):
    assert audit(tmp_path / "nothing.yaml").exit_code == 2
    assert RUN.invoke(app, ["audits"]).exit_code == 2
    assert RUN.invoke(app, ["list", "engine"]).exit_code == 2


def test_debug_shows_the_trace(tmp_path):
    done = audit(folder(tmp_path, n=20, spec=SPEC.replace("hired", "hierd")), "--debug")
    assert done.exit_code == 1
    assert type(done.exception).__name__ == "DataError"


def test_a_folder_that_cannot_be_written_is_said_before_the_work(tmp_path):
    spec = folder(tmp_path, n=20)
    (tmp_path / "out").write_text("a file, not a folder")
    done = audit(spec, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "a folder that can be written to" in done.output
    assert (tmp_path / "out").read_text() == "a file, not a folder"


def test_list_and_schema(tmp_path):
    listed = RUN.invoke(app, ["list"])
    assert listed.exit_code == 0
    for name in ("shapley", "selection_rate", "torch_module", "nyc_ll144"):
        assert name in listed.output
    schema = json.loads(RUN.invoke(app, ["schema"]).output)
    assert "data" in schema["properties"]


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "[red]bold[/red]", "q\"'&", "a\u202eb", "🙂" * 40])
def test_hostile_names_of_columns_and_groups_do_not_break_the_terminal_or_the_page(tmp_path, hostile):
    frame = pd.DataFrame({hostile: [hostile, "b"] * 200, "hired": [0, 1] * 200})
    frame.to_csv(tmp_path / "decisions.csv", index=False)
    spec = {"data": {"path": "decisions.csv"}, "roles": {"decision": "hired", "sensitive": [hostile]}}
    text = json.dumps({**spec, "profiles": ["us_ugesp"], "title": hostile})  # JSON is YAML, escaped surrogates too
    (tmp_path / "audit.yaml").write_text(text, "utf-8")
    done = audit(tmp_path / "audit.yaml", "--out", tmp_path)
    assert done.exit_code == 3, done.output
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<script>alert" not in page


def test_python_m_xaikit_is_the_same_command(tmp_path):
    spec = folder(tmp_path)
    environment = {**os.environ, "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-m", "xaikit", "audit", str(spec), "-q"], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == b""
