"""The catalogues are in step with the code, whole, and read as gettext's own tools read them."""

from importlib import resources

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from tools import catalogues, sources
from xaikit.report.catalogue import RESULT, catalogue, entries
from xaikit.report.language import Language
from xaikit.report.text import say, say_n

LANGUAGES = sorted(catalogues.FOLDER.glob("*.po"))
NEW = catalogues.template()


def read(path):
    with path.open("rb") as file:
        return read_po(file, locale=path.stem if path.suffix == ".po" else None)


def messages(catalog):
    return {(m.context or "", m.id) for m in catalog if m.id}


def test_the_template_is_in_step_with_the_code():
    """Lines may have moved since; sentences may not. `make catalogues` brings them in step."""
    there, wanted = messages(read(catalogues.TEMPLATE)), messages(NEW)
    assert len(wanted) > 1000
    assert {"missing": wanted - there, "stale": there - wanted} == {"missing": set(), "stale": set()}


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda p: p.stem)
def test_a_catalogue_is_whole_without_stale_entries_and_invents_no_slot(path):
    assert catalogues.amiss(path, NEW) == []


def test_the_languages_are_those_that_the_report_offers():
    assert {p.stem for p in LANGUAGES} == {"en", "ko"}


@pytest.mark.parametrize("path", [*LANGUAGES, catalogues.TEMPLATE], ids=lambda p: p.name)
def test_our_reader_reads_what_babel_reads(path):
    theirs = {(m.context or "", *as_tuple(m.id)): as_tuple(m.string) for m in read(path) if m.id}
    ours = {}
    for e in entries(path.read_text("utf-8")):
        if e.english:
            ours[(e.context, e.english, *([e.plural] if e.plural else []))] = e.forms
    assert ours == theirs


def as_tuple(value):
    return value if isinstance(value, tuple) else (value,)


TEXTS = st.text(st.sampled_from('ab"\\\n\t{}가나 #~'), min_size=1, max_size=12).filter(str.strip)


@given(st.dictionaries(st.tuples(st.sampled_from(["", RESULT]), TEXTS, st.none() | TEXTS), TEXTS, max_size=6))
def test_our_reader_reads_whatever_babel_writes(told):
    made = Catalog(locale="ko")
    kept = {}
    for (context, english, plural), other in told.items():
        if (context, english) in kept:
            continue
        kept[(context, english)] = (plural or "", other)
        made.add((english, plural) if plural else english, (other,) if plural else other, context=context or None)
    found = entries(catalogues._text(made, "ko"))
    assert {(e.context, e.english): (e.plural, *e.forms) for e in found if e.english} == kept


def test_fuzzy_and_obsolete_entries_are_not_used():
    text = '#, fuzzy\nmsgid "a"\nmsgstr "b"\n\n#~ msgid "c"\n#~ msgstr "d"\n\nmsgid "e"\nmsgstr "f"\n'
    assert [e.english for e in entries(text)] == ["e"]


def test_plurals_have_the_forms_of_their_language():
    assert [catalogue(code).form(n) for code in ("en", "ko") for n in (0, 1, 2)] == [1, 0, 1, 0, 0, 0]
    assert catalogue("ko").plurals["{count} more group"] == ("집단 {count}개 더 보기",)


def test_the_template_tells_a_translator_where_and_what():
    wanted = "By {feature}, the smallest group is {group}: {count} row, {share}"
    entry = next(m for m in NEW if m.id and m.id[0] == wanted)
    assert entry.locations[0][0] == "xaikit/report/sections/who_was_audited.py"
    assert entry.locations[0][1] > 50
    assert any(c.startswith("{group}: a group of people") for c in entry.auto_comments)
    assert "#: xaikit/report/sections/who_was_audited.py:" in catalogues.TEMPLATE.read_text("utf-8")


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("ko", lambda t: t.replace('msgstr "판단 유보"', 'msgstr "{판단}"')),
        ("ko", lambda t: t + '\nmsgid "nothing of ours"\nmsgstr "없는 말"\n'),
        ("ko", lambda t: t.replace('msgstr "판단 유보"', 'msgstr ""')),
        ("ko", lambda t: t.replace('msgid "Pass"\n', 'msgid "Passes"\n')),
    ],
)
def test_what_is_amiss_is_found(tmp_path, path, wrong):
    text = (catalogues.FOLDER / f"{path}.po").read_text("utf-8")
    spoilt = wrong(text)
    assert spoilt != text
    (tmp_path / f"{path}.po").write_text(spoilt, "utf-8")
    assert catalogues.amiss(tmp_path / f"{path}.po", NEW)


def test_reasons_are_found_where_they_are_made():
    found = {s.english: s for s in sources.reasons()}
    assert found["nobody was rejected"].place[0] == "xaikit/checks/recourse.py"
    assert "no theory of how {name} would matter is declared" in found
    assert {s.context for s in found.values()} == {RESULT}


def test_bringing_catalogues_in_step_twice_changes_nothing_more():
    for path in LANGUAGES:
        once = catalogues.update(path, NEW)
        assert once == path.read_text("utf-8")


def test_the_english_wording_can_be_overridden_and_is_the_codes_until_then(monkeypatch, tmp_path):
    assert catalogue("en").sentences == {}
    text = (catalogues.FOLDER / "en.po").read_text("utf-8")
    there = 'msgid "{count} more group"\nmsgid_plural "{count} more groups"\nmsgstr[0] ""\nmsgstr[1] ""\n'
    assert there in text
    said = there.replace('[0] ""', '[0] "one other group"').replace('[1] ""', '[1] "{count} other groups"')
    spoilt = text.replace(there, said).replace('msgid "Pass"\nmsgstr ""', 'msgid "Pass"\nmsgstr "Satisfied"')
    folder = tmp_path / "catalogues"
    folder.mkdir()
    (folder / "en.po").write_text(spoilt, "utf-8")
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    other = Language("en", catalogue.__wrapped__("en"))
    assert other.plain(say("Pass")) == "Satisfied"
    assert other.plain(say("Fail")) == "Fail"
    told = [other.plain(say_n(n, "{count} more group", "{count} more groups")) for n in (1, 3)]
    assert told == ["one other group", "3 other groups"]
