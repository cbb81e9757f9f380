"""From texts to words: a language looks sentences up in its catalogue and fills their slots."""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from xaikit.report import numbers
from xaikit.report.text import Code, Interval, Listed, Message, Number, Text, clean

_PARSE = string.Formatter().parse


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
    catalogue : mapping
        English sentence to sentence; what is missing stays English.
    plurals : bool
        Whether the language tells one from many.
    particle : callable
        `(word, pair) → particle` that agrees with the word, for slots such as `{group:은/는}`.
    """

    code: str = "en"
    catalogue: Mapping[str, str] = field(default_factory=dict)
    plurals: bool = True
    particle: Callable[[str, str], str] = no_particle

    def template(self, message: Message) -> str:
        """Return the template of a message in this language."""
        many = message.plural and (message.count != 1 or not self.plurals)
        key = message.plural if many else message.template
        return self.catalogue.get(key, key)

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
            return numbers.interval(text.low, text.high, text.kind)
        return clean(text.text, 2000) if isinstance(text, Code) else clean(text)

    def _slot(self, message: Message, name: str | None, spec: str | None) -> str:
        if name is None:
            return ""
        word = self.plain(message.slots[name])
        return word + (self.particle(word, spec) if spec else "")

    def html(self, text: Text) -> Markup:
        """Return a text as markup: everything escaped, numbers tied to their evidence, data isolated."""
        if isinstance(text, Message):
            return Markup("").join(self._parts(text))
        if isinstance(text, Listed):
            return Markup(escape(text.by)).join(self.html(t) for t in text.items)
        if isinstance(text, Number):
            return _number(text, self.plain(text))
        if isinstance(text, Interval):
            return _interval(text, self.plain(text))
        if isinstance(text, Code):
            return Markup("<code>{}</code>").format(self.plain(text))
        return Markup("<bdi>{}</bdi>").format(self.plain(text))

    def _parts(self, message: Message) -> list[Markup]:
        parts = []
        for literal, name, spec, _ in _PARSE(self.template(message)):
            parts.append(escape(literal))
            if name is not None:
                slot = message.slots[name]
                parts.append(_datum(self.plain(slot)) if isinstance(slot, str) else self.html(slot))
                if spec:
                    parts.append(escape(self.particle(self.plain(slot), spec)))
        return parts


def anchor(evidence: str) -> str:
    """Return the anchor of a piece of evidence: letters and digits that follow from its id alone."""
    return "e" + numbers.short_digest(evidence)


def _datum(shown: str) -> Markup:
    return Markup("<bdi class=d>{}</bdi>").format(shown)


def _number(number: Number, shown: str) -> Markup:
    if not number.evidence or number.value is None:
        return Markup("<span class=n>{}</span>").format(shown)
    return Markup('<data class=n value="{}" data-e={} data-part="{}">{}</data>').format(
        repr(number.value), anchor(number.evidence), number.part, shown
    )


def _interval(interval: Interval, shown: str) -> Markup:
    if not interval.evidence or interval.low is None:
        return Markup("<span class=n>{}</span>").format(shown)
    return Markup('<data class=n value="{}/{}" data-e={} data-part=interval>{}</data>').format(
        repr(interval.low), repr(interval.high), anchor(interval.evidence), shown
    )


ENGLISH = Language()
