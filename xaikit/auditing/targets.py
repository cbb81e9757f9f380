"""Which outputs are explained: the same for all rows, or one of its own for each row."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from xaikit.compute.batches import as_array, length, take
from xaikit.compute.seeds import generator
from xaikit.core import plugin
from xaikit.core.errors import SpecError, shown
from xaikit.core.explanation import OF_ALL, Explanation
from xaikit.core.target import Target, from_callable, one_output, resolve

COUNT = re.compile(r"(.*?)(\d+) of \d+ (rows .*)")
UNSTEADY = 1e-3  # of the largest answer: float32 in batches of other sizes stays below a hundredth of that


def explained(
    engine: plugin.Plugin, given: dict[str, Any], parameters: dict[str, Any], target: Any, seed: int
) -> Explanation:
    """Run an engine on the outputs that were asked for; once an output where rows are asked about different ones.

    Parameters
    ----------
    engine : Plugin
        Which.
    given : dict
        What engines take: model, inputs, background, players, progress.
    parameters : dict
        Of the engine, validated.
    target : object
        As for `xaikit.explain`.
    seed : int
        Of the generators.

    Raises
    ------
    SpecError
        When the target fits neither the outputs nor the rows.
    """
    model, inputs = given["model"], given["inputs"]
    predicted = isinstance(target, str) and target == "predicted"
    scores = model.predict(inputs if predicted else take(inputs, slice(0, 1)))
    names = model.card.output_names or tuple(f"output {i}" for i in range(scores.shape[1]))
    chosen = scores.argmax(axis=1) if predicted else _one_a_row(target, length(inputs), names)
    if chosen is None:
        aim = _counted(target, scores) if callable(target) else resolve(target, names)
        found = _run(engine, {**given, "target": aim}, parameters, generator(seed, "explain"))
        return _doubted(found, aim, scores)
    parts, order = [], []
    for output in np.unique(chosen):
        rows = np.flatnonzero(chosen == output)
        each = {**given, "inputs": take(inputs, rows), "target": one_output(int(output), names)}
        parts.append(_run(engine, each, parameters, generator(seed, "explain", int(output))))
        order.append(rows)
    whose = "predicted" if predicted else "chosen"
    merged = _merged(parts, np.concatenate(order), tuple(names[i] for i in chosen), whose)
    return _doubted(merged, one_output(int(chosen[0]), names), scores)


def _one_a_row(target: Any, rows: int, names: Sequence[str]) -> Any:
    """Return the outputs of a target that names one for each row, as captum's users do; None for other targets."""
    if isinstance(target, (str, int, np.integer, Target)) or callable(target) or not hasattr(target, "__len__"):
        return None
    each = as_array(target)
    if each.shape != (rows,) or each.dtype.kind not in "iu" or not (0 <= each.min() <= each.max() < len(names)):
        expected = f"'all', 'predicted', a name, an index below {len(names)}, or {rows} such indices, one a row"
        raise SpecError("target", shown(target), expected)
    return each


def _counted(target: Any, scores: Any) -> Target:
    """Return the target of a function, told how many scalars it makes of each row."""
    if isinstance(target, Target):
        return target
    try:
        return from_callable(target, resolve(target, ()).apply(scores).shape[1])
    except Exception:  # it may want outputs in the shape in which `forward` gives them, not in rows
        return resolve(target, ())


def _run(
    engine: plugin.Plugin, given: dict[str, Any], parameters: dict[str, Any], rng: np.random.Generator
) -> Explanation:
    everything = {**given, "rng": rng}
    explanation: Explanation = engine.function(*[everything[name] for name in engine.inputs], **parameters)
    return explanation


def _doubted(explanation: Explanation, aim: Target, scores: Any) -> Explanation:
    """Return the explanation, with a note where the model answered its first row otherwise than when asked before.

    That costs no question: the row was asked to know the outputs. Engines that explain another scale are passed over.
    """
    try:
        before = as_array(aim.apply(scores[:1]))[0]
    except Exception:  # a function of the outputs as `forward` shapes them
        return explanation
    now = explanation.prediction[0]
    if explanation.unit != "score" or before.shape != now.shape:
        return explanation
    worst = int(np.abs(now - before).argmax())
    if abs(now - before)[worst] <= UNSTEADY * np.abs([before, now]).max():
        return explanation
    note = (
        f"NOT STEADY: the model answered the first row with {before[worst]:.4g} and, asked again, with "
        f"{now[worst]:.4g}; its answers depend on chance or on the other rows of a batch, and no value or error here "
        "counts that"
    )
    return replace(explanation, notes=(note, *explanation.notes))


def _merged(parts: list[Explanation], order: Any, chosen: tuple[str, ...], whose: str) -> Explanation:
    """Return explanations of several outputs as one, in the order of the rows."""
    back = np.argsort(order)

    def joined(name: str) -> Any:
        arrays = [getattr(p, name) for p in parts]
        return None if arrays[0] is None else np.concatenate(arrays)[back]

    per_row = [k for k in parts[0].detail if k not in OF_ALL]
    detail = {k: np.concatenate([p.detail[k] for p in parts])[back] for k in per_row}
    rows = sum(int(p.budget.get("model_rows", 0)) for p in parts)
    return replace(
        parts[0],
        **{k: joined(k) for k in ("values", "base", "prediction", "stderr", "degrees", "converged", "data")},
        output_names=(whose,),
        target=f"the {whose} output of each row",
        rows=tuple(str(i) for i in range(len(order))),
        notes=_counted_together(parts),
        budget={**parts[0].budget, "model_rows": rows},
        detail={**detail, whose: np.array(chosen, dtype=object)},
    )


def _counted_together(parts: list[Explanation]) -> tuple[str, ...]:
    """Return the notes of all parts; rows that two of them count with the same words are counted together."""
    rows, counts = sum(map(len, parts)), dict[str, int]()
    for part in parts:
        for note in part.notes:
            told = COUNT.match(note)
            form = f"{told[1]}{{}} of {rows} {told[3]}" if told else note
            counts[form] = counts.get(form, 0) + (int(told[2]) if told else 0)
    return tuple(form.format(n) if n else form for form, n in counts.items())
