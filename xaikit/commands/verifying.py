"""`verify`: is a report, or its JSON twin, what it says; whose is it; do its numbers come out again."""

from pathlib import Path
from typing import Any

from xaikit.auditing.api import audit_file
from xaikit.commands.console import progress, say
from xaikit.commands.signing import minisign, read, signature_of
from xaikit.core.errors import DataError, shown
from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report.verify import Verification, verify, verify_json

MOVED = 1e-9  # relative: the noise of summing in another order, not of another number
SHOWN = 20
KEY_LETTERS = 56


def verify_file(file: Path, rerun: Path | None, public_key: str, signature: Path | None, quiet: bool) -> int:
    """Check a report's form, hashes, page and signature; with its audit.yaml, say which numbers moved."""
    content = read(file, "report")
    found = _verified(file, content)
    for what, holds, because in found.checks:
        _told(what, holds, because)
    altered = not _signature(file, content, public_key, signature) or found.altered
    if found.result is not None and rerun is not None:
        with progress(quiet) as told:
            again = audit_file(rerun, progress=told)
        altered = not _same_numbers(found.result, again) or altered
    if altered:
        say(f"✘ {file.name} is not what it says: do not rely on it", "bold")
        return 3
    if not found.sound:
        say(f"? {file.name} could not be checked whole; what was checked holds", "bold")
        return 4
    say(f"✔ {file.name} is what it says", "bold")
    return 0


def _verified(file: Path, content: bytes) -> Verification:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"report {file}", f"byte {error.start} that is not UTF-8", "an HTML report or its JSON"
        ) from None
    return verify_json(text) if text.lstrip()[:1] == "{" else verify(text)


def _told(what: str, holds: bool | None, because: str) -> None:
    mark = "?" if holds is None else "✔" if holds else "✘"
    say(f"{mark} {what}{': ' + because if because else ''}", "red" if holds is False else "")


def _signature(file: Path, content: bytes, public_key: str, signature: Path | None) -> bool:
    """Check the signature beside a file where a key is given; say that nobody checked it where none is."""
    beside = signature or signature_of(file)
    if not public_key:
        if signature is not None or beside.exists():
            say(f"? {beside.name} was not checked: --public-key says whose it should be")
        return True
    signing = minisign()
    key = _public(public_key)
    if not beside.exists():
        _told("signature", False, f"there is no {beside.name}")
        return False
    try:
        trusted = signing.check(content, read(beside, "signature").decode("utf-8", "replace"), key)
    except DataError as error:
        _told("signature", False, f"got {error.got}; expected {error.expected}")
        return False
    _told(f"signature of key {signing.shown_id(key.id)}", True, _read(trusted))
    return True


def _public(given: str) -> Any:
    """Return the public key that a file holds, or that is given itself."""
    path, signing = Path(given), minisign()
    if path.is_file():
        return signing.read_public(read(path, "public key").decode("utf-8", "replace"), f"public key {path}")
    if len(given) != KEY_LETTERS:
        raise DataError("--public-key", shown(given), f"a file, or a key of {KEY_LETTERS} letters (RW…)")
    return signing.read_public(given, "--public-key")


def _read(trusted: str) -> str:
    """Return a trusted comment for people: the time, and the name under which the file was signed."""
    parts = trusted.split("\t")
    fields = dict(p.split(":", 1) for p in parts if ":" in p)
    if "time" not in fields:
        return trusted.replace("\t", ", ")
    rest = [p for p in parts if p != "hashed" and p.partition(":")[0] not in ("timestamp", "file", "time")]
    return ", ".join([f"made {fields['time']}", f"as {fields.get('file', '?')}", *rest])


def _same_numbers(before: AuditResult, after: AuditResult) -> bool:
    for what in sorted({*before.provenance.hashes, *after.provenance.hashes}):
        was, is_ = before.provenance.hashes.get(what, ""), after.provenance.hashes.get(what, "")
        if was != is_:
            say(f"? another {what}: {was[:12] or 'none'} in the report, {is_[:12] or 'none'} now")
    for what in sorted(after.provenance.versions):
        was, is_ = before.provenance.versions.get(what, "none"), after.provenance.versions[what]
        if was != is_:
            say(f"? another {what}: {was} in the report, {is_} now")
    moved = _moved(before, after)
    for line in moved[:SHOWN]:
        say(f"✘ {line}", "red")
    if len(moved) > SHOWN:
        say(f"✘ and {len(moved) - SHOWN} more", "red")
    held = f"✔ all {len(after.evidence)} numbers came out the same"
    say(f"✘ {len(moved)} of {len(after.evidence)} numbers moved" if moved else held)
    return not moved


def _moved(before: AuditResult, after: AuditResult) -> list[str]:
    old, new = ({e.id: e for e in r.evidence} for r in (before, after))
    gone = [f"{i} is no longer measured" for i in old if i not in new]
    come = [f"{i} was not measured before" for i in new if i not in old]
    return [*gone, *come, *(f"{i}: {_change(old[i], new[i])}" for i in old if i in new and _change(old[i], new[i]))]


def _change(a: Evidence, b: Evidence) -> str:
    for name in ("value", "low", "high", "n"):
        x, y = getattr(a, name), getattr(b, name)
        same = x == y or (x is not None and y is not None and abs(x - y) <= MOVED * max(abs(x), abs(y)))
        if not same:
            return f"{name} {x} → {y}"
    return ""
