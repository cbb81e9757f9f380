"""The reports in a real browser: quiet, legible, operable by keyboard, whole without script, sound on paper."""

import io
from pathlib import Path

import axe_playwright_python
import pypdf
import pytest

from tests.browser.conftest import PAGES

pytestmark = pytest.mark.browser
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
UNFOLD = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"


def violations(page):
    page.evaluate(UNFOLD)
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [(v["id"], v["nodes"][0]["html"][:120]) for v in found]


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_fetched_and_nothing_complains(opened, name):
    page = opened(name)
    page.wait_for_timeout(200)
    assert page.noted == []


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        *((n, w, s) for n in ("callbacks", "income") for w in (320, 390, 1280) for s in ("light", "dark")),
        ("hostile", 390, "light"),
        ("empty", 390, "dark"),
        ("korean", 320, "light"),
        ("korean", 1280, "dark"),
        ("comparison", 390, "light"),
    ],
)
def test_axe_finds_no_violation(opened, name, width, scheme):
    # axe is brought in by the test: the page's own policy would not let it
    page = opened(name, viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    assert violations(page) == []


def test_axe_finds_no_violation_in_forced_colours(opened):
    assert violations(opened("income", forced_colors="active", bypass_csp=True)) == []


def test_axe_would_find_one(opened):
    page = opened("callbacks", bypass_csp=True)
    page.evaluate("document.querySelector('main').innerHTML += '<img src=\"data:,\">'")
    assert "image-alt" in [rule for rule, _ in violations(page)]


@pytest.mark.parametrize("width", [320, 390, 768, 1100, 1280, 2560])
@pytest.mark.parametrize("name", PAGES)
def test_the_page_never_scrolls_sideways(opened, name, width):
    page = opened(name, viewport={"width": width, "height": 900})
    page.evaluate(UNFOLD)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 1280])
def test_text_of_charts_stays_inside_them_and_is_large_enough(opened, width):
    page = opened("income", viewport={"width": width, "height": 900})
    outside = page.evaluate(
        """() => [...document.querySelectorAll('.draw svg')].filter((s) => s.getClientRects().length).flatMap((s) => {
          const box = s.getBoundingClientRect();
          return [...s.querySelectorAll('text')].map((t) => [t, t.getBoundingClientRect()])
            .filter(([, r]) => r.left < box.left - 2 || r.right > box.right + 6 || r.height < 8)
            .map(([t, r]) => [t.textContent, r.left - box.left, r.right - box.right, r.height]);
        })"""
    )
    assert outside == []


def test_the_page_is_whole_without_script(opened):
    page, plain = opened("income"), opened("income", java_script_enabled=False)
    count = "figure svg, table, h2, h3"
    assert plain.locator(count).count() == page.locator(count).count()
    assert plain.locator("p.verdict").inner_text() == page.locator("p.verdict").inner_text()
    assert plain.locator("button").count() == 0
    plain.locator("summary").first.click()
    assert plain.locator("details").first.get_attribute("open") is not None


def test_one_drawing_of_each_chart_is_seen(opened):
    for width, seen in ((320, "slim"), (1280, "wide")):
        page = opened("income", viewport={"width": width, "height": 900})
        shown = page.evaluate(
            "[...document.querySelectorAll('figure.chart .draw')].map((d) => [...d.children]"
            ".filter((s) => getComputedStyle(s).display !== 'none').map((s) => s.getAttribute('class')).join())"
        )
        assert set(shown) == {seen}


def test_the_keyboard_reaches_and_operates_everything(opened):
    page = opened("income")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(400):
        page.keyboard.press("Tab")
        tag = page.evaluate("document.activeElement.tagName")
        if tag == "BODY":
            break
        reached.add(tag)
    assert {"A", "BUTTON", "SUMMARY", "DIV"} <= reached
    filters = page.locator("[data-filter] button")
    filters.nth(1).focus()
    page.keyboard.press("Enter")
    chosen = filters.nth(1).inner_text()
    visible = page.locator("article.card:visible .where .mark").all_inner_texts()
    assert visible
    assert set(visible) == {chosen}
    page.locator("figure.chart summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("figure.chart details").first.get_attribute("open") is not None


def test_a_table_sorts_by_number_and_says_so(opened):
    page = opened("income")
    table = page.locator("table", has=page.locator("caption", has_text="Selection by race"))
    button = table.locator("thead button").nth(3)
    for way, rising in (("ascending", True), ("descending", False)):
        button.focus()
        page.keyboard.press("Enter")
        assert table.locator("thead th").nth(3).get_attribute("aria-sort") == way
        shown = [float(t.split("%")[0]) for t in table.locator("tbody tr td:nth-child(4)").all_inner_texts()]
        assert shown == sorted(shown, reverse=not rising)


def test_a_table_is_copied_as_csv_that_no_spreadsheet_executes(opened):
    page = opened("callbacks")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("document.querySelector('main table tbody th').textContent = '=cmd|calc'")
    page.evaluate(UNFOLD)
    page.locator("main .scroll + .tools button").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert '"\'=cmd|calc"' in copied
    assert copied.count("\n") >= 1


def test_paper_has_the_content_the_outline_and_unclipped_charts(opened):
    page = opened("income")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    assert page.locator("nav.contents").is_hidden()
    raw = page.pdf(prefer_css_page_size=True, tagged=True, outline=True, print_background=False)
    pdf = pypdf.PdfReader(io.BytesIO(raw))
    assert 8 <= len(pdf.pages) <= 60
    assert "/StructTreeRoot" in pdf.trailer["/Root"]
    titles = [o.title for o in pdf.outline if not isinstance(o, list)]
    assert titles == ["Income screening"]
    words = " ".join(p.extract_text() for p in pdf.pages)
    for wanted in ("Findings", "Not established", "Obligations", "case 195"):
        assert wanted in words
    box = pdf.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (595, 842)


def test_hangul_can_be_selected_on_paper_and_never_breaks_within_a_word(opened):
    page = opened("korean")
    pdf = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, tagged=True)))
    words = " ".join(" ".join(p.extract_text() for p in pdf.pages).split())
    assert "판정 결과" in words
    assert "확립되지 않은 것" in words
    assert page.evaluate("getComputedStyle(document.querySelector('p.verdict')).wordBreak") == "keep-all"


def test_the_page_opens_within_a_second(opened):
    page = opened("income")
    timing = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert timing < 1000
