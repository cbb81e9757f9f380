"""`xaikit.explain`: attribution values of any model, from anything that holds rows."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from xaikit.auditing import elsewhere
from xaikit.auditing.gaps import takes_gaps
from xaikit.auditing.models import as_model
from xaikit.auditing.targets import explained
from xaikit.compute.batches import as_array, is_tensor, length, take
from xaikit.compute.digests import digest
from xaikit.compute.seeds import generator
from xaikit.compute.tables import as_rows, columns_of, complete
from xaikit.core import plugin
from xaikit.core.errors import DataError, SpecError, nearest, shown
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.progress import Progress, silent
from xaikit.core.target import Target

BACKGROUND_ROWS = 100


def explain(
    predict_or_model: Any,
    X: Any,
    *,
    background: Any = None,
    engine: str = "shapley",
    target: Target | str | int | Sequence[int] | Callable[[Any], Any] = "all",
    budget: int | str = "auto",
    groups: Mapping[str, Sequence[str | int]] | None = None,
    feature_names: Sequence[str] | None = None,
    seed: int = 0,
    progress: bool | Progress = False,
    device: str = "auto",
    **parameters: Any,
) -> Explanation:
    """Explain rows of any model: what each feature added to the output, and how sure that is.

    Parameters
    ----------
    predict_or_model : object
        An `nn.Module`, a fitted scikit-learn estimator, a callable `batch → scores`, or a `Model`.
    X : array, tensor, or pandas, polars or Arrow table, shape (rows, columns)
        The rows to explain, as the model takes them.
    background : like `X`, optional
        What an absent feature is drawn from: rows of the population. By default a seeded sample of `X`.
    engine : str
        "shapley", "integrated_gradients", …: `xaikit list engines`.
    target : "all", "predicted", int, str, callable, or sequence of int
        Which outputs: all of them, each row's predicted class, one by index or name, a function of the outputs, or
        one index a row.
    budget : int or "auto"
        Evaluations a row, of engines that sample.
    groups : mapping of str to sequence of str or int, optional
        Columns (names or positions) that are one feature, such as the one-hot columns of a category.
    feature_names : sequence of str, optional
        Names of the columns, where `X` has none.
    seed : int
        Same inputs and seed give the same numbers.
    progress : bool or callable
        True writes to the standard error; a callable is told task, done, total.
    device : str
        Where a torch model computes: "auto" leaves it where it is; from any other it returns afterwards.
    **parameters
        Of the engine.

    Returns
    -------
    Explanation
        `values` (rows, features, outputs), `base` (rows, outputs), `stderr` like `values` or None.

    Raises
    ------
    DataError
        For no rows, infinite numbers, missing values that the model does not take, or a background that does not fit.
    SpecError
        For an unknown engine, parameter, target or group.
    ModelError
        When the model does not answer as it must.

    Examples
    --------
    >>> import numpy as np, xaikit as xk
    >>> X = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> found = xk.explain(lambda x: x @ [10.0, 1.0], X, background=np.zeros((1, 2)))
    >>> found.values[..., 0].round(6).tolist()
    [[10.0, 2.0], [30.0, 4.0]]
    """
    inputs = _checked(as_rows(X, "X", background), "X")
    if engine not in plugin.names("engines"):
        elsewhere.named(engine)
    found = plugin.load("engines", engine, "xaikit.explain")
    elsewhere.called(engine, parameters, found.parameters)
    if "players" not in found.inputs and isinstance(inputs, pd.DataFrame) and inputs.shape[1] == 1:
        inputs = as_rows(inputs.iloc[:, 0], "X")  # a column of texts, for an engine that takes no columns
    needed = "background" in found.inputs or background is not None
    behind, drawn, notes = _background(inputs, background, seed) if needed else (inputs, "", ())
    players = _players(inputs, feature_names, groups)
    if budget != "auto" or ("budget" in found.parameters and "budget" not in parameters):
        parameters = {"budget": budget, **parameters}
    chosen = plugin.validated(found, parameters, f"explain.{engine}")
    model = as_model(predict_or_model)
    _capable(found, model, players)
    for where, batch in (("X", inputs), ("background", behind)):
        complete(batch, where, gaps=takes_gaps(model, batch))
    given = {
        "model": model,
        "background": behind,
        "players": players,
        "progress": _told(progress),
        "inputs": inputs,
    }
    with nullcontext() if device == "auto" else plugin.function("xaikit.compute.devices", "on")(model, device):
        explanation = explained(found, given, chosen, target, seed)
    facts = dict(explanation.background)
    if needed:
        facts |= {"digest": digest(behind), "rows": length(behind), "drawn": drawn}
    return replace(explanation, background=facts, notes=(*notes, *explanation.notes), seed=seed)


def _checked(batch: Any, where: str) -> Any:
    if getattr(batch, "ndim", 2) == 1:
        hint = "One row? Use X.reshape(1, -1)." if where == "X" else None
        raise DataError(where, f"shape {tuple(batch.shape)}", "rows and columns: (rows, columns)", hint)
    complete(batch, where, gaps=True)
    return batch


def _background(inputs: Any, background: Any, seed: int) -> tuple[Any, str, tuple[str, ...]]:
    """Return the background as the inputs are, how it was drawn, and what to note."""
    if background is not None:
        behind = as_rows(background, "background", inputs)
        if getattr(behind, "ndim", 2) == getattr(inputs, "ndim", 2) - 1:
            behind = behind[None]  # one row
        return _fitting(inputs, _checked(behind, "background")), "given", ()
    n = length(inputs)
    if n < 2:
        raise DataError("background", "none, and one row in X", "background=: rows of the population")
    keep = np.sort(generator(seed, "background").choice(n, size=min(n, BACKGROUND_ROWS), replace=False))
    note = f"background: {len(keep)} of the {n} explained rows, as none was given"
    return take(inputs, keep), f"sample of X, seed {seed}", (note,)


def _fitting(inputs: Any, background: Any) -> Any:
    """Return the background with the columns of the inputs, in their order and container."""
    if isinstance(inputs, pd.DataFrame):
        if not isinstance(background, pd.DataFrame):
            background = pd.DataFrame(as_array(background))
            if background.shape[1] == inputs.shape[1]:
                background.columns = inputs.columns
        return background[_same_columns(inputs, background)]
    if isinstance(background, pd.DataFrame):
        background = background.to_numpy()
    shapes = [tuple(getattr(b, "shape", (0,)))[1:] for b in (inputs, background)]
    if shapes[0] != shapes[1]:
        hint = "Is X one row? Use X[None]." if getattr(inputs, "shape", None) == shapes[1] else None
        raise DataError("background", f"rows of shape {shapes[1]}", f"rows of shape {shapes[0]}, as X has", hint)
    return _like_tensor(inputs, background) if is_tensor(inputs) else background


def _like_tensor(inputs: Any, background: Any) -> Any:
    """Return the background as a tensor of the type of the inputs; fractions are never cut off to fit integers."""
    made = plugin.function("torch", "as_tensor")(background, device=inputs.device)
    if made.is_floating_point() and not inputs.is_floating_point():
        raise DataError(
            "background", f"{made.dtype} beside X of {inputs.dtype}", "one type for both", "Use X.float()."
        )
    return made.to(inputs.dtype)


def _same_columns(inputs: pd.DataFrame, background: pd.DataFrame) -> list[Any]:
    missing = [c for c in inputs.columns if c not in background.columns]
    if missing:
        near = nearest(missing[0], background.columns)
        got = f"{background.shape[1]} columns, without {shown(str(missing[0]))}"
        hint = f"Did you mean {shown(near)}?" if near else None
        raise DataError("background", got, f"the {inputs.shape[1]} columns of X", hint)
    return list(inputs.columns)


def _players(
    inputs: Any, names: Sequence[str] | None, groups: Mapping[str, Sequence[str | int]] | None
) -> Players | None:
    columns = columns_of(inputs)
    if columns is None:
        if groups:
            raise SpecError("groups", "groups of columns", "a flat table: X has no columns")
        return None
    if names is not None:
        if len(names) != len(columns):
            raise SpecError("feature_names", f"{len(names)} names", f"{len(columns)}, one for each column of X")
        columns = [str(n) for n in names]
    twice = [c for c in columns if columns.count(c) > 1]
    if twice:
        raise DataError("X", f"the column {shown(twice[0])} twice", "a name of its own for each column")
    return Players.of(columns, _named(groups, columns))


def _named(groups: Mapping[str, Sequence[str | int]] | None, columns: list[str]) -> dict[str, list[str]]:
    if groups is not None and not isinstance(groups, Mapping):
        raise SpecError(
            "groups", f"a {type(groups).__name__}", 'names and their columns: {"job": ["job_a", "job_b"]}'
        )
    named = {}
    for name, members in (groups or {}).items():
        members = [members] if isinstance(members, (str, int)) else list(members)
        if not members:
            raise SpecError(f"groups.{name}", "no columns", "at least one column")
        named[name] = [_column(m, columns) for m in members]
    return named


def _column(member: str | int, columns: list[str]) -> str:
    by_position = isinstance(member, (int, np.integer)) and 0 <= member < len(columns)
    return columns[int(member)] if by_position else str(member)


def _capable(engine: plugin.Plugin, model: Model, players: Players | None) -> None:
    need = engine.capability
    if isinstance(need, type) and not isinstance(model, need):
        raise SpecError(
            f"engine {engine.name}",
            f"a model of adapter '{model.card.adapter}'",
            f"a model that is {need.__name__}",
            "The engine 'shapley' explains any model.",
        )
    if "players" in engine.inputs and players is None and engine.annotations["players"] is Players:
        hint = "For pictures and series take segments or, of a net, integrated_gradients; for texts, words."
        wanted = f"shape (rows, columns): engine {engine.name} needs columns"
        raise DataError("X", "rows that are no flat table", wanted, hint)


def _told(progress: bool | Progress) -> Progress:
    if callable(progress):
        return progress
    return _written if progress else silent


def _written(task: str, done: int, total: int) -> None:
    sys.stderr.write(f"\r{task}: {done} of {total}" + ("\n" if done >= total else ""))
    sys.stderr.flush()
