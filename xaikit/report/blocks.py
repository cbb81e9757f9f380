"""What a page is made of: blocks without markup, which a writer (HTML, Markdown) turns into a document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from xaikit.core.evidence import Verdict
from xaikit.report.language import Language
from xaikit.report.text import Text


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 2 opens a section and enters the contents.

    Parameters
    ----------
    level : int
        2 to 4.
    text : Text
        The heading.
    anchor : str
        Its place, for links.
    """

    level: int
    text: Text
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `tone` is "" for the text, "lead", "note" or "source"."""

    text: Text
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, numbered when `ordered`."""

    items: tuple[Text, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their values, as a list of definitions."""

    items: tuple[tuple[Text, Text], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A verdict as word, shape and colour; `open` marks a question, `reported` what has no threshold."""

    verdict: Verdict
    open: bool = False
    reported: bool = False


Cell = Text | Mark


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; numbers are set to the right."""

    head: Text
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A row; the first cell is its head. `evidence` is what it shows, `tone` "" or "unknown"."""

    cells: tuple[Cell, ...]
    evidence: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption; `name` becomes the name of its file when it is exported.

    A `quiet` caption repeats what stands above it, and is for those who hear the page; of a `rest`, only
    those rows are shown whose evidence no table before it shows.
    """

    caption: Text
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: Text | None = None
    name: str = ""
    rest: bool = False
    quiet: bool = False


class Figure(Protocol):
    """The data of a chart, and how it is drawn."""

    def draw(self, width: int, language: Language) -> "Drawing":
        """Return the chart drawn `width` units wide."""
        ...

    def twin(self) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
        """Return the same numbers as a table."""
        ...


@dataclass(frozen=True, slots=True)
class Drawing:
    """The inside of an SVG element, already escaped, and its size."""

    body: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart titled by what it shows, with its table twin.

    Parameters
    ----------
    figure : Figure
        What is drawn.
    title : Text
        What it shows, in a sentence.
    subtitle : Text
        What the axes are.
    source : Text, optional
        Method and source, under the chart.
    name : str
        The name of its file when it is exported.
    open : bool
        Whether the twin is unfolded.
    """

    figure: Figure
    title: Text
    subtitle: Text
    source: Text | None = None
    name: str = ""
    open: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A finding.

    Parameters
    ----------
    mark : Mark
        Its verdict.
    title, sentence : Text
        What was asked, and the answer.
    profile : Text
        By whose criteria; for the filter.
    body : tuple of Block
        Chart and numbers.
    """

    mark: Mark
    title: Text
    sentence: Text
    profile: Text
    body: "tuple[Block, ...]" = ()


@dataclass(frozen=True, slots=True)
class Callout:
    """A note that stands out; `tone` is "note", "warning" or "missing"."""

    tone: str
    title: Text
    body: "tuple[Block, ...]" = ()


@dataclass(frozen=True, slots=True)
class Cards:
    """Findings that can be filtered by verdict and profile."""

    items: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """Blocks that are folded away under a summary; an `appendix` stays so on paper."""

    summary: Text
    body: "tuple[Block, ...]"
    appendix: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """The head of the report: the verdict with the number that decided it.

    Parameters
    ----------
    mark : Mark
        The verdict of the whole.
    sentence : Text
        The verdict in one sentence, with its number and its doubt.
    numeral : Text, optional
        The deciding number, set large.
    legend : Text, optional
        What the numeral is.
    chart : Chart, optional
        Its interval against the threshold.
    tally : mapping of str to int
        How many findings had each verdict.
    facts : tuple of pairs
        Who, what, when, on what.
    """

    mark: Mark
    sentence: Text
    numeral: Text | None = None
    legend: Text | None = None
    chart: Chart | None = None
    tally: Mapping[Verdict, int] = field(default_factory=dict)
    facts: tuple[tuple[Text, Text], ...] = ()


Block = Heading | Paragraph | Bullets | Facts | Table | Chart | Card | Cards | Callout | Details | Opening
