"""Words left out one at a time: by how much the score changes without each word or sentence.

The second opinion to `words`. It asks one text a word and no more, and so cannot see words that stand in for each
other: each of two that say the same is not missed while the other stays.
"""

from typing import Any

import numpy as np

from xaikit.compute.spans import TextGame, Unit, padded, parts_of
from xaikit.compute.texts import as_texts
from xaikit.core.errors import shown
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.progress import Progress
from xaikit.core.target import Target


def explain(
    model: Model,
    inputs: Any,
    target: Target,
    progress: Progress,
    *,
    unit: Unit = "word",
    mask: str | None = None,
) -> Explanation:
    """Explain texts by what is lost without each word or sentence.

    Parameters
    ----------
    model : Model
        Reads a list of texts.
    inputs : list of str
        What to explain.
    target : Target
        The scalars to explain.
    progress : Progress
        Told after every text.
    unit : {"word", "sentence"}
        What is left out.
    mask : str, optional
        Put in the place of what is left out, such as "[MASK]"; nothing by default.

    Returns
    -------
    Explanation
        `values` (texts, most players, outputs), 0 beyond a text's last player: score of the text less that without
        the player. They do not add up. `base` is the score with everything left out.

    Raises
    ------
    DataError
        When the inputs are not texts, or one has no words.

    References
    ----------
    Zeiler, M. D. and Fergus, R. (2014). Visualizing and understanding convolutional networks. ECCV.
    Li, J., Monroe, W. and Jurafsky, D. (2016). Understanding neural networks through representation erasure. arXiv
    1612.08220.
    """
    texts = as_texts(inputs)
    parts = parts_of(texts, unit)
    outputs = len(target.outputs)
    values = np.zeros((len(texts), max(map(len, parts)), outputs))
    base, whole = np.zeros((2, len(texts), outputs))
    asked = 0
    for i, players in enumerate(parts):
        n = len(players)
        game = TextGame(model, target, players, mask, " " if unit == "word" else "")
        masks = np.concatenate([np.zeros((1, n), bool), np.ones((1, n), bool), ~np.eye(n, dtype=bool)])
        scores = game.scores(masks)
        base[i], whole[i] = scores[:2]
        values[i, :n] = whole[i] - scores[2:]
        asked += game.asked
        progress("word occlusion", i + 1, len(texts))
    return Explanation(
        values=values,
        base=base,
        prediction=whole,
        feature_names=tuple(f"{unit} {k + 1}" for k in range(values.shape[1])),
        output_names=target.outputs,
        engine="word_occlusion",
        data=padded(parts),
        target=target.name,
        budget={"model_rows": asked, "because": f"each {unit} left out once, all others kept"},
        background={"left_out": "removed" if mask is None else f"replaced by {shown(mask, 20)}"},
        notes=("differences, not shares: the values do not add up to prediction − base",),
    )
