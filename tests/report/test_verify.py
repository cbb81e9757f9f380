"""A sound report verifies; every way to change one is found."""

import json
import re
from dataclasses import replace

import pytest

from tests.report.results import callbacks_result, income_result
from xaikit.core import codec
from xaikit.report.html import digest_of, embedded, render
from xaikit.report.verify import verify


@pytest.fixture(scope="module")
def page():
    return render(callbacks_result())


def failed(found):
    return [what for what, holds, _ in found.checks if not holds]


@pytest.mark.parametrize("make", [callbacks_result, income_result])
def test_a_report_as_it_was_made_is_sound(make):
    found = verify(render(make()))
    assert found.sound
    assert len(found.checks) == 4
    assert codec.dumps(found.result) == codec.dumps(make())


@pytest.mark.parametrize("own", ["en", "ko"])
def test_a_result_is_shown_in_another_language_and_stays_what_it_is(own):
    result = replace(callbacks_result(), spec={**callbacks_result().spec, "report": {"language": own}})
    for code in ("en", "ko"):
        page = render(result, code)
        assert f'<html lang="{code}">' in page
        assert verify(page).sound
        assert codec.dumps(verify(page).result) == codec.dumps(result)
    assert render(result, own) == render(result)


def test_a_page_that_says_another_language_than_it_is_in_is_found(page):
    for code in ("ko", "xx"):
        assert failed(verify(page.replace('<html lang="en">', f'<html lang="{code}">')))


def test_a_changed_number_in_the_sentence_is_found(page):
    assert "0.668" in page
    assert failed(verify(page.replace(">0.668<", ">0.868<"))) == ["the page is the one that the result renders to"]


def test_a_changed_verdict_is_found(page):
    assert failed(verify(page.replace('class="opening fail"', 'class="opening pass"')))


def test_changed_data_are_found(page):
    changed = page.replace(",0.6680851063829", ",0.9680851063829", 1)
    assert changed != page
    assert "hash of the result inside the page" in failed(verify(changed))


def test_changed_data_with_a_new_hash_are_found_by_the_page(page):
    other = replace(callbacks_result(), title="Another")
    data = re.search(r'(<script type="application/json"[^>]*>)(.*?)</script>', page, re.S)
    text = embedded(other)
    head = re.sub(r'data-sha256="\w+"', f'data-sha256="{digest_of(text)}"', data[1])
    head = re.sub(r'data-file-sha256="\w+"', f'data-file-sha256="{digest_of(codec.dumps(other))}"', head)
    forged = page.replace(data[0], f"{head}{text}</script>")
    assert failed(verify(forged)) == ["the page is the one that the result renders to"]


def test_an_added_script_is_found(page):
    assert failed(verify(page.replace("</body>", "<script>alert(1)</script></body>")))


def test_a_page_without_a_result_says_so():
    found = verify("<!DOCTYPE html><p>hello")
    assert not found.sound
    assert found.result is None


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"format":"xaikit-result","schema":999}', json.dumps({"format": "other"})]
)
def test_what_is_no_result_says_so(text):
    found = verify(f'<script type="application/json" id="result" data-sha256="{digest_of(text)}">{text}</script>')
    assert found.result is None
    assert "form of the result" in failed(found)


def test_a_page_of_another_renderer_names_it(page):
    found = verify(page.replace("xaikit report 2", "xaikit report 0"))
    assert "xaikit report 0" in found.checks[-1][2]


def test_a_page_of_another_version_that_differs_is_not_called_altered():
    base = callbacks_result()
    other = replace(base, provenance=replace(base.provenance, versions={"xaikit": "9.9"}))
    assert verify(render(other)).sound  # it may well be drawn alike
    found = verify(render(other).replace("</main>", " </main>"))
    assert not found.sound
    assert not found.altered
    assert "made by xaikit 9.9" in found.checks[-1][2]
