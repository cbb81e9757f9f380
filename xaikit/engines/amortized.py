"""Amortised Shapley values: a net learns to explain, and is certified against the sampling estimator before use.

For very many rows. The net is trained on estimates for a part of the rows; on another part, which it never saw, its
answers are compared with accurate estimates. What it may be wrong by, a conformal bound for each feature, is the
interval of every value. Where the bound is loose, the values are reported as not converged.
"""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.attributions import precise
from xaikit.compute.batches import length
from xaikit.compute.budgets import Budget, Samples, draws
from xaikit.compute.coordinates import codes_like
from xaikit.compute.devices import resolve
from xaikit.compute.explainer_net import answered, trained
from xaikit.compute.masking import Masked, masked
from xaikit.compute.tables import player_data
from xaikit.core.errors import DataError
from xaikit.core.explanation import Explanation
from xaikit.core.model import Differentiable, Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress
from xaikit.core.target import Target
from xaikit.stats.permutations import Walks, balanced, estimate_by_orders, orders

Floats = NDArray[np.float64]
Z95 = 1.959963984540054


def explain(
    model: Model,
    inputs: Any,
    background: Any,
    target: Target,
    players: Players,
    rng: np.random.Generator,
    progress: Progress,
    *,
    train: Annotated[int, Field(ge=200)] = 2000,
    certify: Annotated[int, Field(ge=100)] = 300,
    budget: Budget = "auto",
    samples: Samples = None,
    tolerance: Annotated[float, Field(gt=0)] = 0.25,
    epochs: Annotated[int, Field(ge=1)] = 200,
) -> Explanation:
    """Explain very many rows by a trained and certified net.

    Parameters
    ----------
    model : Model
        Any black box; beside a net of torch the explainer is trained where that lies, else on the fastest device.
    inputs, background : array, tensor or table, shape (rows, columns)
        What to explain, of which a part is used to train and to certify; and what absent features are drawn from.
    target : Target
        The scalars to explain.
    players : Players
        Features.
    rng : numpy.random.Generator
        Draws rows, orders and the net's first weights.
    progress : Progress
        Told of the three stages.
    train, certify : int
        Rows to train on, and others to certify on.
    budget : int or "auto"
        Model evaluations a training row, spent on antithetic orders at 2 × (players − 1) each; the rows of the
        certificate get 8 times as many. "auto" takes 32 orders.
    samples : int, optional
        The older word, for the number of orders.
    tolerance : float
        Converged means: bound ≤ tolerance × the row's largest absolute value, for every feature.
    epochs : int
        Of the training.

    Returns
    -------
    Explanation
        Values (rows, players, outputs), which add up exactly; `stderr` is the conformal bound / 1.96, so that ±1.96
        standard errors hold 95 % of rows; `detail` holds `conformal_bound` and `r2` (players, outputs; NaN where a
        feature's values do not vary).

    Raises
    ------
    DataError
        With fewer rows than `train` + `certify`: the engine "shapley" is then the better choice.

    References
    ----------
    Jethani, N. et al. (2022). FastSHAP: real-time Shapley value estimation. ICLR.
    Covert, I. et al. (2024). Stochastic amortization. NeurIPS 37.
    Lei, J. et al. (2018). Distribution-free predictive inference for regression. JASA 113(523).
    """
    n = length(inputs)
    if n < train + certify or len(players) < 2:
        expected = f"at least {train + certify} rows of two features or more"
        raise DataError(
            "engine amortized", f"{n} rows of {len(players)} features", expected, "Use the engine 'shapley'."
        )
    each, said = draws("engine amortized", budget, samples, 32, 2 * (len(players) - 1))
    game = masked(model, inputs, background, target, players)
    whole, nobody = game.whole(), game.nobody()
    drawn = rng.permutation(n)[: train + certify]
    progress("amortized: estimates to learn from", 0, 3)
    lesson = _estimated(game, drawn[:train], whole, nobody, each, rng)[0]
    progress("amortized: training", 1, 3)
    codes = codes_like(background)(inputs)
    rows = (codes - codes[drawn[:train]].mean(axis=0)) / np.maximum(codes[drawn[:train]].std(axis=0), 1e-9)
    scale = np.maximum(lesson.std(axis=(0, 1)), 1e-12)
    where = model.device if isinstance(model, Differentiable) else resolve("auto")
    net = trained(rows[drawn[:train]], lesson / scale, rng, where, epochs)
    total = whole - nobody.mean(axis=0)
    values = answered(net, rows, total / scale) * scale
    values += (total - values.sum(axis=1))[:, None] / len(players)  # the net adds up in single precision
    progress("amortized: certificate", 2, 3)
    held = drawn[train:]
    exam, error = _estimated(game, held, whole, nobody, 8 * each, rng)
    bound, r2 = certificate(values[held], exam, error)
    fine = precise(values, np.broadcast_to(bound, values.shape), tolerance)
    progress("amortized", 3, 3)
    return Explanation(
        values=values,
        base=np.broadcast_to(nobody.mean(axis=0), whole.shape).copy(),
        prediction=whole,
        feature_names=players.names,
        output_names=target.outputs,
        engine="amortized",
        stderr=np.broadcast_to(bound / Z95, values.shape).copy(),
        converged=fine,
        data=player_data(inputs, players),
        target=target.name,
        budget={"model_rows": game.spent, "because": f"trained on {train} rows, certified on {certify} others"},
        notes=(*_notes(fine, r2, tolerance), *said),
        detail={"conformal_bound": bound, "r2": r2},
    )


def _estimated(
    game: Masked, rows: NDArray[np.intp], whole: Floats, nobody: Floats, samples: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return values of some rows and their sampling error; rows in small blocks, each with orders of its own."""
    count = int(game.owner.max()) + 1
    found, errors = [], []
    for block in np.array_split(rows, max(1, len(rows) // 20)):
        dealt = balanced(samples, len(nobody), rng)
        walks = Walks(orders(count, samples, rng), dealt, (samples,))

        def play(
            which: NDArray[np.intp], masks: NDArray[np.bool_], at: NDArray[np.intp], block: Any = block
        ) -> Floats:
            return game.values(block[which], masks, at)[:, :, 0]

        estimate = estimate_by_orders(play, walks, whole[block], nobody, 1.0)
        found.append(estimate.values)
        errors.append(np.sqrt(estimate.sampling))
    return np.concatenate(found), np.concatenate(errors)


def certificate(values: Floats, exam: Floats, error: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return what each feature's value may be wrong by, and how much of the exam's variance it explains.

    Parameters
    ----------
    values, exam, error : float array, shape (rows, players, outputs)
        Of the net, of the estimator, and the estimator's standard error, on rows that neither trained.
    level : float
        Share of new rows whose value lies within the bound.

    Returns
    -------
    float array, float array, shape (players, outputs)
        Split-conformal bound on |value − estimate|, which contains the estimator's own error; and R², NaN where the
        estimates do not vary beyond their errors: there is nothing to explain.
    """
    miss = np.sort(np.abs(values - exam), axis=0)
    rank = min(len(miss) - 1, int(np.ceil((len(miss) + 1) * level)) - 1)
    noise = (error**2).mean(axis=0)
    spread = exam.var(axis=0) - noise
    varies = spread > 1e-12 * (exam**2).mean(axis=0).max(axis=0) + 1e-300
    left = np.clip(((values - exam) ** 2).mean(axis=0) - noise, 0, None)
    return miss[rank], np.where(varies, 1 - left / np.where(varies, spread, 1), np.nan)


def _notes(fine: NDArray[np.bool_], r2: Floats, tolerance: float) -> tuple[str, ...]:
    known = r2[np.isfinite(r2)]
    span = f"R² from {known.min():.2f} to {known.max():.2f} over the features" if known.size else "no feature varies"
    said = f"values of a trained net: {span} on rows it never saw"
    open_rows = int((~fine.all(axis=1)).sum())
    if not open_rows:
        return (said,)
    return (
        said,
        f"NOT CONVERGED: the certificate is looser than {tolerance:g} of the largest value in {open_rows} of "
        f"{len(fine)} rows; do not quote those, use the engine 'shapley' on them",
    )
