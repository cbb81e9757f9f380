"""English texts of a result in another language: a text is recognised by its fixed words, and its slots are kept.

A result is English and stays so: its reasons are written where something is measured, long before anybody asks for a
language. A catalogue holds the forms of these texts (`fewer than {n} rows`), and whoever shows one looks for the form
that it has. What no form fits is shown as it is.
"""

import string
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_PARSE = string.Formatter().parse
MARKS = (". ", "; ", ", ", ": ")
"""Where a text of several parts is divided, one mark after the other, when no form fits the whole."""
DEPTH = 6
END = ". "
"""No slot holds the end of a sentence: a text of several is divided first."""


@dataclass(frozen=True, slots=True)
class Form:
    """A text with slots: its fixed words, one more than there are slots, and what is said for it."""

    fixed: tuple[str, ...]
    slots: tuple[str, ...]
    other: str

    @classmethod
    def of(cls, english: str, other: str) -> "Form":
        """Return the form of a template."""
        fixed, slots, before = [], [], ""
        for literal, name, _, _ in _PARSE(english):
            before += literal
            if name is not None:
                fixed.append(before)
                slots.append(name)
                before = ""
        return cls((*fixed, before), tuple(slots), other)

    def fill(self, text: str) -> dict[str, str] | None:
        """Return what stands in the slots; None where the fixed words are not there. Takes time linear in the text.

        Examples
        --------
        >>> Form.of("fewer than {n} of {what}.", "").fill("fewer than 3 of 5 rows.")
        {'n': '3', 'what': '5 rows'}
        """
        first, *middle, last = self.fixed
        end = len(text) - len(last)
        if not text.startswith(first) or not text.endswith(last) or end < len(first):
            return None
        at, found = len(first), []
        for words in middle:
            next_ = text.find(words, at, end)
            if next_ < 0:
                return None
            found.append(text[at:next_])
            at = next_ + len(words)
        found.append(text[at:end])
        return None if any(END in word for word in found) else dict(zip(self.slots, found, strict=True))

    @property
    def goes_on(self) -> bool:
        """Whether the text goes on where another ended: `, below {threshold}`."""
        return self.fixed[0][:1] in tuple(" ,;(")


@dataclass(slots=True)
class Phrasebook:
    """The forms of a catalogue, the most telling first.

    Parameters
    ----------
    whole : mapping
        English text to text.
    forms : tuple of Form
        Texts with slots.
    particle : callable
        `(word, pair) → particle`, for slots such as `{n:이/가}`.
    """

    whole: Mapping[str, str]
    forms: tuple[Form, ...]
    particle: Callable[[str, str], str]
    known: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, results: Mapping[str, str], sentences: Mapping[str, str], particle: Callable[[str, str], str]
    ) -> "Phrasebook":
        """Return the phrases of a catalogue: its texts of results, and its sentences without slots."""
        forms = [Form.of(k, v) for k, v in results.items()]
        forms = sorted((f for f in forms if f.slots), key=lambda f: (-sum(map(len, f.fixed)), f.fixed))
        return cls(ChainMap(dict(results), dict(sentences)), tuple(forms), particle)

    def said(self, text: str, depth: int = DEPTH) -> str:
        """Return a text of the result in this language; as it is where no form fits it or its parts."""
        if text not in self.known:
            self.known[text] = self._said(text, depth)
        return self.known[text]

    def _said(self, text: str, depth: int) -> str:
        if " " not in text:
            return self.whole.get(text, text)
        bare = text.removesuffix(".")
        for given in dict.fromkeys((text, bare, f"{bare}.")):
            found = self._whole(given, depth)
            if found is not None:
                return found.removesuffix(".") + text[len(bare) :]
        return self._parted(bare, depth) + text[len(bare) :] if depth else text

    def _whole(self, text: str, depth: int) -> str | None:
        found = self.whole.get(text)
        if found is not None or not depth:
            return found
        for form in self.forms:
            told = self._fitting(form, text, depth)
            if told is not None:
                return told
        return None

    def _fitting(self, form: Form, text: str, depth: int) -> str | None:
        at = text.rfind(form.fixed[0]) if form.goes_on else 0
        if at < 0 or (text.endswith(".") and not form.fixed[-1]):
            return None
        slots = form.fill(text[at:])
        return None if slots is None else self.said(text[:at], depth - 1) + self._told(form, slots, depth)

    def _parted(self, text: str, depth: int) -> str:
        """Return a text that no form fits as a whole, part by part."""
        for mark in MARKS:
            parts = text.split(mark)
            said = [self.said(p, depth - 1) for p in parts] if len(parts) > 1 else parts
            if said != parts:
                return mark.join(said)
        return text

    def _told(self, form: Form, slots: Mapping[str, str], depth: int) -> str:
        parts = []
        for literal, name, pair, _ in _PARSE(form.other):
            parts.append(literal)
            if name is not None:
                word = self.said(slots[name], depth - 1)
                parts.append(word + (self.particle(word, pair) if pair else ""))
        return "".join(parts)
