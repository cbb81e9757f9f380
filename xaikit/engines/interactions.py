"""Which pairs of features act together: Shapley–Taylor interactions, with what each feature adds alone.

The values of single features and of pairs add up to prediction − base, so nothing is counted twice.
"""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.attributions import note
from xaikit.compute.budgets import Budget, Samples, draws
from xaikit.compute.masking import masked
from xaikit.core.errors import DataError
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target
from xaikit.stats.permutations import Walks, balanced, estimate_by_orders, interactions, orders, pairs_of
from xaikit.stats.studentised import clusters


def explain(
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players,
    rng: np.random.Generator,
    progress: Progress,
    *,
    budget: Budget = "auto",
    samples: Samples = None,
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.1,
) -> Explanation:
    """Explain rows by single features and pairs.

    Parameters
    ----------
    model : Model
        Any black box.
    inputs, background : array, tensor or table, shape (rows, columns)
        What to explain, and what absent features are drawn from.
    target : Target
        The scalars to explain.
    players : Players
        Features, at most 60.
    rng : numpy.random.Generator
        Draws orders, the same for all rows.
    progress : Progress
        Told of rows done.
    budget : int or "auto"
        Model evaluations a row. They are spent on orders, each before one background row, at about players² / 2
        evaluations an order; rounded up to whole rounds of the background when there are more orders than background
        rows. "auto" takes 100 orders.
    samples : int, optional
        The older word, for the number of orders.
    tolerance : float
        Converged means: standard error ≤ tolerance × the row's largest absolute value.

    Returns
    -------
    Explanation
        Values (rows, players + pairs, outputs); the names of pairs are joined by " × ". `stderr` is the total,
        and `degrees` count the background rows behind it.

    Raises
    ------
    DataError
        With fewer than 2 or more than 60 features.

    References
    ----------
    Sundararajan, M., Dhamdhere, K. and Agarwal, A. (2020). The Shapley Taylor interaction index. ICML.
    """
    if not 2 <= len(players) <= 60:
        raise DataError("inputs", f"{len(players)} features", "2 to 60: join some into groups")
    game = masked(model, inputs, background, target, players)
    whole, nobody = game.whole(), game.nobody()
    each = len(players) * (len(players) + 1) // 2 + 1
    wanted, said = draws("engine interactions", budget, samples, 100, each)
    count = wanted if wanted <= len(nobody) else -(-wanted // len(nobody)) * len(nobody)
    order = orders(len(players), count, rng)
    walks = Walks(order, balanced(count, len(nobody), rng), (count,))
    one, two = pairs_of(len(players))
    names = (*players.names, *(f"{players.names[i]} × {players.names[j]}" for i, j in zip(one, two, strict=True)))

    def play(rows: NDArray[np.intp], masks: NDArray[np.bool_], at: NDArray[np.intp]) -> NDArray[np.float64]:
        return game.values(rows, masks, at)[:, :, 0]

    progress("interactions", 0, 1)
    found = estimate_by_orders(
        play, walks, whole, nobody, tolerance, chunk=2**21, walk=interactions, terms=len(names)
    )
    progress("interactions", 1, 1)
    return Explanation(
        values=found.values,
        base=np.broadcast_to(nobody.mean(axis=0), whole.shape).copy(),
        prediction=whole,
        feature_names=names,
        output_names=target.outputs,
        engine="interactions",
        stderr=np.sqrt(found.sampling + found.background),
        degrees=np.full_like(found.values, clusters(count, len(nobody)) - 1.0),
        converged=found.converged,
        target=target.name,
        budget={"model_rows": game.spent, "orders": count, "because": f"{count} orders, one background row each"},
        notes=(
            *note(found.converged, f"have errors above {tolerance:g} of their largest value", "give a larger budget"),
            *said,
        ),
        detail={"stderr_sampling": np.sqrt(found.sampling), "stderr_background": np.sqrt(found.background)},
    )
