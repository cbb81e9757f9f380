"""Scores or decisions that were recorded: a model that can no longer be asked, only judged by what it did."""

from dataclasses import dataclass
from pathlib import Path

from xaikit.compute import artefacts
from xaikit.core.model import ModelCard


@dataclass(frozen=True, slots=True)
class RecordedScores:
    """A model known only through a table of its scores or decisions.

    It is not a `Model`, because it cannot predict: engines and the checks that query a model are skipped, and say so.

    Parameters
    ----------
    card : ModelCard
        What is known of it.

    Examples
    --------
    >>> from xaikit.core.model import Model
    >>> isinstance(load(), Model)
    False
    """

    card: ModelCard

    @property
    def because(self) -> str:
        """Why engines cannot run."""
        return "only recorded scores are at hand; the model that gave them cannot be asked"


def load(
    *, name: str = "recorded scores", path: Path | None = None, outputs: list[str] | None = None
) -> RecordedScores:
    """Return the card of a model whose scores are a column of the table (`roles.score` or `roles.decision`).

    Parameters
    ----------
    name : str
        Of the model that gave them, for people.
    path : Path, optional
        Its file, when it is at hand but cannot be opened: it is hashed, not read.
    outputs : list of str, optional
        Name of the score.

    Raises
    ------
    SpecError
        When `path` names no file.
    """
    sha256 = artefacts.read(Path(path)).sha256 if path else None
    return RecordedScores(ModelCard(name, "scores", tuple(outputs or ()), sha256))


def recognises(path: Path) -> bool:
    """Return False: recorded scores are columns of the table of decisions, not a file of their own."""
    del path
    return False
