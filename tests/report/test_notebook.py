"""What a notebook shows: a fragment that touches nothing else, without script, with the numbers."""

from dataclasses import replace

import numpy as np

from tests.report.reader import allowed, every, parse, text
from tests.report.results import callbacks_result, explanation_of


def test_a_result_shows_its_verdict():
    root, _ = parse(callbacks_result()._repr_html_())
    assert "is selected at 0.668 of the rate of white" in text(root)
    assert allowed(root) == []
    assert not every(root, "script")


def test_an_explanation_shows_its_importance():
    root, _ = parse(explanation_of(30, 4)._repr_html_())
    assert "feature 0" in text(root)
    assert len([s for s in every(root, "svg") if s.get("role") == "img"]) == 4


def test_the_style_is_nested_so_that_the_notebook_keeps_its_own():
    html = callbacks_result()._repr_html_()
    style = html.split("<style>")[1].split("</style>")[0]
    assert style.startswith(".xaikit{")
    assert style.count("{") == style.count("}")
    assert ":root" not in style


def test_two_results_in_one_notebook_have_ids_of_their_own():
    one, other = callbacks_result()._repr_html_(), callbacks_result(title="another")._repr_html_()
    ids = [{e.get("id") for e in parse(h)[0].iter() if (e.get("id") or "").startswith("n")} for h in (one, other)]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_explanations_that_no_chart_fits_still_show():
    e = explanation_of(3, 2)
    image = replace(e, values=np.zeros((3, 1, 4, 4, 1)), stderr=None, feature_names=(), data=None)
    assert "(3, 1, 4, 4, 1)" in text(parse(image._repr_html_())[0])


def test_a_finding_shows_its_card(income):
    for finding in income.findings:
        root, _ = parse(finding._repr_html_())
        shown = text(root)
        assert finding.criterion.id in shown
        assert (finding.criterion.question or finding.because)[:60] in shown
        assert allowed(root) == []
        assert not every(root, "script")


def test_evidence_shows_its_value_and_its_interval(income):
    ratio = income.measured("impact_ratio", sensitive="sex", group="Female")[0]
    shown = text(parse(ratio._repr_html_())[0])
    for wanted in ("impact ratio", "0.215", "95% interval", "Female", "5,421"):
        assert wanted in shown
    for evidence in income.evidence:
        root, _ = parse(evidence._repr_html_())
        assert allowed(root) == []


def test_hostile_findings_and_evidence_are_text():
    bad = "<script>alert(1)</script>"
    base = callbacks_result()
    finding = replace(base.findings[0], because=bad, about={"sensitive": bad, "group": bad}, numbers={bad: bad})
    evidence = replace(base.evidence[0], measure=bad, about={bad: bad}, detail={bad: bad}, source=bad, because=bad)
    for piece in (finding, evidence):
        root, _ = parse(piece._repr_html_())
        assert not every(root, "script")
        assert bad in text(root)
