"""`verify`: every region of a report and of its twin counts, and what is found is said in words."""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from tests.auditing.test_compare import audit
from tests.report.results import callbacks_result
from xaikit.auditing.compare import compare
from xaikit.cli import app
from xaikit.report.comparison import render_comparison
from xaikit.report.html import digest_of

RUN = CliRunner()
FIXTURES = Path(__file__).parents[1] / "core" / "fixtures"


def verify(path, *more):
    return RUN.invoke(app, ["verify", str(path), *map(str, more)])


@pytest.fixture(scope="module")
def page():
    return callbacks_result().to_html()


def test_a_letter_changed_in_any_part_of_the_page_is_found(tmp_path, page):
    step = max(1, len(page) // 40)
    for i in range(10, len(page), step):
        other = "x" if page[i] != "x" else "y"
        (tmp_path / "r.html").write_text(page[:i] + other + page[i + 1 :], "utf-8")
        done = verify(tmp_path / "r.html")
        assert done.exit_code in (3, 4), (i, page[i - 20 : i + 20])


def test_a_cut_or_lengthened_page_is_found(tmp_path, page):
    for text in (page + "<p>and more", page[:-1], page.replace("\n", "\r\n"), "\ufeff" + page):
        (tmp_path / "r.html").write_bytes(text.encode())
        assert verify(tmp_path / "r.html").exit_code == 3


def test_the_json_twin_verifies_too(tmp_path):
    callbacks_result().to_json(tmp_path / "r.json")
    done = verify(tmp_path / "r.json")
    assert done.exit_code == 0, done.output
    assert "form of the result: version" in done.output


def test_a_changed_verdict_or_number_of_the_twin_is_found(tmp_path):
    text = callbacks_result().to_json()
    for altered, told in (
        (text.replace('"verdict": "FAIL"', '"verdict": "PASS"', 1), "it says PASS, its findings FAIL"),
        (text.replace(" ", "", 1), "written anew, it differs"),
        (
            text.replace('"value": 0.6680', '"value": "0.6680', 1).replace("0.6680851063829787", '0.6680"', 1),
            "valid number",
        ),
        (text[:-100], "not JSON"),
    ):
        assert altered != text
        (tmp_path / "r.json").write_text(altered, "utf-8")
        done = verify(tmp_path / "r.json")
        assert done.exit_code == 3
        assert told in done.output
        assert "do not rely on it" in done.output


def test_a_result_of_an_older_version_is_checked_as_far_as_it_can_be(tmp_path):
    done = verify(FIXTURES / "result-v1.json")
    assert done.exit_code == 0, done.output
    assert "version 1 of its schema, brought to version" in done.output
    data = (FIXTURES / "result-v1-page.json").read_text("utf-8").rstrip("\n")
    page = f'<script type="application/json" id="result" data-sha256="{digest_of(data)}">{data}</script>'
    (tmp_path / "old.html").write_text(page, "utf-8")
    done = verify(tmp_path / "old.html")
    assert done.exit_code == 4
    assert "made by an older xaikit (0.1.0)" in done.output
    assert "could not be checked whole" in done.output


def test_the_page_of_a_comparison_verifies(tmp_path):
    page = render_comparison(compare(audit(157), audit(60)))
    (tmp_path / "c.html").write_text(page, "utf-8")
    done = verify(tmp_path / "c.html")
    assert done.exit_code == 0, done.output
    (tmp_path / "c.html").write_text(page.replace("worsened", "improved", 1), "utf-8")
    assert verify(tmp_path / "c.html").exit_code == 3


def test_another_file_and_no_file_are_said(tmp_path):
    (tmp_path / "a.html").write_text("<p>hello")
    assert "this is no report of xaikit" in verify(tmp_path / "a.html").output
    (tmp_path / "b.html").write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in verify(tmp_path / "b.html").output
    (tmp_path / "c.json").write_text(json.dumps({"a": 1}))
    assert "xaikit-result" in verify(tmp_path / "c.json").output
    assert "No such file" in verify(tmp_path / "nothing.html").output


def test_a_rerun_with_other_data_says_what_is_another_and_which_numbers_moved(tmp_path):
    frame = pd.DataFrame({"sex": ["f", "m"] * 200, "hired": [0, 1, 1, 1] * 100})
    frame.to_csv(tmp_path / "d.csv", index=False)
    spec = tmp_path / "audit.yaml"
    spec.write_text("data: {path: d.csv}\nroles: {decision: hired, sensitive: [sex]}\n")
    RUN.invoke(app, ["audit", str(spec), "-q"])
    done = verify(tmp_path / "report.html", "--rerun", spec, "-q")
    assert done.exit_code == 0, done.output
    assert "numbers came out the same" in done.output
    assert "? another" not in done.output
    frame.loc[0, "hired"] = 1
    frame.to_csv(tmp_path / "d.csv", index=False)
    done = verify(tmp_path / "report.html", "--rerun", spec, "-q")
    assert done.exit_code == 3
    assert "? another data" in done.output
    assert "selection_rate[group=f,sensitive=sex]: value 0.5 → 0.505" in done.output
