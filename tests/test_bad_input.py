"""The whole list of bad input, end to end: each ends in a clear word, nothing is invented, nothing half-written."""

import html5lib
import numpy as np
import pandas as pd
import pytest
import torch

import xaikit as xk
from xaikit.core.errors import XaikitError

N = 200
PLAIN = xk.Roles(decision="d", favourable=1, sensitive=["g"])


def frame(**columns):
    rng = np.random.default_rng(0)
    table = {"g": np.tile(["a", "b"], N // 2), "d": rng.integers(0, 2, N), "y": rng.integers(0, 2, N)}
    return pd.DataFrame({**table, "x": rng.normal(size=N), **columns})


def audit(table=None, roles=PLAIN, **parameters):
    table = frame() if table is None else table
    return xk.audit(table, roles=roles, **{"profiles": ["us_ugesp"], **parameters})


def failed(result):
    return [s for s in result.steps if s.status == "failed"]


def test_one_group_only_is_no_comparison():
    result = audit(frame(g=["a"] * N))
    assert not failed(result)
    assert result.measured("selection_rate", group="a")[0].n == N
    assert not [
        f for f in result.findings if f.verdict in (xk.Verdict.PASS, xk.Verdict.FAIL) and f.about.get("group")
    ]
    assert "one group" in result.to_html() or "only" in result.to_html()


@pytest.mark.parametrize(("value", "rate"), [(0, 0.0), (1, 1.0)], ids=["none selected", "all selected"])
def test_all_or_none_selected_is_defined_and_said(value, rate):
    result = audit(frame(d=[value] * N))
    assert not failed(result)
    assert {e.value for e in result.measured("selection_rate", sensitive="g")} == {rate}
    assert result.provenance.notes
    ratios = {e.value for e in result.measured("impact_ratio", sensitive="g")}
    assert ratios <= {1.0, None}
    assert result.verdict is not xk.Verdict.FAIL
    result.to_html()


def test_a_group_without_positives_has_no_true_positive_rate():
    table = frame()
    table.loc[table.g == "a", "y"] = 0
    result = audit(table, xk.Roles(decision="d", label="y", sensitive=["g"]))
    (e,) = [e for e in result.measured("true_positive_rate", group="a") if e.about["sensitive"] == "g"]
    assert e.value is None
    assert e.because
    assert result.measured("true_positive_rate", group="b", sensitive="g")[0].value is not None


def test_missing_demographics_are_kept_as_unknown_and_never_judged():
    table = frame()
    table.loc[:49, "g"] = [None, np.nan, "", "  ", "unknown"] * 10
    result = audit(table)
    (e,) = result.measured("selection_rate", group="unknown")
    assert e.n == 50
    assert not [f for f in result.findings if f.about.get("group") == "unknown" and f.verdict > 0]
    assert not [e for e in result.measured("impact_ratio", group="unknown") if e.value is not None]


def test_nobody_whose_group_is_known():
    result = audit(frame(g=[None] * N))
    assert not failed(result)
    assert result.verdict is xk.Verdict.INCONCLUSIVE


def test_five_people_are_too_few_for_a_verdict():
    table = frame().iloc[:10].assign(d=[1, 1, 0, 1, 0, 0, 1, 1, 0, 1])
    assert audit(table).verdict is xk.Verdict.INCONCLUSIVE


HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "\"'`&<>",
    "a\nb\rc\td",
    "\u202egnp.exe",
    "🙂👩‍👩‍👧‍👦",
    "x" * 300,
    "{{ 7 * 7 }}",
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_everywhere(name, tmp_path):
    table = frame().rename(columns={"g": name, "x": name + "2"})
    table[name] = np.where(table[name] == "a", name, "b")
    roles = xk.Roles(label="y", favourable=1, sensitive=[name])

    def model(rows):
        return 1 / (1 + np.exp(-rows.iloc[:, 0]))

    result = audit(table, roles, model=model, features=[name + "2"], explain=[{"engine": "shapley", "rows": 5}])
    assert not failed(result)
    page = result.to_html(tmp_path / "r.html")
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    scripts = list(tree.iter("script"))
    assert [e.get("type") for e in scripts] == ["application/json", None]
    assert not [e for e in tree.iter() if isinstance(e.tag, str) and any(a.startswith("on") for a in e.attrib)]
    assert not list(tree.iter("img"))
    shown = " ".join("".join(e.itertext()) for e in tree.iter("body"))
    for script in scripts:
        shown = shown.replace(script.text or "", "")
    assert "\u202e" not in shown
    again = xk.AuditResult.from_json(result.to_json(tmp_path / "r.json"))
    assert again.to_html() == page


class Raises(torch.nn.Module):
    def forward(self, x):
        if (x[:, 0] > 2).any():
            raise ValueError("a row above 2")
        return x[:, :1]


def test_a_model_that_raises_on_some_rows_names_them():
    table = frame()
    table["x"] = 0.0
    table.loc[123, "x"] = 3.0
    with pytest.raises(xk.ModelError, match=r"row 124.*a row above 2"):
        audit(table, xk.Roles(label="y", sensitive=["g"]), model=Raises(), features=["x"])


def test_a_check_that_fails_is_an_error_and_the_audit_goes_on():
    result = audit(checks={"selection_rate": {"reference": {"g": "zzz"}}, "representation": {}})
    assert [s.name for s in failed(result)] == ["selection_rate"]
    assert result.verdict is xk.Verdict.ERROR
    assert result.measured("representation", group="a")
    assert any(f.verdict is xk.Verdict.ERROR for f in result.findings)
    assert "zzz" in failed(result)[0].because


@pytest.mark.parametrize("content", [b"PK\x03\x04 not a zip", b"\x80\x04.", b"GIF89a", b"", b"{}"])
def test_a_model_file_that_is_not_what_it_says(tmp_path, content):
    path = tmp_path / "model.pt2"
    path.write_bytes(content)
    with pytest.raises(XaikitError) as error:
        xk.load_model(path)
    assert "model.pt2" in str(error.value)


def test_an_unwritable_report_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(XaikitError, match="a folder that can be written to"):
        audit().to_html(tmp_path / "file" / "report.html")
    assert (tmp_path / "file").read_text() == "x"
