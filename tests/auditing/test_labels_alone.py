"""A table of labels without decisions: what the labels carry is measured, and that nobody decided is said first."""

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from xaikit.auditing.api import audit_file
from xaikit.auditing.inputs import UNDECIDED
from xaikit.cli import main
from xaikit.core.errors import DataError
from xaikit.core.evidence import Verdict

RNG = np.random.default_rng(8)
N = 800
SEX = RNG.choice(["f", "m"], N)
FRAME = pd.DataFrame({"sex": SEX, "dept": RNG.choice(["a", "b"], N), "hours": RNG.normal(size=N)})
FRAME["good"] = (RNG.random(N) < np.where(SEX == "f", 0.3, 0.45)).astype(int)
ROLES = {"label": "good", "sensitive": ["sex"], "control": ["dept"]}


@pytest.fixture(scope="module")
def result():
    return xk.audit(FRAME, roles=ROLES, profiles=["us_ugesp", "eu_ai_act"])


def test_the_labels_are_measured_by_group(result):
    rates = {e.about["group"]: e.value for e in result.measured("base_rate", sensitive="sex")}
    assert rates == pytest.approx(FRAME.groupby("sex").good.mean().to_dict())
    assert result.measured("label_rate_difference", group="f")[0].value == pytest.approx(rates["m"] - rates["f"])


def test_nothing_that_needs_a_decision_is_measured_or_judged(result):
    fates = {s.name: s.status for s in result.steps}
    assert {n for n, fate in fates.items() if fate == "failed"} == set()
    assert fates["selection_rate"] == fates["error_rates"] == fates["strata"] == "skipped"
    assert result.verdict is Verdict.NOT_APPLICABLE
    assert {e.measure for e in result.evidence} & {"selection_rate", "impact_ratio", "accuracy"} == set()
    judged = {f.criterion.rule for f in result.findings if f.verdict > Verdict.NOT_APPLICABLE}
    assert judged == {"reported"}


@pytest.mark.parametrize(("code", "words"), [("en", "No decision was audited"), ("ko", "감사한 결정이 없습니다")])
def test_the_page_says_so_first(result, code, words):
    page = result.to_html(language=code)
    assert result.provenance.notes[0] == UNDECIDED
    assert words in page
    assert page.index(words) < page.index("further-data_bias")


def test_the_terminal_says_so_and_a_stream_counts_them_too(tmp_path, capsys):
    FRAME.to_csv(tmp_path / "d.csv", index=False)
    path = tmp_path / "audit.yaml"
    path.write_text("data: {path: d.csv}\nroles: {label: good, sensitive: [sex]}\nchecks: [data_bias]\n", "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["audit", str(path)])
    assert ended.value.code == 0
    assert "No decision was audited" in capsys.readouterr().out
    whole = audit_file(path)
    path.write_text(path.read_text("utf-8").replace("d.csv}", "d.csv, stream: true}"), "utf-8")
    streamed = audit_file(path)
    assert streamed.evidence == whole.evidence
    assert streamed.provenance.notes[0] == UNDECIDED


def test_without_groups_or_labels_it_is_an_error_as_before():
    for roles in ({"label": "good"}, {"sensitive": ["sex"]}):
        with pytest.raises(DataError, match=r"no decisions.*roles\.label with roles\.sensitive"):
            xk.audit(FRAME, roles=roles)
