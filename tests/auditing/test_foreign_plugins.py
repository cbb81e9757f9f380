"""Packages that bring plug-ins and are broken: an audit that did not name them goes on, and says what happened."""

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from xaikit.auditing.api import audit_file
from xaikit.auditing.models import recognised
from xaikit.cli import main
from xaikit.core.errors import ModelError, SpecError
from xaikit.core.evidence import Verdict

FRAME = pd.DataFrame({"sex": ["f", "m"] * 200, "hours": np.arange(400.0), "hired": [0, 1, 1, 1] * 100})
ROLES = xk.Roles(decision="hired", favourable=1, sensitive=["sex"])
BROKEN = "import no_such_package"
WAYS = {
    BROKEN: "No module named 'no_such_package'",
    "def check(tally): raise ValueError('not today')": "ValueError: not today",
    "def check(tally): yield 'a number, perhaps'": "checks: theirs: got a str; expected Evidence",
    "def check(tally): return 3": "TypeError: 'int' object is not iterable",
}


def steps(result):
    return {s.name: (s.status, s.because) for s in result.steps}


@pytest.mark.parametrize("code", WAYS)
def test_an_audit_of_all_checks_goes_on_and_its_step_is_failed_with_the_reason(installed, code):
    before = xk.audit(FRAME, roles=ROLES, profiles=["us_ugesp"])
    installed("checks", "theirs", code)
    after = xk.audit(FRAME, roles=ROLES, profiles=["us_ugesp"])
    status, because = steps(after)["theirs"]
    assert status == "failed"
    assert WAYS[code] in because
    assert after.evidence == before.evidence
    assert after.findings == before.findings
    assert after.verdict is Verdict.ERROR  # incomplete is no pass, as with a check of ours
    assert WAYS[code].split("'")[0] in after.to_html()


def test_by_its_name_it_is_an_error_of_the_spec_with_its_line(installed, tmp_path, capsys):
    installed("checks", "theirs", BROKEN)
    for checks in (["theirs"], {"default": {}, "theirs": {}}):
        with pytest.raises(SpecError, match=r"checks: theirs.*no_such_package"):
            xk.audit(FRAME, roles=ROLES, checks=checks)
    FRAME.to_csv(tmp_path / "d.csv", index=False)
    path = tmp_path / "audit.yaml"
    text = "data: {path: d.csv}\nroles: {decision: hired, sensitive: [sex]}\nchecks: "
    path.write_text(f"{text}[theirs]\n", "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["audit", str(path)])
    assert ended.value.code == 2
    assert "no_such_package" in capsys.readouterr().err
    path.write_text(f"{text}default\n", "utf-8")
    assert steps(audit_file(path))["theirs"][0] == "failed"


def test_counts_and_streams_go_on_too(installed, tmp_path):
    installed("checks", "theirs", BROKEN)
    tally = xk.Tally.of(xk.Decisions.of(FRAME, ROLES))
    assert steps(xk.audit(tally))["theirs"][0] == "failed"
    FRAME.to_csv(tmp_path / "d.csv", index=False)
    path = tmp_path / "audit.yaml"
    path.write_text("data: {path: d.csv, stream: true}\nroles: {decision: hired, sensitive: [sex]}\n", "utf-8")
    assert steps(audit_file(path))["theirs"][0] == "failed"


def test_a_broken_engine_matters_to_who_names_it_alone(installed):
    installed("engines", "theirs", BROKEN)
    given = {"roles": ROLES, "model": lambda x: np.asarray(x)[:, 0], "features": ["hours"], "checks": []}
    assert xk.audit(FRAME, explain=[{"engine": "shapley", "rows": 3}], **given).explanations
    with pytest.raises(SpecError, match=r"engines: theirs.*no_such_package"):
        xk.audit(FRAME, explain=["theirs"], **given)


def test_an_engine_that_gives_something_else_is_failed(installed):
    installed("engines", "theirs", "def explain(model, inputs): return [[1.0, 2.0]]")
    given = {"roles": ROLES, "model": lambda x: np.asarray(x)[:, 0], "features": ["hours"], "checks": []}
    assert steps(xk.audit(FRAME, explain=["theirs"], **given))["theirs"] == (
        "failed",
        "engines: theirs: got a list; expected Explanation",
    )


ADAPTERS = {
    BROKEN: "no_such_package",
    "def load(*, path): ...\ndef recognises(path): raise OSError('asleep')": "asleep",
}


@pytest.mark.parametrize("code", ADAPTERS)
def test_a_broken_adapter_is_passed_over_and_said_where_none_fits(installed, tmp_path, code):
    installed("adapters", "aa_theirs", code)
    (tmp_path / "m.txt").write_text("a,b\n1,2\n")
    with pytest.raises(ModelError, match=f"The adapter 'aa_theirs' could not be asked: .*{ADAPTERS[code]}"):
        recognised(tmp_path / "m.txt")


SECTIONS = {
    BROKEN: "no_such_package",
    "def blocks(result): raise ValueError('no ink')": "no ink",
    "def blocks(result): return ['<b>text</b>']": "a str is no block of a report",
    "from xaikit.report.blocks import Paragraph\ndef blocks(result): return [Paragraph('x')]": "its heading",
}


@pytest.mark.parametrize("code", SECTIONS)
def test_a_broken_section_is_shown_as_such_and_stops_no_report(installed, code):
    result = xk.audit(FRAME, roles=ROLES, checks=["selection_rate"])
    before = result.to_html()
    installed("sections", "their <i>section</i>", code)
    page = result.to_html()
    assert "could not be shown" not in before
    assert "of another package, could not be shown" in page
    assert SECTIONS[code] in page.replace("&#39;", "'")
    assert "<i>section" not in page
    assert "표시하지 못했습니다" in result.to_html(language="ko")


def test_a_sound_section_is_shown(installed):
    code = "from xaikit.report.blocks import Heading\ndef blocks(result): return [Heading(2, 'Theirs', 'theirs')]"
    installed("sections", "theirs", code)
    page = xk.audit(FRAME, roles=ROLES, checks=["selection_rate"]).to_html()
    assert "Theirs" in page
    assert "could not be shown" not in page
