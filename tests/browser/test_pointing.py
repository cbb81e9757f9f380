"""Sentences and the places that they point at: a number, its mark, its row; a word, and its place in a text."""

from dataclasses import replace

import numpy as np
import pytest

from tests.browser.test_pages import violations
from tests.report.results import callbacks_result
from xaikit.core.explanation import Explanation
from xaikit.report.html import render

pytestmark = pytest.mark.browser
WIDE = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
CENTRE = """(() => { const r = document.activeElement.getBoundingClientRect();
  return [r.x + r.width / 2, r.y + r.height / 2]; })()"""
DEAD = """[...document.querySelectorAll('a[href^="#"]')]
  .filter((a) => !document.getElementById(a.hash.slice(1))).length"""
NAMED = "document.activeElement.dataset.e"
IN_VIEW = """(e) => { const r = e.getBoundingClientRect();
  return r.top >= 0 && r.bottom <= innerHeight && r.width > 0; }"""


def focused(page):
    """Return tag, evidence and text of what has the focus."""
    return page.evaluate(
        f"[document.activeElement.tagName.toLowerCase(), {NAMED}, document.activeElement.textContent]"
    )


def number(page, where="article.card p"):
    link = page.locator(f"{where} a:has(> data)").first
    return link, link.get_attribute("href")[1:]


def test_enter_on_a_number_goes_to_its_mark_and_enter_on_the_mark_back(opened):
    page = opened("callbacks", **WIDE)
    link, name = number(page)
    said = link.inner_text()
    link.focus()
    page.keyboard.press("Enter")
    tag, there, _ = focused(page)
    assert (tag, there) == ("circle", name)
    assert page.evaluate(f"({IN_VIEW})(document.activeElement)")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "link"
    assert "sentence" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert page.evaluate("document.activeElement.classList.contains('on')")
    page.keyboard.press("Enter")
    assert focused(page) == ["a", name, said]
    assert page.evaluate(f"({IN_VIEW})(document.activeElement)")


def test_a_click_does_what_enter_does_and_the_nearest_mark_is_meant(opened):
    page = opened("callbacks", **WIDE)
    link, name = number(page)
    link.click()
    assert focused(page)[:2] == ["circle", name]
    assert page.evaluate("document.activeElement.closest('article') !== null")
    page.mouse.click(*page.evaluate(CENTRE))
    assert focused(page)[:2] == ["a", name]


def test_a_mark_leads_to_every_sentence_that_cites_it_in_turn(opened):
    page = opened("callbacks", **WIDE)
    name = page.evaluate(
        "[...document.querySelectorAll('svg.wide [data-e][role=link]')].map((m) => m.dataset.e)"
        ".find((e) => document.querySelectorAll(`a[data-e=${e}]`).length > 2)"
    )
    count = page.locator(f"a[data-e={name}]").count()
    mark = page.locator(f"svg.wide [data-e={name}]").first
    reached = []
    for _ in range(count + 1):
        mark.focus()
        page.keyboard.press("Enter")
        reached.append(
            page.evaluate(f"[...document.querySelectorAll('a[data-e={name}]')].indexOf(document.activeElement)")
        )
    assert reached == [*range(count), 0]


def test_a_row_leads_back_to_the_sentence_and_is_copied_without_its_arrow(opened):
    page = opened("callbacks", **WIDE)
    back = page.locator("tr[id] .back").first
    name = back.get_attribute("data-e")
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    back.focus()
    page.keyboard.press("Enter")
    assert focused(page)[:2] == ["a", name]
    assert back.inner_text() == ""


def test_every_tied_number_has_somewhere_to_go_and_nothing_else_is_a_link(opened):
    for name in ("callbacks", "income", "korean", "hostile"):
        page = opened(name, **WIDE)
        assert page.evaluate(DEAD) == 0
        assert page.locator("a:has(> data)").count() > 5


def test_hovering_and_focus_light_up_all_of_one_piece_of_evidence(opened):
    page = opened("callbacks", **WIDE)
    link, name = number(page)
    link.hover()
    assert page.locator(f"circle[data-e={name}].on").count() > 0
    page.mouse.move(0, 0)
    assert page.locator(".on").count() == 0
    link.focus()
    assert page.locator(f"circle[data-e={name}].on").count() > 0


def test_without_script_a_number_is_a_plain_link_to_its_row(opened):
    page = opened("callbacks", java_script_enabled=False, **WIDE)
    link, name = number(page)
    link.click()
    assert page.url.endswith(f"#{name}")
    assert page.locator(f"tr#{name}").count() == 1


def test_on_a_telephone_a_number_goes_to_its_row(opened):
    page = opened("callbacks", viewport={"width": 390, "height": 900})
    link, name = number(page)
    link.click()
    assert page.evaluate("location.hash") == f"#{name}"
    assert page.locator(f"#{name}").is_visible()


def texts():
    """An explanation of words."""
    words = np.array([["the", "women's", "chess", "club", "captain", ""]], dtype=object)
    values = np.array([[0.01, -0.5, 0.1, 0.02, 0.2, 0.0]])[..., None]
    return Explanation(
        values=values,
        base=np.array([[0.5]]),
        prediction=np.array([[0.33]]),
        feature_names=tuple("123456"),
        output_names=("score",),
        rows=("case 1",),
        engine="words",
        target="score",
        data=words,
    )


def picture():
    """An explanation of a picture, strongest in row 3, column 5."""
    values = np.zeros((1, 1, 8, 8, 1))
    values[0, 0, 2, 4, 0], values[0, 0, 5, 5, 0] = 0.9, 0.1
    return Explanation(
        values=values,
        base=np.array([[0.0]]),
        prediction=np.array([[1.0]]),
        feature_names=(),
        output_names=("score",),
        rows=("case 1",),
        engine="occlusion",
        target="score",
        data=np.zeros((1, 1, 8, 8)),
    )


@pytest.mark.parametrize(("make", "named"), [(texts, "women's"), (picture, "3")])
def test_a_word_or_region_is_pointed_at_and_points_back(chromium, tmp_path, make, named):
    path = tmp_path / "page.html"
    path.write_text(render(replace(callbacks_result(), explanations={"one": make()})), "utf-8")
    page = chromium.new_page(**WIDE, bypass_csp=True)
    try:
        page.goto(path.as_uri())
        link = page.locator("figcaption a:has(> bdi)").first
        assert link.inner_text() == named
        link.focus()
        page.keyboard.press("Enter")
        tag, name, _ = focused(page)
        assert tag == "rect"
        page.keyboard.press("Enter")
        assert focused(page) == ["a", name, named]
        assert named in page.locator(f"tr#{name}").text_content()
        assert violations(page) == []
    finally:
        page.close()
