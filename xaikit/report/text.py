"""Sentences as data: a template, and typed slots bound to the evidence that their numbers come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

LIMIT = 80
LONG = 1500


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is shown, and the evidence that it claims.

    Parameters
    ----------
    value : float or None
        None is shown as a dash.
    kind : str
        How it is printed: "percent", "points", "ratio", "index", "p", "count", "score" or "amount".
    evidence : str
        The id of the evidence.
    part : str
        Which part of the evidence: "value", "low", "high", "n", or a key of `detail`.
    """

    value: float | None
    kind: str
    evidence: str = ""
    part: str = "value"


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval that is shown, and the evidence that it claims."""

    low: float | None
    high: float | None
    kind: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A name of the data that a sentence points at: a word of a text, a place in a picture.

    Parameters
    ----------
    text : str
        The name.
    place : str
        What the mark in the chart and the row of its twin are tied to, as to a piece of evidence.
    """

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence of the catalogue with its slots filled.

    Parameters
    ----------
    template : str
        The English sentence, with named slots; the key of the catalogues.
    slots : mapping
        Texts by name.
    plural : str
        The English sentence for a `count` other than one; empty when there is only one form.
    count : int
        What chooses between the two.
    """

    template: str
    slots: "Mapping[str, Text]" = field(default_factory=dict)
    plural: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """Several texts, one after the other: `by` is ", " for a list and " " for sentences."""

    items: "tuple[Text, ...]"
    by: str = ", "


@dataclass(frozen=True, slots=True)
class Code:
    """Text for a machine: a hash, a command, the name of a file."""

    text: str


@dataclass(frozen=True, slots=True)
class Prose:
    """Sentences of the data or of a profile, which are shown whole; a plain `str` is a name, which may be cut."""

    text: str


class Labelled(str):
    """The name of a column with what people are shown in its place; to everything else it is the name.

    Parameters
    ----------
    name : str
        As the data have it.
    label : str
        As `data.labels` has it.

    Examples
    --------
    >>> feature = Labelled("yrs_exp", "years of experience")
    >>> feature == "yrs_exp", told(feature), told("age")
    (True, 'years of experience', 'age')
    """

    __slots__ = ("label",)
    label: str

    def __new__(cls, name: str, label: str) -> "Labelled":
        """Return the name, with its label."""
        made = super().__new__(cls, name)
        made.label = label
        return made


def told(name: str) -> str:
    """Return a name as people are shown it: its label, where it has one."""
    return name.label if isinstance(name, Labelled) else name


Text = str | Number | Interval | Pointer | Message | Listed | Code | Prose
"""What can be shown. A plain `str` comes from the data and is shown as it is, never translated, never markup."""


def say(template: str, /, **slots: Text) -> Message:
    """Return a sentence of the catalogue.

    Examples
    --------
    >>> say("{n} applicants", n=Number(12, "count")).template
    '{n} applicants'
    """
    return Message(template, slots)


def say_n(count: int, one: str, many: str, /, **slots: Text) -> Message:
    """Return a sentence of the catalogue that depends on a count; the slot `count` is filled with it."""
    return Message(one, {"count": Number(count, "count"), **slots}, many, count)


def sentences(*parts: Text | None) -> Text:
    """Return the texts one after the other, those that are None left out."""
    return Listed(tuple(p for p in parts if p is not None), " ")


def clean(text: str, limit: int = LIMIT) -> str:
    r"""Return a string of the data as one line that cannot disturb the page: no control or direction characters.

    Examples
    --------
    >>> clean("a\nb")
    'a b'
    """
    text = "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in text[: 4 * limit])
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
