"""The same rows explained again, by the same engine or another, with another seed or another model."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaikit.compute.batches import length, take
from xaikit.compute.tables import player_data
from xaikit.core import plugin
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import silent
from xaikit.core.target import Target


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an explanation of an audit was asked for.

    Parameters
    ----------
    engine : str
        As it was named; "auto" leaves the choice to the pilot rows.
    parameters : mapping of str to object
        Of that engine.
    background : array, tensor or table
        From which absent features were drawn.
    """

    engine: str
    parameters: Mapping[str, Any]
    background: Any


@dataclass(frozen=True, slots=True)
class Setting:
    """What explanations of an audit were made with.

    Parameters
    ----------
    model, inputs, background, target, players
        As the audit hands them over.
    """

    model: Model
    inputs: Any
    background: Any
    target: Target
    players: Players

    def explain(self, engine: str, rows: Any, rng: np.random.Generator, **parameters: Any) -> Explanation:
        """Return the rows explained by an engine.

        Raises
        ------
        SpecError
            When the engine or a parameter is unknown.
        """
        found = plugin.load("engines", engine, "a check")
        given = {
            "model": self.model, "inputs": rows, "background": self.background, "target": self.target,
            "players": self.players, "rng": rng, "progress": silent,
        }  # fmt: skip
        checked = plugin.validated(found, parameters, f"engine {engine}")
        made: Explanation = found.function(*[given[name] for name in found.inputs], **checked)
        return made

    def again(
        self, explanation: Explanation, rows: Any, rng: np.random.Generator, recipe: Recipe | None
    ) -> Explanation:
        """Return rows explained as an explanation was: with its parameters and its background where they are known.

        Raises
        ------
        XaikitError
            When the engine refuses these rows.
        """
        if recipe is None:
            return self.explain(explanation.engine, rows, rng)
        chosen = recipe.parameters if recipe.engine == explanation.engine else {}
        return replace(self, background=recipe.background).explain(explanation.engine, rows, rng, **chosen)

    def can(self, engine: str) -> bool:
        """Whether the model has the capability that an engine needs."""
        need = plugin.load("engines", engine, "a check").capability
        return not isinstance(need, type) or isinstance(self.model, need)

    def rows_of(self, explanation: Explanation) -> Any | None:
        """Return the explained rows as the model takes them, or None where they are not among the inputs.

        An explanation holds the values of its rows, not their positions; equal rows are equal to the model too.
        """
        if explanation.feature_names != self.players.names or explanation.data is None:
            return None
        keys = row_keys(player_data(self.inputs, self.players))
        known = dict(zip(reversed(keys), range(length(self.inputs) - 1, -1, -1), strict=True))
        found = [known.get(key) for key in row_keys(explanation.data)]
        return None if any(i is None for i in found) else take(self.inputs, np.array(found, dtype=np.intp))

    def unfit(self, explanation: Explanation) -> str:
        """Return why rows of an explanation cannot be explained again in this setting, or nothing."""
        if explanation.feature_names != self.players.names or explanation.output_names != self.target.outputs:
            return "the explanation is about other features or outputs than the audit"
        if len(self.players) < 2 or len(explanation) < 2:
            return "needs at least two features and two explained rows"
        return "" if self.rows_of(explanation) is not None else "the explained rows are not among the audited ones"


def row_keys(data: NDArray[Any]) -> list[tuple[Any, ...]]:
    """Return each row as a tuple that can be looked up."""
    return [tuple(row) for row in np.asarray(data).tolist()]


def some(explanation: Explanation, most: int, rng: np.random.Generator) -> Explanation:
    """Return at most `most` rows of an explanation, drawn."""
    return explanation[np.sort(rng.permutation(len(explanation))[:most])]


def fitting(
    explanations: Mapping[str, Explanation], setting: Setting
) -> tuple[dict[str, Explanation], dict[str, str]]:
    """Return the explanations that can be made again, and why the others cannot, by name."""
    because = {name: setting.unfit(e) for name, e in explanations.items()}
    return (
        {name: e for name, e in explanations.items() if not because[name]},
        {name: why for name, why in because.items() if why},
    )
