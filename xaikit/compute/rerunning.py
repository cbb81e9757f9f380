"""The same rows explained again, by the same engine or another, with another seed or another model."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaikit.compute.batches import as_array, length, take
from xaikit.compute.grids import blocks, by_block, is_grid, places
from xaikit.compute.spans import PARTS, Unit, players_in
from xaikit.compute.tables import player_data
from xaikit.compute.texts import Remembered
from xaikit.core import plugin
from xaikit.core.explanation import Explanation
from xaikit.core.model import Differentiable, Model
from xaikit.core.players import Players
from xaikit.core.progress import silent
from xaikit.core.target import Target

Floats = NDArray[np.float64]
UNITS: tuple[Unit, ...] = ("word", "sentence")
SHARED = ("budget", "unit", "mask")
"""Parameters that a second method takes over from the first: what it may cost, and what its players are."""


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
        As the audit hands them over; no players for texts (a list), pictures and series (arrays or tensors).
    """

    model: Model
    inputs: Any
    background: Any
    target: Target
    players: Players | None = None

    @property
    def kind(self) -> str:
        """What the rows are: "table", "texts", "grid" (pictures and series), or "" for anything else."""
        if self.players is not None:
            return "table"
        if isinstance(self.inputs, list):
            return "texts" if self.inputs and isinstance(self.inputs[0], str) else ""
        return "grid" if is_grid(self.inputs) else ""

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

    def compared(
        self,
        explanation: Explanation,
        other: str,
        rng: np.random.Generator,
        recipes: tuple[Recipe | None, Recipe | None],
    ) -> tuple[Explanation, str]:
        """Return the rows of an explanation explained by another method, and how it was set, in words.

        Parameters
        ----------
        explanation : Explanation
            Of the first method.
        other : str
            The other engine.
        rng : numpy.random.Generator
            Of the other engine.
        recipes : pair of Recipe or None
            How the audit asked for the first, and for the other where it asked for both. The background is that of
            the first, for another one would be another question; what the audit set for the other is kept; for a
            method of our choice, the budget and the players are those of the first.
        """
        first, second = recipes
        behind = self.background if first is None else first.background
        parameters = dict(second.parameters) if second is not None and second.engine == other else {}
        takes, unit = plugin.load("engines", other, "a check").parameters, unit_of(explanation)
        if second is None and first is not None:
            parameters = {k: first.parameters[k] for k in SHARED if k in takes and k in first.parameters}
        if second is None and self.kind == "grid":
            parameters |= {k: v for k, v in self._windows().items() if other == "occlusion"}
        if unit is not None and "unit" in takes:  # sentences are compared with sentences
            parameters = {k: v for k, v in parameters.items() if k != "partition" or unit == "word"} | {"unit": unit}
        setting = replace(self, background=behind)
        made = setting.explain(other, setting.rows_of(explanation), rng, **parameters)
        told = [f"{k} {v}" for k, v in parameters.items() if v is not None]
        if self.kind != "texts":
            told.append(f"background of {length(behind)} rows")
        return made, ", ".join(told)

    def remembering(self, engine: str) -> "Setting":
        """Return the setting with a model asked each text once, where the rows are texts and the engine allows.

        An engine that wants more than answers (gradients) is handed the model itself.
        """
        plain = plugin.load("engines", engine, "a check").capability is Model
        return replace(self, model=Remembered(self.model)) if plain and self.kind == "texts" else self

    def can(self, engine: str) -> bool:
        """Whether the model has the capability that an engine needs, and the engine reads such rows."""
        found = plugin.load("engines", engine, "a check")
        if self.kind == "grid" and engine == "occlusion" and not isinstance(self.model, Differentiable):
            return False
        need = found.capability
        return not isinstance(need, type) or isinstance(self.model, need)

    def rows_of(self, explanation: Explanation) -> Any | None:
        """Return the explained rows as the model takes them, or None where they are not among the inputs.

        An explanation holds the values of its rows, not their positions; equal rows are equal to the model too. Of a
        text it holds the words, so that texts of equal words are one text, the first of them.
        """
        if explanation.data is None or not self._alike(explanation):
            return None
        keys, wanted = self._keys(explanation)
        known = dict(zip(reversed(keys), range(length(self.inputs) - 1, -1, -1), strict=True))
        found = [known.get(key) for key in wanted]
        return None if any(i is None for i in found) else take(self.inputs, np.array(found, dtype=np.intp))

    def unfit(self, explanation: Explanation) -> str:
        """Return why rows of an explanation cannot be explained again in this setting, or nothing."""
        if not self.kind:
            return "the rows are no table, no texts, and no array of pictures or series"
        if not self._alike(explanation) or explanation.output_names != self.target.outputs:
            return "the explanation is about other features or outputs than the audit"
        if len(explanation) < 2 or (self.players is not None and len(self.players) < 2):
            return "needs at least two features and two explained rows"
        return "" if self.rows_of(explanation) is not None else "the explained rows are not among the audited ones"

    def player_values(self, explanation: Explanation) -> list[Floats]:
        """Return the values of each row by player, float arrays (players, outputs).

        Players are features, words (each text has as many as it has), or blocks of a picture or series. What only
        rounding tells apart is tied: values are cut to six digits of the row's largest.
        """
        values = explanation.values
        if self.kind == "grid":
            values = by_block(values, self._owner())
        counts = players_in(explanation) if self.kind == "texts" else [values.shape[1]] * len(values)
        return [_rounded(row[:n]) for row, n in zip(values, counts, strict=True)]

    def _windows(self) -> dict[str, int]:
        """Return windows about as large as the blocks that are ranked: the default would cover a small picture."""
        owner = self._owner()
        side = max(1, owner.shape[-1] // (int(owner.max(axis=-1).min()) + 1))
        return {"window": side, "stride": max(1, side // 2)}

    def _owner(self) -> NDArray[np.intp]:
        return blocks(tuple(self.inputs.shape[1:]))

    def _alike(self, explanation: Explanation) -> bool:
        """Return whether an explanation has the players of the setting."""
        if self.players is not None:
            return explanation.feature_names == self.players.names
        if self.kind == "texts":
            return unit_of(explanation) is not None
        return self.kind == "grid" and places(explanation.values[:0], self._owner()) is not None

    def _keys(self, explanation: Explanation) -> tuple[list[Any], list[Any]]:
        """Return what the inputs, and the explained rows, can be told by."""
        data = explanation.data
        assert data is not None
        if self.players is not None:
            return row_keys(player_data(self.inputs, self.players)), row_keys(data)
        unit = unit_of(explanation)
        if unit is not None:
            words = [tuple(p.strip() for p in PARTS[unit].findall(t)) for t in self.inputs]
            return words, [tuple(p for p in row if p) for row in data.tolist()]
        return _bytes(as_array(self.inputs)), _bytes(data)


def unit_of(explanation: Explanation) -> Unit | None:
    """Return what the players of an explanation of texts are: words or sentences; None for other explanations."""
    if explanation.data is None or explanation.data.dtype != object or not explanation.feature_names:
        return None
    first = explanation.feature_names[0]
    return next((u for u in UNITS if first == f"{u} 1"), None)


def _rounded(values: Floats) -> Floats:
    largest = np.abs(values).max(axis=0, keepdims=True, initial=0)
    return np.asarray(np.round(values / np.where(largest > 0, largest, 1), 6) * largest)


def _bytes(rows: NDArray[Any]) -> list[bytes]:
    return [np.ascontiguousarray(row, dtype=np.float32).tobytes() for row in rows]


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
