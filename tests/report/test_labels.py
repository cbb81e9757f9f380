"""Labels of columns: shown to people wherever a column is named, and nowhere else; ids and JSON keep the names."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import xaikit as xk
from tests.report.reader import parse, text
from xaikit.core import codec
from xaikit.report import exports, letters, standalone
from xaikit.report.comparison import render_comparison
from xaikit.report.html import render
from xaikit.report.labels import labelled
from xaikit.report.language import ENGLISH
from xaikit.report.text import Labelled, say, told
from xaikit.report.verify import verify

LABELS = {
    "zz_sex": "Sex",
    "zz_race": "Race <b>or</b> origin",
    "zz_exp": "years of experience",
    "zz_hrs": "weekly hours",
    "zz_test": "test score",
    "zz_dept": "department",
}
RAW = re.compile(r"\bzz_[a-z]+")
QUOTED = (
    "does not read",
    "is not declared",
    "would matter",
    "stands in",
    "대리 변수입니다",
    "않",
    "declared descendants",
)
"""Reasons that stand in the result as sentences name the columns as the data do."""


@cache
def result():
    rng = np.random.default_rng(0)
    n = 500
    frame = pd.DataFrame({"zz_sex": rng.choice(["f", "m"], n), "zz_race": rng.choice(["zz_exp", "w"], n)})
    frame["zz_exp"] = rng.normal(size=n).round(2) + (frame.zz_sex == "m")
    frame["zz_hrs"] = rng.normal(size=n).round(2)
    frame["zz_test"] = rng.normal(size=n).round(2) + (frame.zz_race == "w")
    frame["zz_dept"] = rng.choice(["x", "y"], n)
    frame["good"] = (frame.zz_exp + frame.zz_hrs + frame.zz_test > 0.7).astype(int)
    taken = ["zz_exp", "zz_hrs", "zz_test"]
    limits = {"immutable": ["zz_hrs"], "only_increase": ["zz_exp"], "bounds": {"zz_test": [-3, 3]}}
    return xk.audit(
        frame,
        roles={
            "label": "good",
            "sensitive": ["zz_sex", "zz_race"],
            "control": ["zz_dept"],
            "contested": ["zz_hrs"],
            "causes": ["zz_sex -> zz_exp", "zz_exp -> decision"],
        },
        model=LogisticRegression().fit(frame[taken], frame["good"]),
        features=taken,
        explain=[{"engine": "shapley", "rows": 30}],
        profiles=["us_ugesp", "feature_standing"],
        checks={
            **{name: {} for name in ("representation", "selection_rate", "strata", "proxies", "gap_attribution")},
            "evidence_of_cause": {},
            "recourse": limits,
            "applicant": {"ids": ["3", "5"], **limits},
        },
        labels=LABELS,
    )


def visible(page):
    """Yield every text of a page that is neither code, script nor style, nor a reason kept in the result."""
    root, _ = parse(page)
    hidden = ("script", "style", "code")

    def walk(e):
        if not isinstance(e.tag, str) or e.tag.split("}")[-1] in hidden:
            return
        yield e.text or ""
        for child in e:
            yield from walk(child)
            yield child.tail or ""

    return [t for t in walk(root) if not any(q in t for q in QUOTED)]


@pytest.mark.slow
@pytest.mark.parametrize("code", ["en", "ko"])
def test_no_column_is_shown_by_its_name_where_it_has_a_label(code):
    shown = visible(render(result(), code))
    # a group of people has the name of a column here, and keeps it: labels are of columns alone
    raw = {m for t in shown for m in RAW.findall(t)} - {"zz_exp"}
    assert raw == set(), [t for t in shown if RAW.search(t)][:5]
    together = " ".join(shown)
    for label in LABELS.values():
        assert label in together


@pytest.mark.slow
def test_the_result_inside_the_page_and_its_ids_keep_the_names():
    page = render(result())
    assert verify(page).sound
    assert codec.dumps(verify(page).result) == codec.dumps(result())
    assert "<b>or</b>" not in page
    bare = replace(result(), spec={**result().spec, "data": {**result().spec["data"], "labels": {}}})
    ids = re.compile(r'id="?(e[0-9a-z]{8})')
    assert sorted(ids.findall(render(bare))) == sorted(ids.findall(page))


@pytest.mark.slow
def test_letters_summaries_exports_and_notebooks_show_the_labels():
    for case in letters.cases(result()):
        page = letters.render(result(), case)
        assert RAW.findall(page) == []
        assert ("test score" in page) or "favourable" in page
    assert "To be increased only: years of experience." in text(parse(letters.render(result(), _refused()))[0])
    summary = result().summary()
    assert "Sex: f" in summary
    assert "zz_sex" not in summary
    tables = "".join(exports.tables(result()).values())
    assert "years of experience" in tables
    assert any("weekly hours" in svg for svg in standalone.charts(result()).values())
    assert "Sex" in result()._repr_html_()


def _refused():
    return next(e.about["case"] for e in result().measured("applicant_score") if not e.detail["favourable"])


def test_a_comparison_bears_the_labels_of_the_later_audit():
    before = pd.DataFrame({"zz_sex": ["f", "m"] * 300, "hired": [0, 1, 1, 1] * 150})
    asked = {"roles": {"decision": "hired", "sensitive": ["zz_sex"]}, "checks": ["selection_rate"]}
    first = xk.audit(before, **asked)
    second = xk.audit(before.assign(hired=[0, 1, 0, 1] * 150), **asked, labels={"zz_sex": "Sex"})
    page = render_comparison(xk.compare(first, second))
    assert "Sex: f" in " ".join(text(e) for e in parse(page)[0].iter() if isinstance(e.tag, str))
    assert {m for t in visible(page) for m in RAW.findall(t)} == set()
    assert verify(page).sound


def test_without_labels_the_result_is_handed_on_as_it_is():
    bare = replace(result(), spec={**result().spec, "data": None})
    assert labelled(bare) is bare


def test_a_labelled_name_is_the_name_to_everything_but_a_reader():
    name = Labelled("sex×race", "Sex × race")
    assert name == "sex×race"
    assert hash(name) == hash("sex×race")
    assert {"sex×race": 1}[name] == 1
    assert f"{name}" == "sex×race"
    assert told(name) == "Sex × race"
    assert ENGLISH.plain(say("By {feature}", feature=name)) == "By Sex × race"
    assert ENGLISH.html(Labelled("a", "<i>b</i>")) == "<bdi>&lt;i&gt;b&lt;/i&gt;</bdi>"
