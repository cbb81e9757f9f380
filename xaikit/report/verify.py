"""Is a report what it says: the result inside it, its hashes, and the page that it renders to."""

import html as markup
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from xaikit.core import codec
from xaikit.core.comparison_codec import FORMAT as COMPARISON
from xaikit.core.comparison_codec import comparison_from_dict
from xaikit.core.errors import DataError
from xaikit.core.result import SCHEMA_VERSION, AuditResult
from xaikit.report.comparison import render_comparison
from xaikit.report.html import GENERATOR, digest_of, render
from xaikit.report.languages import CODES

_DATA = re.compile(r'<script type="application/json" id="result"([^>]*)>(.*?)</script>', re.DOTALL)
_ATTRIBUTE = re.compile(r'data-(file-)?sha256="([0-9a-f]{64})"')
_LANGUAGE = re.compile(r'<html lang="([a-z]+)">')
_GENERATOR = re.compile(r'<meta name="generator" content="([^"]*)">')
PAGE = "the page is the one that the result renders to"
Check = tuple[str, bool | None, str]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a report turned out to be.

    Parameters
    ----------
    result : AuditResult or None
        The result inside (of a comparison: the later one); None where it cannot be read.
    checks : tuple of (str, bool or None, str)
        What was checked, whether it holds (None where that could not be found out), and why where it does not.
    """

    result: AuditResult | None
    checks: tuple[Check, ...]

    @property
    def sound(self) -> bool:
        """Whether everything was checked, and holds."""
        return all(holds for _, holds, _ in self.checks)

    @property
    def altered(self) -> bool:
        """Whether something does not hold."""
        return any(holds is False for _, holds, _ in self.checks)


def verify(page: str) -> Verification:
    """Return whether a report, or the page of a comparison, holds unaltered data and shows exactly that.

    Parameters
    ----------
    page : str
        The text of the HTML file.

    Notes
    -----
    A hash inside a file shows that it was not damaged, and that its page and its data agree. Who made the file, it
    cannot show: that is what a signature is for. Whether the audit was done well, neither can.
    """
    found = _DATA.search(page)
    if found is None:
        return Verification(
            None, (("a result inside the page", False, "there is none: this is no report of xaikit"),)
        )
    said = {bool(m[1]): m[2] for m in _ATTRIBUTE.finditer(found[1])}
    checks = [_same("hash of the result inside the page", said.get(False), digest_of(found[2]))]
    try:
        result, file, again = _read(found[2], _spoken(page))
    except DataError as error:
        return Verification(None, (*checks, ("form of the result", False, str(error))))
    version = json.loads(found[2])["schema"]
    checks.append(_form(version))
    if version == SCHEMA_VERSION:
        checks.append(_same("hash of the result's file", said.get(True), digest_of(file)))
        checks.append(_rendered(page, again, result.provenance.versions.get("xaikit", "")))
    else:
        maker = result.provenance.versions.get("xaikit", "of that time")
        because = f"it was made by an older xaikit ({maker}): install that one to render it again"
        checks.append((PAGE, None, because))
    return Verification(result, tuple(checks))


def verify_json(text: str) -> Verification:
    """Return whether a result.json has the published form, says its findings' verdict, and is as it was written.

    Parameters
    ----------
    text : str
        Of the file.
    """
    try:
        result = codec.loads(text)
    except DataError as error:
        return Verification(None, (("form of the result", False, str(error)),))
    raw = json.loads(text)
    verdict, is_ = raw.get("verdict"), str(result.verdict)
    checks = [
        _form(raw["schema"]),
        ("verdict", verdict == is_, "" if verdict == is_ else f"it says {verdict}, its findings {is_}"),
    ]
    if raw["schema"] == SCHEMA_VERSION:
        same = codec.dumps(result) == text
        because = "" if same else "written anew, it differs: the file was altered, or written by another program"
        checks.append(("the file is the one that the result is written to", same, because))
    return Verification(result, tuple(checks))


def _spoken(page: str) -> str | None:
    """Return the language that a page says it is in, where it is one of ours: a result can be shown in any."""
    said = _LANGUAGE.search(page)
    return said[1] if said and said[1] in CODES else None


def _read(data: str, code: str | None) -> tuple[AuditResult, str, Callable[[], str]]:
    """Return the result inside a page, the file that the page's second hash is of, and what makes the page again."""
    try:
        raw: Any = json.loads(data)
    except json.JSONDecodeError:
        raw = None
    if isinstance(raw, dict) and raw.get("format") == COMPARISON:
        comparison = comparison_from_dict(raw)
        return comparison.after, data, lambda: render_comparison(comparison)
    result = codec.loads(data)
    return result, codec.dumps(result), lambda: render(result, code)


def _form(version: int) -> Check:
    older = "" if version == SCHEMA_VERSION else f", brought to version {SCHEMA_VERSION}"
    return (f"form of the result: version {version} of its schema{older}", True, "")


def _same(what: str, said: str | None, is_: str) -> Check:
    if said is None:
        return (what, False, "the page names none")
    return (what, said == is_, "" if said == is_ else f"the page says {said[:12]}…, it is {is_[:12]}…")


def _rendered(page: str, made_again: Callable[[], str], version: str) -> Check:
    again = made_again()
    if again == page:
        return (PAGE, True, "")
    maker = _GENERATOR.search(page)
    if maker is None or markup.unescape(maker[1]) != GENERATOR:
        name = markup.unescape(maker[1]) if maker else "something else"
        return (PAGE, None, f"it was made by '{name}', this is '{GENERATOR}': install the version that made it")
    here = metadata.version("xaikit")
    if version and version != here:
        return (PAGE, None, f"it differs, and was made by xaikit {version}, this is {here}: install that one to tell")
    mine, theirs = again.split("\n"), page.split("\n")
    line = next(
        (i for i, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), min(len(mine), len(theirs))
    )
    return (PAGE, False, f"it differs from line {line + 1} on")
