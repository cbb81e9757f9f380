"""What each word of many texts adds, along random orders; and the same word of all texts together."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xaikit.compute.spans import TextGame, parts_of
from xaikit.core.model import Model
from xaikit.core.progress import Progress
from xaikit.core.target import Target

Floats = NDArray[np.float64]
EDGES = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True, slots=True, eq=False)
class WordWalks:
    """What words added in each text.

    Parameters
    ----------
    words : list of list of str
        Of each text, as they were written.
    added : list of float array, shape (words, outputs)
        Unbiased for Shapley values; they sum to the outcome of the text less that of the empty text.
    outcome : float array, shape (texts, outputs)
        Of each text with its words joined by single spaces.
    asked : int
        How many texts the model was asked.
    """

    words: list[list[str]]
    added: list[Floats]
    outcome: Floats
    asked: int


def walk(
    model: Model, texts: Sequence[str], target: Target, walks: int, rng: np.random.Generator, progress: Progress
) -> WordWalks:
    """Return what words added along random orders of each text, each walked forth and back.

    Every text has orders of its own, so that their error is an error of its row, which a mean over rows shows.

    Parameters
    ----------
    model : Model
        Reads a list of texts.
    texts : sequence of str
        Each with a word at least.
    target : Target
        The scalars.
    walks : int
        Orders a text.
    rng : numpy.random.Generator
        Draws orders.
    progress : Progress
        Told of texts done.

    References
    ----------
    Castro, J., Gómez, D. and Tejada, J. (2009). Polynomial calculation of the Shapley value based on sampling.
    Computers & Operations Research 36, 1726–1730.
    """
    words, added, outcome, asked = parts_of(texts, "word"), [], [], 0
    for i, players in enumerate(words):
        game = TextGame(model, target, players)
        values, whole = _one(game, walks, rng)
        added.append(values)
        outcome.append(whole)
        asked += game.asked
        progress("word gap", i + 1, len(words))
    return WordWalks(words, added, np.array(outcome), asked)


def _one(game: TextGame, walks: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the values of a text's words, (words, outputs), and its outcome."""
    n = len(game.players)
    orders = [rng.permutation(n) for _ in range(walks)]
    inner = np.zeros((walks, n - 1, n), dtype=bool)
    for w, order in enumerate(orders):
        for i, player in enumerate(order[:-1]):
            inner[w, i:, player] = True
    ends = np.stack([np.zeros(n, dtype=bool), np.ones(n, dtype=bool)])
    scores = game.scores(np.concatenate([ends, inner.reshape(-1, n), ~inner.reshape(-1, n)]))
    nothing, whole, between = scores[0], scores[1], scores[2:].reshape(2, walks, n - 1, scores.shape[1])
    added = np.zeros((n, len(whole)))
    for w, order in enumerate(orders):
        forth = np.concatenate([nothing[None], between[0, w], whole[None]])
        back = np.concatenate([whole[None], between[1, w], nothing[None]])
        added[order] += (np.diff(forth, axis=0) - np.diff(back, axis=0)) / (2 * walks)
    return added, whole


def plain(word: str) -> str:
    """Return a word in lower case and without the punctuation around it; punctuation alone stays.

    Examples
    --------
    >>> plain("(Netball,"), plain("don't"), plain("--")
    ('netball', "don't", '--')
    """
    return EDGES.sub("", word).casefold() or word


def by_word(
    walks: WordWalks, least: int, declared: Mapping[str, Sequence[str]]
) -> tuple[list[str], Floats, NDArray[np.bool_]]:
    """Return names, what each added in each text (texts, names, outputs), and whether it is there (texts, names).

    Parameters
    ----------
    walks : WordWalks
        Of the texts.
    least : int
        Words in fewer texts are not named; the last name, "", stands for all of them together.
    declared : mapping of str to sequence of str
        Words that count as one, by the name of the group; these are named however seldom they are.
    """
    group = {plain(w): name for name, members in declared.items() for w in members}
    named = [[group.get(plain(w), plain(w)) for w in words] for words in walks.words]
    seen = Counter(w for words in named for w in set(words))
    names = sorted(w for w, count in seen.items() if count >= least or w in declared)
    place = {name: i for i, name in enumerate(names)}
    out = np.zeros((len(named), len(names) + 1, walks.outcome.shape[1]))
    there = np.zeros(out.shape[:2], dtype=bool)
    for i, (words, added) in enumerate(zip(named, walks.added, strict=True)):
        columns = [place.get(w, len(names)) for w in words]
        np.add.at(out[i], columns, added)
        there[i, columns] = True
    return [*names, ""], out, there
