"""Integrated gradients on the embeddings of a text, summed by word: for nets that torch can differentiate.

A third opinion on texts, which asks no broken text: the path leads from tokens that say nothing to the tokens that
stand there. What lies between two tokens is no text either; the net has an answer to it, and nobody wrote it.
"""

import re
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.attributions import complete, note
from xaikit.compute.gradients import Scores, path_integral, scores_of
from xaikit.compute.spans import PARTS, Unit, padded, parts_of
from xaikit.compute.tensors import rows_a_call
from xaikit.compute.texts import as_texts
from xaikit.core.explanation import Explanation
from xaikit.core.model import Embedded
from xaikit.core.progress import Progress
from xaikit.core.target import Target

Floats = NDArray[np.float64]
LADDER = (32, 128, 512)


def explain(
    model: Embedded,
    inputs: Any,
    target: Target,
    progress: Progress,
    *,
    unit: Unit = "word",
    steps: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto",
    tolerance: Annotated[float, Field(gt=0)] = 0.01,
) -> Explanation:
    """Explain texts by integrated gradients from tokens that say nothing.

    Parameters
    ----------
    model : Embedded
        A net that reads embeddings as well as texts.
    inputs : list of str
        What to explain.
    target : Target
        The scalars to explain.
    progress : Progress
        Told after every text.
    unit : {"word", "sentence"}
        What the values of tokens are summed over.
    steps : int or "auto"
        Points on each path. "auto" begins with 32, and takes 128 and 512 where the values do not add up.
    tolerance : float
        Converged means: |prediction − base − sum of the values| ≤ tolerance × |prediction − base|.

    Returns
    -------
    Explanation
        `values` (texts, most players, outputs), 0 beyond a text's last player and for words that the net cuts off.
        `base` is the score of as many tokens that say nothing, between the special ones, which stay.

    Raises
    ------
    DataError
        When the inputs are not texts, or one has no words.
    ModelError
        When the tokenizer does not say where its tokens stand.

    References
    ----------
    Sundararajan, M., Taly, A. and Yan, Q. (2017). Axiomatic attribution for deep networks. ICML, § 6.3 (texts).
    """
    texts = as_texts(inputs)
    parts, outputs = parts_of(texts, unit), len(target.outputs)
    values = np.zeros((len(texts), max(map(len, parts)), outputs))
    base, whole = np.zeros((2, len(texts), outputs))
    ladder = LADDER if steps == "auto" else (int(steps),)
    scores, spent, cut = scores_of(model, target), 0, 0
    for i, text in enumerate(texts):
        spans = np.array(model.spans(text)).reshape(-1, 2)
        ends = model.embed(text)
        said = torch.as_tensor(spans[:, 1] > spans[:, 0], device=ends.device)
        starts = torch.where(said[None, :, None], model.absent().to(ends.dtype), ends)
        both = _answers(scores, torch.cat([starts, ends]))
        base[i], whole[i] = both
        by_token, taken = _climbed(scores, starts, ends, both[1] - both[0], ladder, tolerance, model)
        owner = owners(text, spans, PARTS[unit])
        np.add.at(values[i], owner[owner >= 0], by_token[owner >= 0])
        cut += int(spans[:, 1].max(initial=0) < len(text.rstrip()))
        spent += taken
        progress("word gradients", i + 1, len(texts))
    converged = complete(values, whole, base, tolerance)
    return Explanation(
        values=values,
        base=base,
        prediction=whole,
        feature_names=tuple(f"{unit} {k + 1}" for k in range(values.shape[1])),
        output_names=target.outputs,
        engine="word_gradients",
        converged=converged,
        data=padded(parts),
        target=target.name,
        budget={"model_rows": spent, "because": f"{ladder[0]} to {ladder[-1]} points a path"},
        background={"left_out": "tokens that say nothing"},
        notes=(
            *note(converged, f"miss the change of the output by over {tolerance:g} of it", "give more steps"),
            *([f"{cut} texts are longer than the net reads: words beyond have the value 0"] if cut else []),
        ),
    )


def _answers(scores: Scores, points: torch.Tensor) -> Floats:
    with torch.inference_mode():
        return np.asarray(scores(points).cpu().double().numpy())


def _climbed(
    scores: Scores,
    starts: torch.Tensor,
    ends: torch.Tensor,
    change: Floats,
    ladder: tuple[int, ...],
    tolerance: float,
    model: Embedded,
) -> tuple[Floats, int]:
    """Return the values of tokens, (tokens, outputs), and the points taken; more points where they do not add up."""
    size, spent = rows_a_call(model, tuple(ends.shape[1:])), 0
    for steps in ladder:
        found = path_integral(scores, starts, ends, steps, size).sum(dim=-1)[:, 0]
        spent += steps
        values = np.asarray(found.cpu().double().numpy().T)
        if (np.abs(change - values.sum(axis=0)) <= tolerance * np.abs(change)).all():
            break
    return values, spent


def owners(text: str, spans: NDArray[np.intp], part: re.Pattern[str]) -> NDArray[np.intp]:
    """Return the player in which each token begins, int array (tokens,); −1 for tokens that are no part of the text.

    Examples
    --------
    >>> owners("so, yes", np.array([[0, 0], [0, 2], [2, 3], [4, 7]]), PARTS["word"]).tolist()
    [-1, 0, 0, 1]
    """
    ends = np.array([m.end() for m in part.finditer(text)])
    begins = np.array([m.start() for m in part.finditer(text)])
    # a token may hold the white space before its word: its last letter tells where it belongs
    place = np.searchsorted(ends, spans[:, 1] - 1, side="right")
    inside = (spans[:, 1] > spans[:, 0]) & (place < len(ends))
    place = np.where(inside, place, 0)
    return np.where(inside & (spans[:, 1] > begins[place]), place, -1)
