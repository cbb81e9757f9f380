"""Plots of an explanation: each kind draws what fits it, says what it cannot, and is a file of its own."""

from dataclasses import replace

import numpy as np
import pytest

import xaikit as xk
from tests.report.reader import allowed, every, parse, text
from tests.report.results import explanation_of

TABLE = explanation_of(30, 4)


def picture():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2, 3, 8, 10, 2))
    base = np.zeros((2, 2))
    return xk.Explanation(
        values=values,
        base=base,
        prediction=values.sum(axis=(1, 2, 3)),
        feature_names=(),
        output_names=("cat", "dog"),
        engine="integrated_gradients",
        data=rng.normal(size=(2, 3, 8, 10)),
    )


def words():
    texts = ["not a good day", "a <b>great</b> day"]
    return xk.explain(
        lambda t: np.array([s.count("great") - s.count("not") for s in t], dtype=float),
        texts,
        background=[""],
        engine="words",
    )


def shown(plot):
    root, _ = parse(plot._repr_html_())
    assert allowed(root) == []
    assert not every(root, "script")
    assert [s for s in every(root, "svg") if s.get("role") == "img"]
    return text(root)


def test_each_plot_of_a_table_shows_its_numbers():
    assert "case 02: score" in shown(TABLE.waterfall(2))
    assert "What each feature adds, row by row" in shown(TABLE.beeswarm())
    assert "mean absolute attribution" in shown(TABLE.bar())
    one = shown(TABLE.bar(row=-1))
    assert "case 29" in one
    margin = TABLE.margin()[29, 0, 0]
    value = TABLE.values[29, 0, 0]
    assert f"{abs(value):.3g}"[:4] in one
    assert f"{abs(value - margin):.3g}"[:4] in one


def test_a_row_without_a_name_is_called_by_its_number():
    assert "Row 1: score" in shown(replace(TABLE, rows=tuple(map(str, range(30)))).waterfall(1))


def test_pictures_lie_under_their_values_and_texts_are_marked():
    html = picture().overlay(1, "cat")._repr_html_()
    assert "blue moved cat up" in text(parse(html)[0])
    drawn = {e.get("class") for e in parse(html)[0].iter()}
    assert {"pic", "up", "down"} <= drawn
    marked = shown(words().highlight(1))
    assert "<b>great</b>" in marked  # as text: `allowed` found no element in it


def test_a_plot_that_does_not_fit_names_those_that_do():
    with pytest.raises(xk.DataError, match=r"Use \.overlay\(\)"):
        picture().waterfall()
    with pytest.raises(xk.DataError, match=r"Use \.waterfall\(\) or \.beeswarm\(\) or \.bar\(\)"):
        TABLE.highlight()
    with pytest.raises(xk.SpecError, match="Did you mean 'beeswarm'"):
        TABLE.plot("beswarm")
    with pytest.raises(xk.SpecError, match="0 to 29"):
        TABLE.waterfall(30)
    with pytest.raises(xk.SpecError, match="row: got a str"):
        TABLE.waterfall("first")
    with pytest.raises(xk.SpecError, match="Did you mean 'yes'"):
        TABLE.bar(output="yess")


def test_a_plot_is_saved_as_a_page_or_a_picture(tmp_path):
    page = TABLE.waterfall().save(tmp_path / "one.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "case 00" in page
    drawn = TABLE.waterfall().save(tmp_path / "one.svg").read_text("utf-8")
    assert drawn.startswith("<svg ")
    with pytest.raises(xk.SpecError, match=r"\.html or \.svg"):
        TABLE.waterfall().save(tmp_path / "one.gif")


def test_colours_follow_the_theme_of_the_notebook():
    style = TABLE.beeswarm()._repr_html_().split("<style>")[1].split("</style>")[0]
    assert style.count("{") == style.count("}")
    for place in ('[data-jp-theme-light="false"] &', "body.vscode-dark &"):
        assert "--paper:#15171a" in style.split(place + "{")[1].split("}")[0]
    assert "color:var(--ink)" in style  # not what the notebook happens to have
