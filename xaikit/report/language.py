"""From texts to words: a language looks sentences up in its catalogue and fills their slots."""

import re
import string
from collections.abc import Callable
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from xaikit.report import numbers
from xaikit.report.catalogue import Catalogue
from xaikit.report.prose import Phrasebook
from xaikit.report.text import LONG, Code, Interval, Listed, Message, Number, Pointer, Prose, Text, clean, say, told

_PARSE = string.Formatter().parse
_ANCHOR = re.compile(r"<tr id=(e[0-9a-z]{8})[ >]")
_LINK = re.compile(r"<a href=#(e[0-9a-z]{8})>(<(?:data|bdi)[^<>]*)(>[^<]*</(?:data|bdi)>)</a>")


def no_particle(word: str, particle: str) -> str:
    """Return nothing: the language has no particles that agree with a word."""
    del word, particle
    return ""


@dataclass(frozen=True, slots=True)
class Language:
    """A catalogue of sentences.

    Parameters
    ----------
    code : str
        BCP 47, for the page's `lang`.
    catalogue : Catalogue
        What it says for each English sentence; what is missing stays English.
    particle : callable
        `(word, pair) → particle` that agrees with the word, for slots such as `{group:은/는}`.
    """

    code: str = "en"
    catalogue: Catalogue = field(default_factory=Catalogue)
    particle: Callable[[str, str], str] = no_particle
    phrases: Phrasebook = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        made = Phrasebook.of(self.catalogue.results, self.catalogue.sentences, self.particle)
        object.__setattr__(self, "phrases", made)

    def template(self, message: Message) -> str:
        """Return the template of a message in this language."""
        if not message.plural:
            return self.catalogue.sentences.get(message.template, message.template)
        forms = self.catalogue.plurals.get(message.template)
        if forms is not None:
            return forms[self.catalogue.form(message.count)]
        return message.template if message.count == 1 else message.plural

    def plain(self, text: Text) -> str:
        """Return a text without markup."""
        if isinstance(text, Message):
            return "".join(
                literal + self._slot(message=message, name=name, spec=spec)
                for message in [text]
                for literal, name, spec, _ in _PARSE(self.template(message))
            )
        if isinstance(text, Listed):
            return text.by.join(self.plain(t) for t in text.items)
        if isinstance(text, Number):
            return numbers.formatted(text.value, text.kind)
        if isinstance(text, Interval):
            return self.interval(text.low, text.high, text.kind)
        if isinstance(text, Prose):
            return clean(self.phrases.said(text.text), LONG)
        if isinstance(text, Code):
            return clean(text.text, LONG)
        return clean(text.text if isinstance(text, Pointer) else told(text))

    def interval(self, low: float | None, high: float | None, kind: str) -> str:
        """Return an interval as it is printed."""
        return numbers.interval(low, high, kind, self.template(say("{low} to {high}")))

    def _slot(self, message: Message, name: str | None, spec: str | None) -> str:
        if name is None:
            return ""
        word = self.plain(message.slots[name])
        return word + (self.particle(word, spec) if spec else "")

    def html(self, text: Text, of: str = "") -> Markup:
        """Return a text as markup: everything escaped, numbers tied to their evidence, data isolated.

        `of` is the evidence of the surrounding row; its numbers need not name it again.
        """
        if isinstance(text, Message):
            return Markup("").join(self._parts(text, of))
        if isinstance(text, Listed):
            return Markup(escape(text.by)).join(self.html(t, of) for t in text.items)
        if isinstance(text, Number):
            return _number(text, self.plain(text), of)
        if isinstance(text, Interval):
            return _interval(text, self.plain(text), of)
        if isinstance(text, Pointer):
            return _link(text.place, _datum(self.plain(text)))
        if isinstance(text, Code):
            return Markup("<code>{}</code>").format(self.plain(text))
        return Markup("<bdi>{}</bdi>").format(self.plain(text))

    def _parts(self, message: Message, of: str) -> list[Markup]:
        parts = []
        for literal, name, spec, _ in _PARSE(self.template(message)):
            parts.append(escape(literal))
            if name is not None:
                slot = message.slots[name]
                parts.append(_datum(self.plain(slot)) if isinstance(slot, str) else self.html(slot, of))
                if spec:
                    parts.append(escape(self.particle(self.plain(slot), spec)))
        return parts


def anchor(evidence: str) -> str:
    """Return the anchor of a piece of evidence: letters and digits that follow from its id alone."""
    return "e" + numbers.short_digest(evidence)


def _datum(shown: str) -> Markup:
    return Markup("<bdi class=d>{}</bdi>").format(shown)


def _number(number: Number, shown: str, of: str) -> Markup:
    if number.evidence == of and number.kind == "count":
        return Markup(escape(shown))  # a count is printed in full, and its row is its evidence
    if not number.evidence or number.value is None:
        return Markup("<span class=n>{}</span>").format(shown)
    part = "" if number.part == "value" else Markup(' data-part="{}"').format(number.part)
    return _tied(
        number.evidence, of, Markup('<data value="{}"{}>{}</data>').format(_exact(number.value), part, shown)
    )


def _interval(interval: Interval, shown: str, of: str) -> Markup:
    if not interval.evidence or interval.low is None:
        return Markup("<span class=n>{}</span>").format(shown)
    ends = f"{_exact(interval.low)}/{_exact(interval.high)}"
    return _tied(interval.evidence, of, Markup('<data value="{}">{}</data>').format(ends, shown))


def _exact(value: float | None) -> str:
    """Return a number with six digits: enough to tell it, and to sort by; the JSON inside has all of them."""
    return "" if value is None else f"{value:.6g}"


def _tied(evidence: str, of: str, shown: Markup) -> Markup:
    """Return a number as a link to the row of its evidence, in which it is none."""
    return shown if evidence == of else _link(evidence, shown)


def _link(place: str, shown: Markup) -> Markup:
    return Markup("<a href=#{}>{}</a>").format(anchor(place), shown)


def linked(page: str) -> str:
    """Return a page without links to places that it has not: what is too much for its tables stays in its JSON."""
    there = set(_ANCHOR.findall(page))
    return _LINK.sub(lambda m: m[0] if m[1] in there else f"{m[2]} data-e={m[1]}{m[3]}", page)


ENGLISH = Language()
