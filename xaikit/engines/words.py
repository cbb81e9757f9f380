"""Which words of a text moved the score? Shapley values of words or sentences, by leaving them out.

A text is a game of its own: its words are the players, and a coalition is the text with the other words left out or
masked. Works for any model that reads texts.
"""

import re
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.texts import as_texts
from xaikit.core.errors import DataError, shown
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.progress import Progress
from xaikit.core.target import Target
from xaikit.stats.coalitions import total_pairs
from xaikit.stats.shapley_values import minimum_pairs, paired_regression, regular_design

Floats = NDArray[np.float64]
LEFT_OUT = "A text with words left out is not a text that anybody wrote: values show what the model used."
PARTS = {"word": re.compile(r"\S+"), "sentence": re.compile(r"[^.!?\n]+[.!?]*\s*")}


def explain(
    model: Model,
    inputs: Any,
    target: Target,
    rng: np.random.Generator,
    progress: Progress,
    *,
    unit: Literal["word", "sentence"] = "word",
    mask: str | None = None,
    budget: Annotated[int, Field(ge=4)] | Literal["auto"] = "auto",
) -> Explanation:
    """Explain texts by the Shapley values of their words or sentences.

    Parameters
    ----------
    model : Model
        Reads a list of texts.
    inputs : list of str
        What to explain.
    target : Target
        The scalars to explain.
    rng : numpy.random.Generator
        Draws coalitions where there are too many to try all.
    progress : Progress
        Told after every text.
    unit : {"word", "sentence"}
        What is a player.
    mask : str, optional
        Put in the place of what is left out, such as "[MASK]"; nothing by default.
    budget : int or "auto"
        Texts asked for each text explained; "auto" is 2^n where that is at most 512, else 32 n but at least 512.

    Returns
    -------
    Explanation
        `values` (texts, most players, outputs), 0 beyond a text's last player; `data` holds the words, "" beyond the
        last. `base` is the score of the text with everything left out. Where all coalitions were tried, `stderr`
        is 0.

    Raises
    ------
    DataError
        When the inputs are not texts, or one has no words.

    References
    ----------
    Lundberg, S. M., Lee, S.-I. (2017). A unified approach to interpreting model predictions. NeurIPS 30.
    Mosca, E., et al. (2022). SHAP-based explanation methods: a review for NLP interpretability. COLING, 4593–4603.
    """
    texts = as_texts(inputs)
    parts = [PARTS[unit].findall(t) for t in texts]
    empty = next((i for i, p in enumerate(parts) if not p), None)
    if empty is not None:
        raise DataError("inputs", f"no {unit} in row {empty + 1}", f"at least one {unit} in every text")
    most, outputs = max(map(len, parts)), len(target.outputs)
    values, stderr = np.zeros((2, len(texts), most, outputs))
    base, whole = np.zeros((2, len(texts), outputs))
    asked = 0
    for i, players in enumerate(parts):
        game = _Game(model, target, players, mask, unit)
        n = len(players)
        values[i, :n], stderr[i, :n], base[i], whole[i] = _solved(game, _pairs(n, budget), rng)
        asked += game.asked
        progress("words", i + 1, len(texts))
    exact = np.repeat((stderr.max(axis=(1, 2)) == 0)[:, None], outputs, axis=1)
    converged = exact | (stderr.max(axis=1) <= 0.1 * np.abs(values).max(axis=1))
    data = np.full((len(texts), most), "", dtype=object)
    for i, players in enumerate(parts):
        data[i, : len(players)] = [p.strip() for p in players]
    return Explanation(
        values=values,
        base=base,
        prediction=whole,
        feature_names=tuple(f"{unit} {k + 1}" for k in range(most)),
        output_names=target.outputs,
        engine="words",
        stderr=stderr,
        converged=converged,
        data=data,
        target=target.name,
        budget={"model_rows": asked, "because": f"at most {budget} texts a text" if budget != "auto" else "auto"},
        background={"left_out": "removed" if mask is None else f"replaced by {shown(mask, 20)}"},
        notes=(LEFT_OUT, *_not_converged(converged)),
    )


class _Game:
    """The value of a coalition: the score of the text with only these words."""

    def __init__(self, model: Model, target: Target, players: list[str], mask: str | None, unit: str) -> None:
        self.model, self.target, self.players, self.mask = model, target, players, mask
        self.joint = " " if unit == "word" else ""
        self.asked = 0

    def values(self, masks: NDArray[np.bool_]) -> Floats:
        """Return the scores of coalitions, shape (coalitions, outputs); equal texts are asked once."""
        texts = [self._text(m) for m in masks]
        different = list(dict.fromkeys(texts))
        self.asked += len(different)
        scores = np.asarray(self.target(self.model.predict(different)), dtype=np.float64)
        place = {t: i for i, t in enumerate(different)}
        return scores[[place[t] for t in texts]]

    def _text(self, mask: NDArray[np.bool_]) -> str:
        kept = [p if keep else self.mask for p, keep in zip(self.players, mask, strict=True)]
        return self.joint.join(p for p in kept if p is not None)


def _solved(game: _Game, pairs: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats, Floats]:
    """Return values and standard errors (players, outputs), and the scores of nothing and of everything."""
    n = len(game.players)
    base, whole = game.values(np.array([np.zeros(n, bool), np.ones(n, bool)]))
    total = whole - base
    if n == 1:
        return total[None], np.zeros((1, len(total))), base, whole
    design = regular_design(n, (pairs,), rng)
    scores = game.values(np.concatenate([design.masks, ~design.masks]))
    regression = paired_regression(design)
    half = (scores[: len(design)] - scores[len(design) :]).T / 2 - regression.share * total[:, None]
    values, variance = regression.values(half, total), regression.variance(half)
    return values.T, np.sqrt(variance).T, base, whole


def _pairs(players: int, budget: int | str) -> int:
    if players < 2:
        return 0
    wanted = max(256, 16 * players) if budget == "auto" else int(budget) // 2
    return min(total_pairs(players), max(wanted, minimum_pairs(players))) if players < 60 else wanted


def _not_converged(converged: NDArray[np.bool_]) -> tuple[str, ...]:
    few = int((~converged.all(axis=1)).sum())
    if not few:
        return ()
    return (
        f"NOT CONVERGED: in {few} of {len(converged)} texts a standard error is over a tenth of the largest value",
    )
