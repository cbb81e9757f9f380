"""The site: every page is in the navigation, the links hold, and nothing is fetched from elsewhere."""

import importlib.util
import re

import pytest
import yaml

from tests.docs.blocks import ROOT, pages
from xaikit.core import plugin

GENERATED = {
    f"reference/{n}.md"
    for n in (*plugin.PACKAGES, "profiles", "measures", "audit-yaml", "result-json", "command-line")
}
needs_docs = pytest.mark.skipif(
    importlib.util.find_spec("zensical") is None, reason="needs the extra `docs`: make docs"
)


def listed(nav):
    """Return every file of the navigation."""
    if isinstance(nav, str):
        return [nav]
    items = nav.values() if isinstance(nav, dict) else nav
    return [f for item in items for f in listed(item)]


class Loader(yaml.SafeLoader):
    """Reads what a site generator adds to YAML as nothing."""


Loader.add_multi_constructor("!", lambda *_: None)


def test_every_page_is_in_the_navigation_once():
    nav = listed(yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loader=Loader)["nav"])
    written = {str(p.relative_to(ROOT / "docs")) for p in pages() if p.name != "README.md"}
    assert sorted(nav) == sorted(written | GENERATED)


@needs_docs
@pytest.mark.slow
def test_no_page_fetches_anything(site):
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        fetched = re.findall(r"<(?:script|img|iframe|source)[^>]+src=[\"']?(https?:)?//", text)
        fetched += re.findall(r"<link[^>]+rel=[\"']?(?:stylesheet|preload|icon)[\"']?[^>]+href=[\"']?https?://", text)
        assert not fetched, page
    for style in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?https?://|@import", style.read_text("utf-8")), style


@needs_docs
@pytest.mark.slow
def test_the_catalogue_holds_every_plug_in_and_every_parameter(site):
    for kind in plugin.PACKAGES:
        text = (site / "reference" / f"{kind}.html").read_text("utf-8")
        for name in plugin.names(kind):
            assert f'id="{name}"' in text
            for parameter in plugin.load(kind, name).parameters:
                assert f"<code>{parameter}</code>" in text


@needs_docs
@pytest.mark.slow
def test_every_public_name_is_in_the_reference(site):
    text = (site / "reference" / "python.html").read_text("utf-8")
    import xaikit

    for name in xaikit.__all__:
        assert re.search(rf'id="xaikit\.(?:\w+\.)*{name}"', text), name


def test_the_pages_speak_plainly():
    """No word of salesmen, and no sentence too long to read."""
    for page in pages():
        prose = re.sub(r"```.*?```|\|.*\||<[^>]+>", "", page.read_text("utf-8"), flags=re.S)
        for word in (
            "seamless",
            "cutting-edge",
            "powerful",
            "effortless",
            "state-of-the-art",
            "world-class",
            "robustly",
        ):
            assert word not in prose.lower(), (page, word)
        for sentence in re.split(r"[.!?:;]\s", prose):
            assert len(sentence.split()) <= 60, (page, sentence)
