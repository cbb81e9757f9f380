"""Is a report what it says: the result inside it, its hashes, and the page that it renders to."""

import html as markup
import re
from dataclasses import dataclass

from xaikit.core import codec
from xaikit.core.errors import DataError
from xaikit.core.result import AuditResult
from xaikit.report.html import GENERATOR, digest_of, render

_DATA = re.compile(r'<script type="application/json" id="result"([^>]*)>(.*?)</script>', re.DOTALL)
_ATTRIBUTE = re.compile(r'data-(file-)?sha256="([0-9a-f]{64})"')
_GENERATOR = re.compile(r'<meta name="generator" content="([^"]*)">')


@dataclass(frozen=True, slots=True)
class Verification:
    """What a report turned out to be.

    Parameters
    ----------
    result : AuditResult or None
        The result inside; None where it cannot be read.
    checks : tuple of (str, bool, str)
        What was checked, whether it holds, and what is wrong where it does not.
    """

    result: AuditResult | None
    checks: tuple[tuple[str, bool, str], ...]

    @property
    def sound(self) -> bool:
        """Whether everything that was checked holds."""
        return all(holds for _, holds, _ in self.checks)


def verify(page: str) -> Verification:
    """Return whether a report holds an unaltered result and shows exactly that result.

    Parameters
    ----------
    page : str
        The text of the HTML file.

    Notes
    -----
    A hash inside a file shows that it was not damaged, and that its page and its data agree. Who made the file, and
    whether the audit was done well, it cannot show.
    """
    found = _DATA.search(page)
    if found is None:
        return Verification(None, (("the result inside the page", False, "there is none"),))
    said = {bool(m[1]): m[2] for m in _ATTRIBUTE.finditer(found[1])}
    checks = [_same("hash of the result inside the page", said.get(False), digest_of(found[2]))]
    try:
        result = codec.loads(found[2])
    except DataError as error:
        return Verification(None, (*checks, ("form of the result", False, str(error))))
    checks.append(("form of the result", True, ""))
    checks.append(_same("hash of the result's file", said.get(True), digest_of(codec.dumps(result))))
    checks.append(_rendered(page, result))
    return Verification(result, tuple(checks))


def _same(what: str, said: str | None, is_: str) -> tuple[str, bool, str]:
    if said is None:
        return (what, False, "the page names none")
    return (what, said == is_, "" if said == is_ else f"the page says {said[:12]}…, it is {is_[:12]}…")


def _rendered(page: str, result: AuditResult) -> tuple[str, bool, str]:
    what = "the page is the one that the result renders to"
    again = render(result)
    if again == page:
        return (what, True, "")
    maker = _GENERATOR.search(page)
    if maker is None or markup.unescape(maker[1]) != GENERATOR:
        name = markup.unescape(maker[1]) if maker else "something else"
        return (what, False, f"it was made by '{name}', this is '{GENERATOR}': install the version that made it")
    mine, theirs = again.split("\n"), page.split("\n")
    line = next(
        (i for i, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), min(len(mine), len(theirs))
    )
    return (what, False, f"it differs from line {line + 1} on")
