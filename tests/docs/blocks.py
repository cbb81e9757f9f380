"""The code blocks of the documentation: found, run, and their output compared.

The blocks of a page share a folder and, for Python, a namespace; they run in order. The word after the fence says
what a block is, and its title where it goes:

- ``python`` runs; with a title it is written to that file instead. A ``text`` block right after is what it prints.
- ``console`` holds commands after ``$`` and what they print; ``…`` stands for anything.
- ``yaml``, ``toml``, ``json`` with a title are written to that file; audits and profiles are checked as the
  product does.
- A title that begins with "not run:" gives the reason to the reader, and keeps the block from running; one that
  begins with "needs PACKAGE" runs where that package is installed.

``python -m tests.docs.blocks PAGE…`` runs pages and puts what was printed in place of what does not match.
"""

import contextlib
import importlib.util
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from xaikit.auditing.spec import from_yaml, parse
from xaikit.cli import main as xaikit
from xaikit.io.profiles import load_profile

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```[ ]*$", re.M | re.S)
TITLE = re.compile(r'title="([^"]*)"')
DATA = {"yaml": yaml.safe_load, "yml": yaml.safe_load, "json": json.loads, "toml": tomllib.loads}
RUN = ("python", "console", *DATA)
ENDED = (0, 3, 4)  # what an audit may say of what it audited


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, title, text, and where it lies."""

    language: str
    title: str
    body: str
    line: int
    span: tuple[int, int]
    indent: str

    @property
    def absent(self) -> bool:
        """Whether it needs a package that is not installed."""
        found = re.match(r"needs (\w+)", self.title)
        return found is not None and importlib.util.find_spec(found[1]) is None

    @property
    def reason(self) -> str | None:
        """Why it is not run, or None."""
        found = re.match(r"not run: (.{10,})", self.title)
        return found[1] if found else None


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    found = []
    for m in FENCE.finditer(text):
        info = m["info"].strip()
        title = TITLE.search(info)
        line = text.count("\n", 0, m.start()) + 1
        body = textwrap.dedent(m["body"]) if m["indent"] else m["body"]
        language = info.split(" ")[0].split("{")[0]
        found.append(Block(language, title[1] if title else "", body, line, m.span("body"), m["indent"]))
    return found


def pages() -> list[Path]:
    """Return the README and every page of the documentation that is written by hand."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "docs/*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / "README.md", *sorted(ROOT / p for p in listed.stdout.split() if (ROOT / p).exists())]


def alike(expected: str, printed: str) -> bool:
    """Return whether the text printed is the one expected, ``…`` standing for anything."""
    wanted, got = ("\n".join(line.rstrip() for line in t.strip("\n").splitlines()) for t in (expected, printed))
    return re.fullmatch(".*?".join(re.escape(part) for part in wanted.split("…")), got, re.S) is not None


class Page:
    """A page whose blocks are run one after another in a folder of its own."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path, self.folder = path, folder
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.printed: str | None = None
        self.code = 0
        self.wrong: list[tuple[Block, str]] = []  # blocks whose text is not what was printed, and the right text

    def run(self) -> None:
        """Run every block; an exception carries the page and the line."""
        for block in blocks(self.path.read_text("utf-8")):
            try:
                self._block(block)
            except BaseException as error:
                error.add_note(f"in {self.path.relative_to(ROOT)}, the block at line {block.line}")
                raise

    def _block(self, block: Block) -> None:
        before, self.printed = self.printed, None
        if block.title.startswith("not run"):
            assert block.reason, 'a block that is not run says why: title="not run: …"'
        elif block.absent:
            return
        elif block.language == "python":
            self._python(block)
        elif block.language == "console":
            self._console(block)
        elif block.language in DATA:
            self._data(block)
        elif block.language == "text" and before is not None and not alike(block.body, before):
            self.wrong.append((block, before.rstrip("\n") + "\n"))
        else:
            assert block.language, "a block without a language"

    def _python(self, block: Block) -> None:
        if block.title and not block.title.startswith("needs "):
            self._write(block)
            compile(block.body, block.title, "exec")
            return
        out = io.StringIO()
        code = compile("\n" * block.line + block.body, str(self.path), "exec")
        with contextlib.redirect_stdout(out):
            exec(code, self.names)
        self.printed = out.getvalue()

    def _data(self, block: Block) -> None:
        raw = DATA[block.language](block.body)
        if block.title:
            self._write(block)
        if block.language != "yaml" or not isinstance(raw, dict):
            return
        if "criteria" in raw:
            load_profile(str(self.folder / block.title))
        elif block.title.endswith("audit.yaml") and "data" in raw:
            from_yaml(self.folder / block.title)
        elif not block.title:
            parse(raw, f"{self.path.name}:{block.line}")

    def _write(self, block: Block) -> None:
        file = self.folder / block.title
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.body, "utf-8")

    def _console(self, block: Block) -> None:
        shown = []
        listed = list(commands(block.body))
        for i, (command, expected) in enumerate(listed):
            first = command.replace("\\\n", "\n").lstrip("$ ")
            printed = self._command(re.sub(r"\s+# .*", "", " ".join(first.split())))
            asked = expected.strip() or (i + 1 < len(listed) and listed[i + 1][0].startswith("$ echo $?"))
            assert asked or self.code in ENDED, f"{command.strip()}: ended with {self.code}\n{printed}"
            same = not expected.strip() or printed is None or alike(expected, printed)
            shown.append(command + (expected if same else (printed or "").strip("\n") + "\n"))
        if "".join(shown) != block.body:
            self.wrong.append((block, "".join(shown)))

    def _command(self, command: str) -> str | None:
        words = shlex.split(command)
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.M), f"no target '{words[1]}'"
            return None
        if words[0] == "pip":
            for extra in re.findall(r"xaikit\[([\w,]+)\]", command):
                known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
                assert set(extra.split(",")) <= set(known), f"no extra '{extra}'"
            return None
        if command == "echo $?":
            return f"{self.code}\n"
        if words[0] == "xaikit" and not {"|", ">"} & set(words):
            return self._xaikit(words[1:])
        return self._shell(command)

    def _xaikit(self, words: list[str]) -> str:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                xaikit(words)
                self.code = 0
            except SystemExit as end:
                self.code = int(end.code or 0)
        return out.getvalue() + ("" if self.code in ENDED else err.getvalue())

    def _shell(self, command: str) -> str:
        here = str(Path(sys.executable).parent)
        # pytest writes longer lines where it sees that it runs in CI; a page shows what a person sees
        terminal = {k: v for k, v in os.environ.items() if k not in ("CI", "BUILD_NUMBER")}
        done = subprocess.run(
            ["bash", "-c", command],
            capture_output=True,
            text=True,
            check=False,
            env={**terminal, "PATH": here + os.pathsep + os.environ["PATH"], "PYTHONPATH": str(self.folder)},
        )
        self.code = done.returncode
        return done.stdout + (done.stderr if done.returncode not in ENDED else "")


def commands(body: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block with what it prints."""
    parts = re.split(r"(?m)^(?=\$ )", body)
    assert not parts[0].strip(), "a console block begins with '$ '"
    for part in parts[1:]:
        command = re.match(r"\$ (?:[^\n]*\\\n)*[^\n]*\n?", part)
        assert command
        yield command[0], part[command.end() :]


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder, with a terminal 88 columns wide."""
    before, width = Path.cwd(), os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "88"
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.pop("COLUMNS")
        if width is not None:
            os.environ["COLUMNS"] = width


def fill(path: Path) -> int:
    """Run a page and put what was printed in place of what does not match; return how many blocks changed."""
    with tempfile.TemporaryDirectory() as folder, inside(Path(folder)):
        page = Page(path, Path(folder))
        page.run()
    text = path.read_text("utf-8")
    for block, right in reversed(page.wrong):
        start, end = block.span
        text = text[:start] + textwrap.indent(right, block.indent) + text[end:]
    path.write_text(text, "utf-8")
    return len(page.wrong)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        sys.stdout.write(f"{name}: {fill(Path(name).resolve())} blocks filled in\n")
