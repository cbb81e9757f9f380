"""The reports in a real browser: quiet, legible, operable by keyboard, whole without script, sound on paper."""

import io
import shutil
import subprocess
from pathlib import Path

import axe_playwright_python
import pypdf
import pytest

from tests.browser.conftest import DEMOS, PAGES
from tests.report.results import income_result
from xaikit.io.chromium import pdf
from xaikit.report.html import render

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
        ("comparison", 1280, "dark"),
        *((n, w, s) for n in ("applicant", "letter", "intersections") for w, s in ((320, "dark"), (1280, "light"))),
        ("applicant korean", 390, "light"),
        *((n, w, s) for n in DEMOS for w, s in ((390, "dark"), (1280, "light"))),
    ],
)
def test_axe_finds_no_violation(opened, name, width, scheme):
    # axe is brought in by the test: the page's own policy would not let it
    page = opened(name, viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    assert violations(page) == []


@pytest.mark.parametrize("name", ["income", "letter", "comparison", "intersections"])
def test_axe_finds_no_violation_in_forced_colours(opened, name):
    assert violations(opened(name, forced_colors="active", bypass_csp=True)) == []


def test_axe_would_find_one(opened):
    page = opened("callbacks", bypass_csp=True)
    page.evaluate("document.querySelector('main').innerHTML += '<img src=\"data:,\">'")
    assert "image-alt" in [rule for rule, _ in violations(page)]


@pytest.mark.parametrize("width", [320, 390, 768, 1100, 1280, 1920, 2560])
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


A4 = {"width": 673, "height": 971}  # what the margins leave, in CSS pixels
WIDER = """() => { const w = document.documentElement.clientWidth;
  return [...document.querySelectorAll('svg, table, figure, pre')].map((e) => [e, e.getBoundingClientRect()])
    .filter(([, r]) => r.width && r.right > w + 1)
    .map(([e, r]) => [e.tagName, e.textContent.slice(0, 60), r.right - w]); }"""
TALLER = """(h) => [...document.querySelectorAll('figure.chart svg')].map((e) => e.getBoundingClientRect().height)
    .filter((x) => x > h)"""


@pytest.mark.parametrize("name", PAGES)
def test_on_paper_nothing_is_wider_and_no_chart_taller_than_the_page(opened, name):
    page = opened(name, viewport=A4)
    page.emulate_media(media="print")
    page.evaluate(UNFOLD)
    assert page.evaluate(WIDER) == [], name
    assert page.evaluate(TALLER, A4["height"]) == []


def test_paper_has_the_content_the_outline_the_tags_and_the_language(chromium):
    page = render(income_result())
    read = pypdf.PdfReader(io.BytesIO(pdf(page)))
    assert 8 <= len(read.pages) <= 60
    root = read.trailer["/Root"]
    assert "/StructTreeRoot" in root
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert [o.title for o in read.outline if not isinstance(o, list)] == ["Income screening"]
    sections = [o.title for o in read.outline[1] if not isinstance(o, list)]
    assert sections[0] == "Findings"
    assert sections[-1] == "Method and provenance"
    words = " ".join(p.extract_text() for p in read.pages)
    for wanted in ("Findings", "Not established", "Obligations", "case 195"):
        assert wanted in words
    for of in read.pages:
        assert (round(float(of.mediabox.width)), round(float(of.mediabox.height))) == (595, 842)
    assert all("/Contents" in of and len(of.extract_text().split()) > 3 for of in read.pages), "an empty page"


def test_tags_of_paper_name_the_charts(chromium):
    read = pypdf.PdfReader(io.BytesIO(pdf(render(income_result()))))
    found = [read.get_object(n) for n in range(1, len(read.xref.get(0, {})) + 1)]
    tags = [t for t in found if isinstance(t, pypdf.generic.DictionaryObject) and t.get("/Type") == "/StructElem"]
    assert {t.get("/S") for t in tags} >= {"/H1", "/H2", "/Table", "/TR", "/TH", "/TD", "/P", "/Figure"}
    assert not {t.get("/S") for t in tags} & {"/Form"}
    told = [str(t["/Alt"]) for t in tags if "/Alt" in t]
    assert any("Female has the lowest selection rate" in t for t in told)


def test_hangul_can_be_selected_on_paper_and_never_breaks_within_a_word(opened):
    if not _korean_letters():
        pytest.skip("no Korean letters: apt-get install fonts-noto-cjk")
    page = opened("korean")
    read = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, tagged=True)))
    words = " ".join(" ".join(p.extract_text() for p in read.pages).split())
    assert "판정 결과" in words
    assert "확립되지 않은 것" in words
    assert page.evaluate("getComputedStyle(document.querySelector('p.verdict')).wordBreak") == "keep-all"


def _korean_letters():
    lister = shutil.which("fc-list")
    return lister and subprocess.run([lister, ":lang=ko"], capture_output=True, check=False).stdout.strip()


LINES = """() => { const out = [];
  for (const p of document.querySelectorAll('p, li, dd')) {
    if (!p.getClientRects().length || p.querySelector('p, li')) continue;
    const walker = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
    const lines = new Map(), range = document.createRange();
    for (let n; (n = walker.nextNode());) for (let i = 0; i < n.length; i++) {
      range.setStart(n, i); range.setEnd(n, i + 1);
      const r = range.getClientRects()[0];
      if (r && r.width) { const k = Math.round(r.bottom / 8); lines.set(k, (lines.get(k) || 0) + 1); }
    }
    out.push([Math.max(0, ...lines.values()), p.textContent.slice(0, 60)]);
  }
  return out; }"""


@pytest.mark.parametrize("width", [1280, 2560])
def test_lines_of_text_have_at_most_72_characters(opened, width):
    # the design's measure; two more where a line is all narrow letters, for no unit of style counts letters
    page = opened("income", viewport={"width": width, "height": 900})
    page.evaluate(UNFOLD)
    assert [line for line in page.evaluate(LINES) if line[0] > 74] == []


def test_the_mouse_operates_everything(opened):
    page = opened("income", viewport={"width": 1280, "height": 900})
    filters = page.locator("[data-filter] .tools").first.locator("button")
    filters.nth(1).click()
    assert filters.nth(1).get_attribute("aria-pressed") == "true"
    assert set(page.locator("article.card:visible .where .mark").all_inner_texts()) == {filters.nth(1).inner_text()}
    filters.nth(0).click()
    assert page.locator("article.card").count() == page.locator("article.card:visible").count()
    head = page.locator("table", has=page.locator("caption", has_text="Selection by race")).locator("thead th").nth(3)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    page.locator("nav.contents a").last.click()
    page.wait_for_timeout(900)  # it may scroll smoothly
    assert page.evaluate("document.querySelector('#method').getBoundingClientRect().top < innerHeight")
    folded = page.locator("section#method details").first
    folded.locator("summary").click()
    assert folded.get_attribute("open") is not None
    assert page.noted == []


@pytest.mark.parametrize("name", ["hostile", "demo income", "letter", "comparison", "intersections"])
def test_charts_and_words_are_there_without_script(opened, name):
    page, plain = opened(name), opened(name, java_script_enabled=False)
    for what in ("figure svg", "table", "h2", "p"):
        assert plain.locator(what).count() == page.locator(what).count()
    assert plain.locator("main").inner_text().strip()


@pytest.mark.parametrize("name", [*DEMOS, "intersections"])
def test_the_page_is_small_enough_to_open_at_once(opened, name):
    # bytes and elements, which the page decides, and no seconds, which the machine does
    page = opened(name)
    assert page.evaluate("performance.getEntriesByType('navigation')[0].decodedBodySize") <= 1_000_000
    assert page.evaluate("document.querySelectorAll('*').length") <= 20_000
