"""`keygen` and `sign`: a signature that says who stands for a report, and when."""

import importlib
import os
from datetime import datetime
from pathlib import Path
from types import ModuleType

import typer

from xaikit.auditing.provenance import created
from xaikit.commands.console import say
from xaikit.core.errors import DataError, SpecError
from xaikit.io.files import write_bytes, write_text

PASSWORD = "XAIKIT_KEY_PASSWORD"


def minisign() -> ModuleType:
    """Return the module that signs and verifies.

    Raises
    ------
    MissingExtraError
        When the extra `sign` is not installed.
    """
    return importlib.import_module("xaikit.io.minisign")


def keygen(out: Path, no_password: bool, force: bool) -> int:
    """Write a new secret key (mode 0600) and, beside it, the public key that verifies its signatures."""
    signing = minisign()
    public = out.with_suffix(".pub")
    for path in (out, public):
        if path.exists() and not force:
            raise SpecError(f"xaikit keygen --out {out}", f"{path}, which is there", "another name, or --force")
    password = "" if no_password else _password(f"Password for {out.name}", confirm=True)
    key = signing.new_key()
    write_bytes(out, signing.secret_text(key, password).encode(), private=True)
    write_text(public, signing.public_text(key.public))
    say(f"{out}: the secret key, for you alone" + ("" if password else ", not protected by a password"))
    say(f"{public}: the public key, for everybody who verifies")
    say(f"  xaikit verify report.html --public-key {key.public}")
    return 0


def sign(files: list[Path], key: Path, comment: str) -> int:
    """Write a dated signature beside each file."""
    signing = minisign()
    if any(not c.isprintable() for c in comment):
        raise SpecError("xaikit sign --comment", "line breaks or control characters", "one line")
    contents = [(path, read(path, "file to sign")) for path in files]
    text = read(key, "secret key").decode("utf-8", "replace")
    secret = signing.read_secret(text, lambda: _password(f"Password of {key.name}"), f"secret key {key}")
    time = created()
    stamp = int(datetime.fromisoformat(time).timestamp())
    for path, content in contents:
        parts = [f"timestamp:{stamp}", f"file:{_one_line(path.name)}", "hashed", f"time:{time}"]
        beside = signature_of(path)
        write_text(beside, signing.sign(content, secret, "\t".join([*parts, comment] if comment else parts)))
        say(str(beside))
    return 0


def signature_of(path: Path) -> Path:
    """Return where the signature of a file lies."""
    return path.with_name(path.name + ".minisig")


def read(path: Path, what: str) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{what} {path}", f"'{error.strerror}'", "a file that can be read") from None


def _one_line(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)


def _password(asked: str, *, confirm: bool = False) -> str:
    given = os.environ.get(PASSWORD)
    if given is not None:
        return given
    answer: str = typer.prompt(asked, hide_input=True, confirmation_prompt=confirm, default="", show_default=False)
    return answer
