"""Stability: is the explanation the same with another seed, and nearly the same after an input moved a little.

Movements of the explanation are put beside the movement of the prediction and the stated standard error: a value that
jumps while neither moves is not to be relied on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.batches import as_array, is_tensor, take
from xaikit.compute.grids import blocks, places
from xaikit.compute.rerunning import Recipe, Setting, fitting, some
from xaikit.compute.small_changes import EDITS, edited, moved_along, noisy, shifted
from xaikit.core import plugin
from xaikit.core.errors import SpecError, shown
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.target import Target
from xaikit.stats.agreement import excess_movement, mean_interval, rank_correlation, relative_distance

Floats = NDArray[np.float64]
ROWS = {"texts": 8}


@dataclass(frozen=True, slots=True)
class Moved:
    """Rows after a small change.

    Parameters
    ----------
    rows : as the model takes them
        Those that could not be changed stand as they were.
    which : int array
        The rows that were changed.
    because : str
        Why none was.
    """

    rows: Any
    which: NDArray[np.intp]
    because: str = ""


def check(
    explanations: Mapping[str, Explanation],
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    rng: np.random.Generator,
    players: Players | None = None,
    recipes: Mapping[str, Recipe] | None = None,
    *,
    rows: Annotated[int, Field(ge=2)] | Literal["auto"] = "auto",
    noise: Annotated[float, Field(gt=0, lt=1)] = 0.02,
    synonyms: dict[str, str] | None = None,
) -> Iterator[Evidence]:
    """Measure stability across seeds and under small changes of the input that keep its meaning.

    Tables get noise. Texts get five edits, each by itself: the first letter of a word in the other case, punctuation
    at the end put or taken, a space doubled, two neighbouring letters inside a word swapped, and a word replaced by a
    declared synonym. Pictures and series get noise, and are shifted by one pixel or step; their maps are compared
    where both show the same place. Both explanations are drawn with the same seed, so that what moves them is the
    change. A change may well move the score, and must then move the explanation: what is judged is the excess.

    Parameters
    ----------
    explanations : mapping of str to Explanation
        What is checked.
    model, inputs, background, target
        With which they were made.
    rng : numpy.random.Generator
        Draws rows, other seeds and changes.
    players : Players, optional
        With which they were made; absent for texts, pictures and series.
    recipes : mapping of str to Recipe, optional
        How each was asked for: the other seeds are those of the same explanation, not of the engine's defaults.
    rows : int or "auto"
        Rows that are explained again: "auto" is 20, of texts 8, each of which is explained again for every edit.
    noise : float
        Standard deviation of the noise on numeric columns that are not binary, as a share of each column's; on
        pictures and series, as a share of that of all their numbers.
    synonyms : mapping of str to str, optional
        Words, and for each one word that means the same here: of texts. None are replaced without it.

    Yields
    ------
    Evidence
        `seed_distance` (mean relative L2 distance to the explanation with another seed; `detail` says what the stated
        standard errors predict), `seed_rank_correlation`; `noise_distance` or `small_change_distance` (the same
        distance after noise, or after another `change`, with `detail` on the prediction's move), and
        `small_change_excess`: (|move of the values| − |move of the score|) ÷ mean |values|, in the L1 norm. Values
        that add up move at least as much as the score, so 0 is the least: all of them moved one way, and the score
        with them. `shift_excess` is the same after a shift, which keeps the meaning only where no place has one of
        its own: a net that goes by the last step alone is right to explain the shifted series by another value.

    Raises
    ------
    SpecError
        When a synonym is more than one word.

    References
    ----------
    Alvarez-Melis, D. and Jaakkola, T. S. (2018). On the robustness of interpretability methods. arXiv 1806.08049.
    Ribeiro, M. T. et al. (2020). Beyond accuracy: behavioral testing of NLP models with CheckList. ACL. (the edits)
    """
    wide = next((w for pair in (synonyms or {}).items() for w in pair if len(w.split()) != 1), None)
    if wide is not None:
        raise SpecError("stability.synonyms", shown(wide), "single words")
    given = Setting(model, inputs, background, target, players)
    able, because = fitting(explanations, given)
    for name, why in because.items():
        for measure in ("seed_distance", "seed_rank_correlation", "noise_distance"):
            yield Evidence(measure, None, about={"explanation": name}, because=why)
    meant = {k.casefold(): v for k, v in (synonyms or {}).items()}
    for name, explanation in able.items():
        setting, recipe = given.remembering(explanation.engine), (recipes or {}).get(name)
        few = some(explanation, ROWS.get(setting.kind, 20) if rows == "auto" else rows, rng)
        again = setting.rows_of(few)
        one_seed, other_seed = (int(s) for s in rng.integers(2**62, size=2))
        one, two = (
            setting.again(explanation, again, np.random.default_rng(s), recipe) for s in (one_seed, other_seed)
        )
        yield from _seeds(name, setting, one, two)
        for change, moved in _changes(setting, again, noise, meant, rng):
            if moved.because:
                yield from _unmoved(name, change, moved.because)
                continue
            after = setting.again(explanation, moved.rows, np.random.default_rng(one_seed), recipe)
            yield from _moved(name, change, setting, (one, after), (again, moved), noise)


def _changes(
    setting: Setting, rows: Any, noise: float, synonyms: Mapping[str, str], rng: np.random.Generator
) -> Iterator[tuple[str, Moved]]:
    """Yield the small changes of a kind of rows, by name."""
    if setting.kind == "texts":
        for edit in EDITS:
            if edit != "synonym" or synonyms:
                new = [edited(t, edit, rng, synonyms) for t in rows]
                which = np.flatnonzero([t is not None for t in new])
                because = "" if len(which) > 1 else "fewer than two texts have a place for it"
                yield edit, Moved([n or t for n, t in zip(new, rows, strict=True)], which, because)
        return
    every, grid = np.arange(len(rows)), setting.kind == "grid"
    jitter = noisy(rows, setting.inputs, noise, rng) if grid else jittered(rows, setting.inputs, noise, rng)
    because = "" if jitter is not None else "no column is a number that can move a little"
    yield "noise", Moved(jitter, every, because)
    if grid:
        yield "shift", Moved(shifted(rows), every)


def _flat(values: Floats) -> Floats:
    return np.asarray(values.reshape(len(values), -1))


def _seeds(name: str, setting: Setting, one: Explanation, two: Explanation) -> Iterator[Evidence]:
    about = {"explanation": name}
    value, low, high, n = mean_interval(relative_distance(_flat(one.values), _flat(two.values)))
    detail: dict[str, float | int | str | bool | None] = {"confidence": 0.95}
    sampling = one.detail.get("stderr_sampling", one.stderr)
    if sampling is not None:
        size = np.linalg.norm(_flat(one.values), axis=1)
        spread = np.sqrt(2) * np.linalg.norm(_flat(sampling), axis=1)
        detail["predicted_by_standard_errors"] = (
            float(np.mean(spread[size > 0] / size[size > 0])) if size.any() else 0
        )
    yield Evidence("seed_distance", value, low, high, n, "relative L2 distance", about, detail=detail)
    pairs = zip(setting.player_values(one), setting.player_values(two), strict=True)
    ranks = np.array([rank_correlation(np.abs(a).reshape(1, -1), np.abs(b).reshape(1, -1))[0] for a, b in pairs])
    value, low, high, n = mean_interval(ranks)
    why = "" if n else "every row has equal values for all features"
    yield Evidence("seed_rank_correlation", value, low, high, n, "correlation", about, because=why)


def _distance(name: str, change: str) -> tuple[str, dict[str, str]]:
    """Return the measure of a distance, and what it is about: noise has one of its own."""
    if change == "noise":
        return "noise_distance", {"explanation": name}
    return "small_change_distance", {"explanation": name, "change": change}


def _unmoved(name: str, change: str, because: str) -> Iterator[Evidence]:
    measure, about = _distance(name, change)
    yield Evidence(measure, None, about=about, because=because)
    excess = "shift_excess" if change == "shift" else "small_change_excess"
    yield Evidence(excess, None, about={"explanation": name, "change": change}, because=because)


def _moved(
    name: str,
    change: str,
    setting: Setting,
    explained: tuple[Explanation, Explanation],
    rows: tuple[Any, Moved],
    noise: float,
) -> Iterator[Evidence]:
    """Measure how far the explanation moved, and how much farther than the score."""
    which = rows[1].which
    one, after = (e[which] for e in explained)
    before, behind = _comparable(change, setting, one.values, after.values)
    scale = float(np.abs(one.prediction - one.base).mean())
    scores = [setting.target(setting.model.predict(take(r, which))) for r in (rows[0], rows[1].rows)]
    shift = float(np.abs(np.asarray(scores[1]) - np.asarray(scores[0])).mean())
    detail: dict[str, float | int | str | bool | None] = {
        "prediction_moved": shift / scale if scale else shift,
        "confidence": 0.95,
    }
    if change == "noise":
        detail["noise"] = noise
    measure, about = _distance(name, change)
    value, low, high, n = mean_interval(relative_distance(_flat(before), _flat(behind)))
    yield Evidence(measure, value, low, high, n, "relative L2 distance", about, detail=detail)
    found = excess_movement(_flat(before), _flat(behind), after.prediction - one.prediction)
    value, low, high, n = mean_interval(found)
    about = {"explanation": name, "change": change}
    measure = "shift_excess" if change == "shift" else "small_change_excess"
    yield Evidence(measure, value, low, high, n, "share of mean |values|", about, detail=detail)


def _comparable(change: str, setting: Setting, one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Return values that say the same of the same players: of shifted rows, the places that both maps show."""
    if change != "shift":
        return one, other
    owner = blocks(tuple(setting.inputs.shape[1:]))
    before, after = places(one, owner), places(other, owner)
    assert before is not None
    assert after is not None
    return moved_along(before, after)


def jittered(rows: Any, inputs: Any, noise: float, rng: np.random.Generator) -> Any | None:
    """Return rows with noise on every numeric column of more than two values, or None where there is none."""
    if isinstance(rows, pd.DataFrame):
        out = rows.copy()
        floats = [c for c in inputs.columns if inputs[c].dtype.kind == "f" and inputs[c].nunique() > 2]
        for column in floats:
            out[column] = rows[column] + noise * float(inputs[column].std()) * rng.standard_normal(len(rows))
        return out if floats else None
    array = as_array(inputs)
    moving = np.array([array.dtype.kind == "f" and len(np.unique(column[:1000])) > 2 for column in array.T])
    if not moving.any():
        return None
    step = noise * array.std(axis=0) * moving * rng.standard_normal((len(rows), array.shape[1]))
    if is_tensor(rows):
        return rows + plugin.function("torch", "as_tensor")(step, dtype=rows.dtype, device=rows.device)
    return (rows + step).astype(array.dtype)
