"""Every Python block of the README runs, in a folder of its own, and does what its comments say."""

import re
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.S)


def test_the_readme_opens_with_the_two_commands():
    start = TEXT.split("## ")[0]
    assert start.index("make demo") < start.index("make test") < start.index("docs/report.png")
    assert (Path(__file__).parents[1] / "docs" / "report.png").exists()
    assert len(BLOCKS) >= 3


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_runs(block, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    if "# FAIL" in block:
        assert printed.startswith("FAIL\n0.5 ")
        assert (tmp_path / "report.html").stat().st_size > 10_000
    if "(5, 4, 1)" in block:
        assert printed.splitlines() == ["(5, 4, 1)", "(5, 4, 1)", "True"]
