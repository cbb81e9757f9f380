"""The gate for explanations made one by one: of pictures, series and texts that no audit.yaml names."""

from collections.abc import Mapping
from typing import Any

from xaikit.auditing.models import as_model
from xaikit.auditing.run import checked
from xaikit.compute.batches import take
from xaikit.compute.rerunning import Recipe
from xaikit.compute.seeds import generator
from xaikit.compute.tables import as_rows, columns_of
from xaikit.core import plugin
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.players import Players
from xaikit.core.progress import silent
from xaikit.core.result import Step
from xaikit.core.target import Target, resolve

CHECKS = ("faithfulness", "stability", "agreement", "randomisation")


def examined(
    model: Any,
    inputs: Any,
    explanations: Mapping[str, Explanation],
    *,
    background: Any = None,
    target: Target | str | int = "all",
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    checks: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
) -> tuple[tuple[Evidence, ...], tuple[Step, ...]]:
    """Return what the checks of the gate measure of explanations, and the fate of each check.

    Parameters
    ----------
    model : object
        As for `xaikit.explain`.
    inputs : array, tensor, table or list of texts
        The explained rows; others among them do no harm.
    explanations : mapping of str to Explanation
        By name.
    background, target
        With which they were made. For texts no background is needed.
    parameters : mapping of str to mapping, optional
        With which engine parameters each explanation was made, by its name: it is made again with them.
    checks : mapping of str to mapping, optional
        Parameters by check: {"stability": {"noise": 0.05}}. By default all of the gate with their defaults.
    seed : int
        Same inputs and seed give the same numbers.

    Raises
    ------
    SpecError
        For an unknown check, parameter or target.

    Examples
    --------
    >>> from xaikit.auditing.explaining import explain
    >>> texts = ["hire me", "do not", "please hire"]
    >>> model = lambda rows: [float("hire" in t) for t in rows]
    >>> found = explain(model, texts, engine="words")
    >>> evidence, steps = examined(model, texts, {"why": found})
    >>> [(s.name, s.status) for s in steps]
    [('faithfulness', 'ran'), ('stability', 'ran'), ('agreement', 'ran'), ('randomisation', 'skipped')]
    """
    adapted, rows = as_model(model), as_rows(inputs)
    behind = take(rows, slice(None)) if background is None else as_rows(background)
    first = adapted.predict(take(rows, slice(0, 1)))
    names = adapted.card.output_names or tuple(f"output {i}" for i in range(first.shape[1]))
    columns = None if isinstance(rows, list) else columns_of(rows)
    given = {
        "model": adapted,
        "inputs": rows,
        "background": behind,
        "target": target if isinstance(target, Target) else resolve(target, names),
        "players": Players.of(columns) if columns is not None else None,
        "explanations": dict(explanations),
        "recipes": {n: Recipe(e.engine, (parameters or {}).get(n, {}), behind) for n, e in explanations.items()},
        "progress": silent,
    }
    evidence: list[Evidence] = []
    steps: list[Step] = []
    for name in CHECKS if checks is None else checks:
        found = plugin.load("checks", name, "examined")
        own = {} if checks is None else checks[name]
        evidence += checked(found, own, {**given, "rng": generator(seed, "checks", name)}, steps)
    return tuple(evidence), tuple(steps)
