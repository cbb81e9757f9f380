"""What a search for recourse stands on: the rows of a population, its accepted, and the model's decision on codes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.compute.batches import as_array, length, take
from xaikit.compute.coding import Coding
from xaikit.compute.plausibility import Crowd
from xaikit.compute.recourse import Answers, Search
from xaikit.compute.recourse_constraints import Constraints, Limits
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target

Floats = NDArray[np.float64]
CHOOSING, TELLING = 3_000, 2_000  # rows by which plausible answers are chosen, and others by which they are told
BLOCK = 64


def complete(batch: Any) -> NDArray[np.bool_]:
    """Return the rows in which no number is missing: only these can be moved, or be moved to.

    Examples
    --------
    >>> complete(np.array([[1.0, 2.0], [3.0, np.nan]])).tolist()
    [True, False]
    """
    numbers = batch.select_dtypes("number") if isinstance(batch, pd.DataFrame) else pd.DataFrame(as_array(batch))
    return np.asarray(~numbers.isna().to_numpy().any(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A model, a population and constraints, ready for people who ask.

    Parameters
    ----------
    coding : Coding
        Of the population and the people.
    search : Search
        For anybody of them.
    accepted : float array, shape (donors, players)
        Codes of accepted rows, as they are.
    """

    coding: Coding
    search: Search
    accepted: Floats

    @classmethod
    def of(
        cls,
        model: Model,
        population: Any,
        people: Any,
        target: Target,
        players: Players,
        threshold: float,
        constraints: Constraints,
        donors: int,
        rng: np.random.Generator,
    ) -> "Setting":
        """Return the setting of a search among the rows of the population in which no number is missing.

        Parameters
        ----------
        model, population, target, players
            As a check is handed them.
        people : as `population`
            The rows that ask.
        threshold : float
            Accepted at or above it.
        constraints : Constraints
            What can change.
        donors : int
            Accepted rows that changes are borrowed from, at most.
        rng : numpy.random.Generator
            Draws donors, and the rows that plausibility is measured by.

        Raises
        ------
        SpecError
            When a constraint names no feature, or contradicts itself.
        """
        constraints.check(players.names)
        population = take(population, np.flatnonzero(complete(population)))
        coding = Coding.of(population, players, people)
        limits = Limits.of(constraints, coding)
        scores = np.asarray(target(model.predict(population)))[:, 0]
        accepted = np.flatnonzero(scores >= threshold)
        chosen = np.sort(rng.permutation(accepted)[:donors])
        everybody = coding.encode(population)
        drawn = rng.permutation(length(population))[: CHOOSING + TELLING]
        split = len(drawn) * CHOOSING // (CHOOSING + TELLING)
        crowd, witness = (Crowd.of(everybody[np.sort(rows)], coding) for rows in (drawn[:split], drawn[split:]))

        def accept(codes: Floats) -> NDArray[np.bool_]:
            return np.asarray(np.asarray(target(model.predict(coding.decode(codes))))[:, 0] >= threshold)

        given = everybody[chosen]
        pool = np.unique(coding.snapped(given), axis=0) if len(given) else given
        search = Search(pool, everybody, crowd, witness, accept, limits)
        return cls(coding, search, given)

    def answers(self, own: Floats, k: int, progress: Progress) -> Answers:
        """Return up to k answers for each person, found in blocks so that progress can be told."""
        return Answers.joined(list(self._blocks(own, k, progress)) or [Answers.none(0, k, own.shape[1])])

    def _blocks(self, own: Floats, k: int, progress: Progress) -> Iterator[Answers]:
        for start in range(0, len(own), BLOCK):
            progress("recourse", start, len(own))
            yield self.search.answers(own[start : start + BLOCK], k)
        progress("recourse", len(own), len(own))

    def codes(self, batch: Any) -> Floats:
        """Return the codes of rows."""
        return self.coding.encode(batch)

    def rows(self, batch: Any, index: NDArray[np.intp]) -> Floats:
        """Return the codes of some rows of a batch."""
        return self.coding.encode(take(batch, index))
