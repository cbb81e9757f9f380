"""The README: what it opens with, and that what it shows and names is there; its blocks run in tests/docs."""

import re

from tests.docs.blocks import ROOT, blocks
from xaikit.cli import app

TEXT = (ROOT / "README.md").read_text("utf-8")


def test_the_readme_opens_with_the_two_commands():
    start = TEXT.split("## ")[0]
    assert start.index("make demo") < start.index("make test") < start.index("docs/report.png")
    assert sum(b.language == "python" for b in blocks(TEXT)) >= 3


def test_both_demo_reports_are_shown_by_pictures_that_a_script_takes():
    shown = re.findall(r"!\[[^\]]+\]\((docs/\w+\.png)\)", TEXT)
    assert sorted(shown) == ["docs/callbacks.png", "docs/report.png"]
    taken = (ROOT / "docs" / "pictures.py").read_text("utf-8")
    for picture in shown:
        assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")
        assert f'"{picture.removeprefix("docs/")}"' in taken


def test_every_link_to_a_file_holds():
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / target).exists(), target


def test_every_command_is_named_and_every_name_is_a_command():
    table = re.findall(r"^\| (`.*?`) \|", TEXT, re.M)
    named = {word for cell in table for word in re.findall(r"`([a-z-]+)[^`]*`", cell)}
    commands = {(c.name or c.callback.__name__) for c in app.registered_commands}
    assert commands <= named, "name it in the README's table"
