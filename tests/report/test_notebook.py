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
