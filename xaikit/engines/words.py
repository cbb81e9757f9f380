"""Which words of a text moved the score? Shapley or Owen values of words or sentences, by leaving them out.

A text is a game of its own: its words are the players, and a coalition is the text with the other words left out or
masked. Works for any model that reads texts.
"""

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.spans import Span, TextGame, Unit, labels, padded, parts_of
from xaikit.compute.texts import as_texts
from xaikit.core.errors import SpecError, shown
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.progress import Progress
from xaikit.core.target import Target
from xaikit.stats.coalitions import total_pairs
from xaikit.stats.permutations import Walks, contributions, estimate_by_orders, every_nested_order, nested_orders
from xaikit.stats.shapley_values import minimum_pairs, paired_regression, regular_design

Floats = NDArray[np.float64]
LEFT_OUT = "A text with words left out is not a text that anybody wrote: values show what the model used."
MOST_ORDERS = 720


def explain(
    model: Model,
    inputs: Any,
    target: Target,
    rng: np.random.Generator,
    progress: Progress,
    *,
    unit: Unit = "word",
    mask: str | None = None,
    partition: list[Span] | None = None,
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
    partition : list of {"clause", "sentence"}, optional
        Words of a span join together: the values are then Owen values, and with both spans those of words in clauses
        in sentences (Winter). What a span is worth is shared among its words, and is the Shapley value of the game
        of spans; other words are asked about only as whole spans, so fewer of the texts asked are broken ones.
    budget : int or "auto"
        Texts asked for each text explained; "auto" is 2^n where that is at most 512, else 32 n but at least 512. With
        a partition "auto" is 64 n; all orders are walked where there are at most 720.

    Returns
    -------
    Explanation
        `values` (texts, most players, outputs), 0 beyond a text's last player; `data` holds the words, "" beyond the
        last. `base` is the score of the text with everything left out. Where all coalitions were tried, `stderr`
        is 0. With a partition `detail` holds, by span, the number of the span of each word, −1 beyond the last.

    Raises
    ------
    DataError
        When the inputs are not texts, or one has no words.
    SpecError
        For a partition of sentences into spans.

    References
    ----------
    Owen, G. (1977). Values of games with a priori unions. Mathematical Economics and Game Theory, 76–88.
    Winter, E. (1989). A value for cooperative games with levels structure of cooperation. International Journal of
    Game Theory 18, 227–240.
    Lundberg, S. M., Lee, S.-I. (2017). A unified approach to interpreting model predictions. NeurIPS 30.
    Mosca, E., et al. (2022). SHAP-based explanation methods: a review for NLP interpretability. COLING, 4593–4603.
    """
    spans = sorted(set(partition or []), key=["sentence", "clause"].index)  # the wider span first
    if spans and unit != "word":
        raise SpecError("words.partition", f"{shown(spans)} of {unit}s", "unit: word")
    texts = as_texts(inputs)
    parts = parts_of(texts, unit)
    most, outputs = max(map(len, parts)), len(target.outputs)
    values, stderr = np.zeros((2, len(texts), most, outputs))
    base, whole = np.zeros((2, len(texts), outputs))
    member = np.full((len(spans), len(texts), most), -1)
    asked = 0
    for i, players in enumerate(parts):
        game = TextGame(model, target, players, mask, " " if unit == "word" else "")
        n = len(players)
        if spans:
            levels = np.stack([labels(texts[i], s) for s in spans])
            member[:, i, :n] = levels
            found = _joined(game, levels, budget, rng)
        else:
            found = _solved(game, _pairs(n, budget), rng)
        values[i, :n], stderr[i, :n], base[i], whole[i] = found
        asked += game.asked
        progress("words", i + 1, len(texts))
    exact = np.repeat((stderr.max(axis=(1, 2)) == 0)[:, None], outputs, axis=1)
    converged = exact | (stderr.max(axis=1) <= 0.1 * np.abs(values).max(axis=1))
    return Explanation(
        values=values,
        base=base,
        prediction=whole,
        feature_names=tuple(f"{unit} {k + 1}" for k in range(most)),
        output_names=target.outputs,
        engine="words",
        stderr=stderr,
        converged=converged,
        data=padded(parts),
        target=target.name,
        budget={"model_rows": asked, "because": f"at most {budget} texts a text" if budget != "auto" else "auto"},
        detail=dict(zip(spans, member, strict=True)),
        background={"left_out": "removed" if mask is None else f"replaced by {shown(mask, 20)}"},
        notes=(LEFT_OUT, *_not_converged(converged)),
    )


def _solved(game: TextGame, pairs: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats, Floats]:
    """Return values and standard errors (players, outputs), and the scores of nothing and of everything."""
    n = len(game.players)
    base, whole = game.scores(np.array([np.zeros(n, bool), np.ones(n, bool)]))
    total = whole - base
    if n == 1:
        return total[None], np.zeros((1, len(total))), base, whole
    design = regular_design(n, (pairs,), rng)
    scores = game.scores(np.concatenate([design.masks, ~design.masks]))
    regression = paired_regression(design)
    half = (scores[: len(design)] - scores[len(design) :]).T / 2 - regression.share * total[:, None]
    values, variance = regression.values(half, total), regression.variance(half)
    return values.T, np.sqrt(variance).T, base, whole


def _joined(
    game: TextGame, levels: NDArray[np.intp], budget: int | str, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the same as `_solved`, of words that join span by span: all orders, or some of them."""
    n = levels.shape[1]
    base, whole = game.scores(np.array([np.zeros(n, bool), np.ones(n, bool)]))
    if n == 1:
        return (whole - base)[None], np.zeros((1, len(base))), base, whole

    def scores(_rows: object, masks: NDArray[np.bool_], _behind: object) -> Floats:
        return game.scores(masks)[None]

    row = np.zeros(1, dtype=np.intp)
    every = every_nested_order(levels, MOST_ORDERS) if budget == "auto" else None
    if every is not None:
        behind = np.zeros(len(every), dtype=np.intp)
        added = contributions(scores, row, every, behind, whole[None], base[None])
        return added[0].mean(axis=0), np.zeros((n, len(base))), base, whole
    count = 32 if budget == "auto" else max(2, int(budget) // (2 * (n - 1)))
    walks = Walks(nested_orders(levels, count, rng), np.zeros(count, dtype=np.intp), (count,))
    found = estimate_by_orders(scores, walks, whole[None], base[None], 0.1)
    return found.values[0], np.sqrt(found.sampling[0]), base, whole


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
