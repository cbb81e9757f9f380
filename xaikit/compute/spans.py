"""A text as a game: its words are the players, and clauses and sentences are unions of words that join together."""

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xaikit.core.errors import DataError
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.target import Target

Floats = NDArray[np.float64]
Span = Literal["clause", "sentence"]
Unit = Literal["word", "sentence"]
PARTS = {"word": re.compile(r"\S+"), "sentence": re.compile(r"[^.!?\n]+[.!?]*\s*")}
ENDS = {
    "clause": re.compile(r"[,;:.!?…。！？、，；：]['\"”’)\]]*$"),
    "sentence": re.compile(r"[.!?…。！？]['\"”’)\]]*$"),
}


def parts_of(texts: Sequence[str], unit: Unit) -> list[list[str]]:
    """Return the words or sentences of each text; sentences keep the white space after them.

    Raises
    ------
    DataError
        When a text has none.

    Examples
    --------
    >>> parts_of(["I went. He stayed"], "sentence")
    [['I went. ', 'He stayed']]
    """
    parts = [PARTS[unit].findall(t) for t in texts]
    empty = next((i for i, p in enumerate(parts) if not p), None)
    if empty is not None:
        raise DataError("inputs", f"no {unit} in row {empty + 1}", f"at least one {unit} in every text")
    return parts


def padded(parts: Sequence[Sequence[str]]) -> NDArray[np.object_]:
    """Return players without the white space around them, object array (texts, most players); "" beyond the last."""
    data = np.full((len(parts), max(map(len, parts))), "", dtype=object)
    for i, players in enumerate(parts):
        data[i, : len(players)] = [p.strip() for p in players]
    return data


def players_in(explanation: Explanation) -> list[int]:
    """Return how many players each text of an explanation of texts has."""
    assert explanation.data is not None
    return [sum(bool(p) for p in row) for row in explanation.data.tolist()]


def labels(text: str, span: Span) -> NDArray[np.intp]:
    """Return the number of the clause or sentence to which each word belongs, from 0; a new line begins both.

    Punctuation at the end of a word ends a span, so "e.g." ends a sentence and "3.5" does not.

    Examples
    --------
    >>> labels("Well, I went. He stayed", "clause").tolist(), labels("Well, I went. He stayed", "sentence").tolist()
    ([0, 1, 1, 2, 2], [0, 0, 0, 1, 1])
    """
    found: list[int] = []
    number = last = 0
    for i, word in enumerate(re.finditer(r"\S+", text)):
        if i and "\n" in text[last : word.start()] and found[-1] == number:
            number += 1
        found.append(number)
        number += bool(ENDS[span].search(word[0]))
        last = word.end()
    return np.array(found, dtype=np.intp)


class TextGame:
    """The value of a coalition: the score of the text with only these words.

    Parameters
    ----------
    model : Model
        Reads a list of texts.
    target : Target
        The scalars.
    players : sequence of str
        Words or sentences, in order.
    mask : str, optional
        Put in the place of what is left out; nothing by default.
    joint : str
        Between players.
    """

    def __init__(
        self, model: Model, target: Target, players: Sequence[str], mask: str | None = None, joint: str = " "
    ) -> None:
        self.model, self.target, self.players, self.mask, self.joint = model, target, players, mask, joint
        self.known: dict[str, Floats] = {}

    @property
    def asked(self) -> int:
        """How many different texts the model was asked."""
        return len(self.known)

    def scores(self, masks: NDArray[np.bool_]) -> Floats:
        """Return the scores of coalitions, shape (coalitions, outputs); equal texts are asked once."""
        texts = [self._text(m) for m in masks]
        new = [t for t in dict.fromkeys(texts) if t not in self.known]
        if new:
            answers = np.asarray(self.target(self.model.predict(new)), dtype=np.float64)
            self.known |= dict(zip(new, answers, strict=True))
        return np.stack([self.known[t] for t in texts])

    def values(self, _rows: object, masks: NDArray[np.bool_], _behind: object = None) -> Floats:
        """Return the scores as those of one row before one background, shape (1, coalitions, 1, outputs)."""
        return self.scores(masks)[None, :, None]

    def _text(self, mask: NDArray[np.bool_]) -> str:
        kept = [p if keep else self.mask for p, keep in zip(self.players, mask, strict=True)]
        return self.joint.join(p for p in kept if p is not None)
