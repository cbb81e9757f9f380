"""Every code block of the documentation and of the README runs, and prints what the page says it prints."""

import pytest

from tests.docs.blocks import ROOT, Page, alike, blocks, commands, inside, pages

LANGUAGES = {"python", "console", "yaml", "toml", "json", "text", "markdown"}


@pytest.mark.slow
@pytest.mark.parametrize("path", pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_page_runs_and_prints_what_it_says(path, tmp_path):
    with inside(tmp_path):
        page = Page(path, tmp_path)
        page.run()
    assert not [f"line {b.line} should read:\n{right}" for b, right in page.wrong]


@pytest.mark.parametrize("path", pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_block_escapes(path):
    """Every fence is found, has a known language, and is run or says to the reader why not."""
    text = path.read_text("utf-8")
    found = blocks(text)
    assert 2 * len(found) == sum(line.strip().startswith("```") for line in text.splitlines())
    for block in found:
        assert block.language in LANGUAGES, f"line {block.line}: {block.language}"
        assert not block.title.startswith("not run") or block.reason


def test_few_blocks_are_not_run():
    every = [b for p in pages() for b in blocks(p.read_text("utf-8")) if b.language in ("python", "console")]
    idle = [b for b in every if b.reason]
    assert len(idle) <= len(every) / 8, [b.title for b in idle]


def test_a_wrong_output_is_noticed(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(1)\n```\n```text\n2\n```\n```console\n$ echo 3\n4\n$ echo 5\n5\n```\n")
    monkeypatch.setattr("tests.docs.blocks.ROOT", tmp_path)
    with inside(tmp_path):
        run = Page(page, tmp_path)
        run.run()
    assert [right for _, right in run.wrong] == ["1\n", "$ echo 3\n3\n$ echo 5\n5\n"]


def test_a_block_that_raises_names_its_page_and_line(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text("words\n\n```python\nraise ValueError\n```\n")
    monkeypatch.setattr("tests.docs.blocks.ROOT", tmp_path)
    with pytest.raises(ValueError) as error:  # noqa: PT011  the note is looked at
        Page(page, tmp_path).run()
    assert error.value.__notes__ == ["in page.md, the block at line 3"]


def test_dots_stand_for_anything_and_nothing_else_does():
    assert alike("a … c\n", "a b c")
    assert not alike("a … c\n", "a b d")
    assert not alike("a\n", "a\nb\n")
    assert [c for c, _ in commands("$ a \\\n  b\nc\n$ d\n")] == ["$ a \\\n  b\n", "$ d\n"]
