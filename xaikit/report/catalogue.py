"""Catalogues of sentences in the PO format of gettext, which translators' tools read."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import resources


@cache
def catalogue(code: str) -> dict[str, str]:
    """Return English sentence to sentence, as `catalogues/CODE.po` has it; what is not translated is left out."""
    text = resources.files("xaikit.report").joinpath("catalogues", f"{code}.po").read_text("utf-8")
    return {english: other for english, other in entries(text) if english and other}


def entries(text: str) -> Iterator[tuple[str, str]]:
    r"""Yield (msgid, msgstr) of a PO file; strings may go over several lines.

    Examples
    --------
    >>> list(entries('msgid "rows"\nmsgstr ""\n"행"\n'))
    [('rows', '행')]
    """
    found: dict[str, str] = {}
    field = ""
    for line in (*text.splitlines(), ""):
        key, _, rest = line.partition(" ")
        if key == "msgid" and "msgid" in found:
            yield found["msgid"], found.get("msgstr", "")
            found = {}
        if key in ("msgid", "msgstr"):
            field, line = key, rest
            found[field] = ""
        if line.startswith('"') and field:
            found[field] += ast.literal_eval(line)
        elif not line.strip():
            if "msgid" in found:
                yield found["msgid"], found.get("msgstr", "")
            found, field = {}, ""
