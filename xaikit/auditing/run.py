"""One audit, top to bottom: what was planned is measured, then judged."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np

from xaikit.auditing.defaults import resolved
from xaikit.auditing.feature_standing import PROFILE, standings
from xaikit.auditing.inputs import background_of, inputs_of
from xaikit.auditing.judge import judge
from xaikit.auditing.plan import Plan
from xaikit.auditing.provenance import provenance_of
from xaikit.auditing.spec_types import ExplainSpec
from xaikit.compute.batches import length, take
from xaikit.compute.digests import digest
from xaikit.compute.rerunning import Recipe
from xaikit.compute.seeds import generator
from xaikit.core import plugin
from xaikit.core.decisions import Decisions
from xaikit.core.errors import AbsentError, DataError, XaikitError
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model
from xaikit.core.progress import Progress, silent
from xaikit.core.result import AuditResult, Step
from xaikit.core.traces import Traced, Traces
from xaikit.io.profiles import load_profile

Kept = Callable[[Decisions], None]


def run(planned: Plan, *, command: str = "", progress: Progress = silent, keep: Kept | None = None) -> AuditResult:
    """Return the result of a plan.

    A step that lacks an input is skipped, one that raises is failed, and the audit goes on; only what nothing can do
    without (the table, the model's own answers) ends it. `keep` is called with the rows that are judged, and what
    checks noted of them, which the result does not hold.

    Raises
    ------
    DataError, ModelError
        When the table cannot be used, or the model does not answer as it must.
    """
    seed = planned.spec.seed
    steps: list[Step] = []
    inputs = inputs_of(planned, progress)
    traces = Traces(len(inputs["decisions"]))
    inputs["traces"] = None if keep is None else traces
    recipes: dict[str, Recipe] = {}
    explanations = _explanations(planned, inputs, steps, recipes)
    inputs |= {"explanations": explanations or None, "recipes": recipes}
    inputs["explain"] = _explainer(inputs, seed) if isinstance(planned.model, Model) else None
    evidence: list[Evidence] = []
    for i, (check, parameters) in enumerate(planned.checks):
        progress("checks", i, len(planned.checks))
        evidence += checked(check, parameters, {**inputs, "rng": generator(seed, "checks", check.name)}, steps)
    progress("checks", len(planned.checks), len(planned.checks))
    findings = judge(planned.profiles, tuple(evidence), tuple(steps))
    if keep is not None:
        keep(Traced.with_traces(inputs["decisions"], traces.noted))
    return AuditResult(
        planned.spec.title,
        resolved(planned.spec, steps, planned.checks, planned.engines, planned.features),
        provenance_of(planned, inputs, command),
        tuple(steps),
        tuple(evidence),
        findings,
        planned.profiles,
        explanations,
        standings(planned.roles, inputs["players"], evidence, load_profile(PROFILE).criteria),
    )


def _explanations(
    planned: Plan, inputs: Mapping[str, Any], steps: list[Step], recipes: dict[str, Recipe]
) -> dict[str, Explanation]:
    out: dict[str, Explanation] = {}
    for name, engine, spec in planned.engines:
        done = _explained(planned, name, engine, spec, inputs, steps, recipes)
        if done is not None:
            out[name] = done
    return out


def _explained(
    planned: Plan,
    name: str,
    engine: plugin.Plugin,
    spec: ExplainSpec,
    inputs: Mapping[str, Any],
    steps: list[Step],
    recipes: dict[str, Recipe],
) -> Explanation | None:
    seed = planned.spec.seed
    given = {**inputs, "rng": generator(seed, "engines", name)}
    if isinstance(planned.model, Model):
        n = length(inputs["inputs"])
        chosen = np.sort(generator(seed, "explained rows").choice(n, size=min(spec.rows, n), replace=False))
        given["inputs"] = take(inputs["inputs"], chosen)
        given["background"] = background_of(inputs["population"], spec.background, seed)
    parameters = plugin.validated(engine, spec.parameters, f"explain.{name}")
    found: list[Explanation] = _step(engine, name, given, parameters, steps)
    if not found:
        return None
    explanation = found[0]
    recipes[name] = Recipe(engine.name, parameters, given["background"])
    width = len(str(len(explanation)))
    rows = tuple(f"case {i + 1:0{width}d}" for i in range(len(explanation)))
    behind = given["background"]
    facts: dict[str, float | int | str] = {
        "digest": digest(behind),
        "rows": length(behind),
        "drawn": f"sample of the population, seed {seed}",
    }
    return replace(explanation, rows=rows, seed=seed, background={**explanation.background, **facts})


def _explainer(inputs: Mapping[str, Any], seed: int) -> Callable[..., Explanation]:
    """Return what a check can call to have other rows explained as the audited ones were."""

    def explain(rows: Any, *, engine: str, **parameters: Any) -> Explanation:
        found = plugin.load("engines", engine, "explain")
        given = {**inputs, "inputs": rows, "rng": generator(seed, "explain", engine)}
        checked = plugin.validated(found, parameters, f"explain.{engine}")
        explained: Explanation = found.function(**{k: given[k] for k in found.inputs}, **checked)
        return explained

    return explain


def checked(
    check: plugin.Plugin, parameters: Mapping[str, Any], inputs: Mapping[str, Any], steps: list[Step]
) -> list[Evidence]:
    """Return the evidence of one check, its fate noted in `steps`."""
    given = plugin.validated(check, parameters, f"checks.{check.name}")
    found = _step(check, check.name, inputs, given, steps)
    plain = _plain_rows(check, inputs)
    found = [_finite(e) for e in found]
    return [replace(e, source=e.source or check.name, detail={**_assumed(e, plain), **e.detail}) for e in found]


def _finite(e: Evidence) -> Evidence:
    """Return evidence without NaN and infinities, which no file holds: what is read back is what was measured."""
    parts = {k: getattr(e, k) for k in ("value", "low", "high")}
    bad: dict[str, Any] = {k: None for k, v in parts.items() if not _is_finite(v)}
    if "value" in bad:
        bad = {"value": None, "low": None, "high": None, "because": e.because or "not defined"}
    if not all(map(_is_finite, e.detail.values())):
        bad["detail"] = {k: v if _is_finite(v) else None for k, v in e.detail.items()}
    return replace(e, **bad) if bad else e


def _is_finite(value: Any) -> bool:
    return not isinstance(value, float) or isfinite(value)


def _plain_rows(check: plugin.Plugin, inputs: Mapping[str, Any]) -> bool:
    """Return whether a check reads rows that have weights or clusters."""
    decisions = inputs.get("decisions")
    if decisions is None or not {"decisions", "population_frame"} & set(check.inputs):
        return False
    return decisions.weight is not None or decisions.cluster is not None


def _assumed(e: Evidence, plain: bool) -> dict[str, str]:
    """Return what evidence on groups takes for granted, where its check says nothing of weights."""
    said = {"effective_n", "weighted", "assumes", "clusters_are_lists"} & set(e.detail)
    if not plain or said or "sensitive" not in e.about or e.value is None:
        return {}
    return {"assumes": "independent rows of equal weight; these are not"}


def _step(
    found: plugin.Plugin,
    name: str,
    inputs: Mapping[str, Any],
    parameters: Mapping[str, Any],
    steps: list[Step],
) -> list[Any]:
    """Run one plug-in, note its fate, and return what it gave (empty when it was skipped or failed)."""
    absent = [k for k in found.inputs if inputs.get(k) is None and k not in found.optional]
    if absent:
        because = f"needs {', '.join(absent)}, which this audit has not"
        if "players" in absent and isinstance(inputs.get("inputs"), list):
            because = "needs a table of features; this model reads texts"
        steps.append(Step(found.kind, name, "skipped", 0.0, because))
        return []
    if found.capability is not None and not _capable(inputs.get("model"), found):
        needs = getattr(found.capability, "__name__", str(found.capability))
        steps.append(Step(found.kind, name, "skipped", 0.0, f"needs a {needs} model, which this one is not"))
        return []
    started = time.perf_counter()
    given = {k: inputs[k] for k in found.inputs if inputs.get(k) is not None}
    try:
        out = _given(found, found.function(**given, **parameters))
    except AbsentError as error:
        steps.append(Step(found.kind, name, "skipped", time.perf_counter() - started, str(error)))
        return []
    except Exception as error:  # a plug-in may fail in any way, and the audit goes on
        because = str(error) if isinstance(error, XaikitError) else f"{type(error).__name__}: {error}"
        steps.append(Step(found.kind, name, "failed", time.perf_counter() - started, because))
        return []
    steps.append(Step(found.kind, name, "ran", time.perf_counter() - started))
    return out


def _given(found: plugin.Plugin, value: Any) -> list[Any]:
    """Return what a plug-in gave, as a list.

    Raises
    ------
    DataError
        For anything else than explanations of an engine and evidence of a check.
    """
    wanted: type = Explanation if found.kind == "engines" else Evidence
    out = [value] if isinstance(value, wanted) else list(value)
    wrong = next((o for o in out if not isinstance(o, wanted)), None)
    if wrong is not None:
        raise DataError(f"{found.kind}: {found.name}", f"a {type(wrong).__name__}", f"{wanted.__name__}")
    return out


def _capable(model: Any, found: plugin.Plugin) -> bool:
    if model is None:
        return "model" in found.optional
    return not isinstance(found.capability, type) or isinstance(model, found.capability)
