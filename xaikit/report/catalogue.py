"""Catalogues of sentences in the PO format of gettext, which translators' tools read."""

import ast
import gettext
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

RESULT = "result"
"""The context of entries that stand in a result as English text, and are recognised by their slots."""
FIELD = re.compile(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?) (?=\")")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a PO file.

    Parameters
    ----------
    english, plural : str
        The English sentence, and the one for a count other than one; "" where there is a single form.
    forms : tuple of str
        The translation, in as many forms as the language has; "" where there is none yet.
    context : str
        "" for a sentence of the report, `RESULT` for a text of the result.
    """

    english: str
    plural: str = ""
    forms: tuple[str, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a language says for each English sentence; what is not translated is left out.

    Parameters
    ----------
    sentences : mapping
        English sentence to sentence.
    plurals : mapping
        English sentence for one to the forms for any count.
    results : mapping
        English text of a result, with or without slots, to text.
    form : callable
        Count to the number of the form.
    """

    sentences: Mapping[str, str] = field(default_factory=dict)
    plurals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    results: Mapping[str, str] = field(default_factory=dict)
    form: Callable[[int], int] = lambda n: int(n != 1)


@cache
def catalogue(code: str) -> Catalogue:
    """Return what `catalogues/CODE.po` says."""
    text = resources.files("xaikit.report").joinpath("catalogues", f"{code}.po").read_text("utf-8")
    found = list(entries(text))
    head = next((e.forms[0] for e in found if not e.english and e.forms), "")
    rule = re.search(r"plural\s*=\s*([^;\n]+);", head)
    told = [e for e in found if e.english and all(e.forms)]
    return Catalogue(
        {e.english: e.forms[0] for e in told if not e.context and not e.plural},
        {e.english: e.forms for e in told if e.plural},
        {e.english: e.forms[0] for e in told if e.context == RESULT},
        gettext.c2py(rule[1]) if rule else Catalogue().form,
    )


def entries(text: str) -> Iterator[Entry]:
    r"""Yield the entries of a PO file: strings over several lines, plurals, contexts; fuzzy and obsolete ones not.

    Examples
    --------
    >>> next(entries('msgid "rows"\nmsgstr ""\n"행"\n')).forms
    ('행',)
    """
    found: dict[str, str] = {}
    name, fuzzy = "", False
    for line in (*text.splitlines(), 'msgid ""'):
        start = FIELD.match(line)
        if start and start[1] in ("msgctxt", "msgid") and any(k.startswith("msgstr") for k in found):
            if not fuzzy:
                yield _entry(found)
            found, fuzzy = {}, False
        if line.startswith("#,") and "fuzzy" in line:
            fuzzy = True
        if start:
            name, line = start[1], line[start.end() :]
            found[name] = ""
        if line.startswith('"') and name:
            found[name] += ast.literal_eval(line)


def _entry(found: Mapping[str, str]) -> Entry:
    forms = tuple(v for k, v in found.items() if k.startswith("msgstr"))
    return Entry(found["msgid"], found.get("msgid_plural", ""), forms, found.get("msgctxt", ""))
