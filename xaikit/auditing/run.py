"""One audit, top to bottom: what was planned is measured, then judged."""

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd

from xaikit.auditing.judge import judge
from xaikit.auditing.plan import Plan
from xaikit.auditing.spec import ExplainSpec
from xaikit.compute.batches import length, take
from xaikit.compute.digests import digest
from xaikit.compute.seeds import generator
from xaikit.core import plugin
from xaikit.core.decisions import Decisions
from xaikit.core.errors import DataError, ModelError, XaikitError, unknown_name
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.model import Model, ModelCard
from xaikit.core.progress import Progress, silent
from xaikit.core.result import AuditResult, Provenance, Step
from xaikit.core.target import Target, one_output
from xaikit.stats.tally import Tally

PACKAGES = (
    "xaikit",
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "torch",
    "captum",
    "shap",
    "scikit-learn",
    "fairlearn",
)


def run(planned: Plan, *, command: str = "", progress: Progress = silent) -> AuditResult:
    """Return the result of a plan.

    A step that lacks an input is skipped, one that raises is failed, and the audit goes on; only what nothing can do
    without (the table, the model's own answers) ends it.

    Raises
    ------
    DataError, ModelError
        When the table cannot be used, or the model does not answer as it must.
    """
    seed = planned.spec.seed
    steps: list[Step] = []
    inputs = _inputs(planned, progress)
    explanations = _explanations(planned, inputs, steps)
    inputs["explanations"] = explanations or None
    evidence: list[Evidence] = []
    for i, (check, parameters) in enumerate(planned.checks):
        progress("checks", i, len(planned.checks))
        evidence += _checked(check, parameters, {**inputs, "rng": generator(seed, "checks", check.name)}, steps)
    progress("checks", len(planned.checks), len(planned.checks))
    findings = judge(planned.profiles, tuple(evidence), tuple(steps))
    return AuditResult(
        planned.spec.title,
        planned.spec.model_dump(mode="json"),
        _provenance(planned, inputs, command),
        tuple(steps),
        tuple(evidence),
        findings,
        planned.profiles,
        explanations,
    )


def _inputs(planned: Plan, progress: Progress) -> dict[str, Any]:
    """Return everything that the audit can hand over, by name; None where it is absent."""
    audited = planned.frame[planned.audited].reset_index(drop=True)
    out: dict[str, Any] = {"progress": progress, "population_frame": planned.frame, "players": planned.players}
    selected = score = None
    if isinstance(planned.model, Model):
        out |= _asked(planned)
        score = out.pop("score")
        selected = score >= out["threshold"] if planned.roles.decision is None else None
    elif planned.model is not None:
        card: ModelCard = planned.model.card
        out["notes"] = card.warnings
    threshold = planned.spec.model.threshold if planned.spec.model else None
    decisions = Decisions.of(audited, planned.roles, selected=selected, score=score)
    if decisions.selected is None and decisions.score is not None and threshold is not None:
        decisions = replace(decisions, selected=decisions.score >= threshold)
    _decided(decisions)
    tally = Tally.of(decisions) if decisions.selected is not None and planned.roles.sensitive else None
    return {**out, "decisions": decisions, "tally": tally}


def _decided(decisions: Decisions) -> None:
    if decisions.selected is None and decisions.score is None:
        raise DataError("the audit", "no decisions", "roles.decision, a model, or roles.score with a model threshold")


def _asked(planned: Plan) -> dict[str, Any]:
    model, spec = planned.model, planned.spec
    threshold = spec.model.threshold if spec.model else 0.5
    population = _as_model_takes(planned.frame, planned)
    inputs = take(population, np.flatnonzero(planned.audited))
    outputs = model.predict(inputs)
    target = _favourable(planned, outputs.shape[1])
    rng = generator(spec.seed, "background")
    rows = min(max([s.background for _, _, s in planned.engines], default=100), length(population))
    drawn = np.sort(rng.choice(length(population), size=rows, replace=False))
    return {
        "model": model,
        "inputs": inputs,
        "population": population,
        "background": take(population, drawn),
        "target": target,
        "threshold": threshold,
        "score": np.asarray(target(outputs)[:, 0], dtype=np.float64),
    }


def _favourable(planned: Plan, outputs: int) -> Target:
    """Return the target that is the favourable score: declared, or the only one of one output or of two."""
    names = planned.model.card.output_names or tuple(f"output {i}" for i in range(outputs))
    wanted = planned.spec.model.output if planned.spec.model else None
    if wanted is None:
        wanted = str(planned.roles.favourable) if str(planned.roles.favourable) in names else None
    if wanted is None:
        if outputs > 2:
            raise ModelError("the model", f"{outputs} outputs", "model.output: which one is the favourable score")
        wanted = outputs - 1
    if isinstance(wanted, str) and wanted not in names:
        raise unknown_name("model.output", "output", wanted, names)
    if isinstance(wanted, int) and not -outputs <= wanted < outputs:
        raise ModelError("model.output", f"output {wanted}", f"an index below {outputs}")
    return one_output(wanted % outputs if isinstance(wanted, int) else names.index(wanted), names)


def _as_model_takes(frame: pd.DataFrame, planned: Plan) -> Any:
    """Return the feature columns, as a frame where the model takes frames, else as float32 `(n, columns)`."""
    features = frame[list(planned.features)]
    if getattr(planned.model, "takes_frames", False):
        return features
    text = [c for c in features.columns if not pd.api.types.is_numeric_dtype(features[c].dtype)]
    if text:
        raise DataError(
            f"feature column '{text[0]}'",
            f"values such as '{features[text[0]].iloc[0]}'",
            "numbers, as the model takes them",
            "Name the columns that the model takes under model.features.",
        )
    values = features.to_numpy(dtype=np.float32)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, column = bad[0]
        raise DataError(
            f"feature column '{planned.features[column]}'",
            f"{len(bad)} NaN or infinite values, the first in row {row + 1}",
            "finite numbers",
        )
    return values


def _explanations(planned: Plan, inputs: Mapping[str, Any], steps: list[Step]) -> dict[str, Explanation]:
    out: dict[str, Explanation] = {}
    for name, engine, spec in planned.engines:
        done = _explained(planned, name, engine, spec, inputs, steps)
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
) -> Explanation | None:
    seed = planned.spec.seed
    given = {**inputs, "rng": generator(seed, "engines", name)}
    if isinstance(planned.model, Model):
        n = length(inputs["inputs"])
        chosen = np.sort(generator(seed, "explained rows").choice(n, size=min(spec.rows, n), replace=False))
        given["inputs"] = take(inputs["inputs"], chosen)
    parameters = plugin.validated(engine, spec.parameters, f"explain.{name}")
    explanation = _step(engine, name, given, parameters, steps, list)
    if not explanation:
        return None
    width = len(str(len(explanation[0])))
    rows = tuple(f"case {i + 1:0{width}d}" for i in range(len(explanation[0])))
    return replace(explanation[0], rows=rows, seed=seed)


def _checked(
    check: plugin.Plugin, parameters: Mapping[str, Any], inputs: Mapping[str, Any], steps: list[Step]
) -> list[Evidence]:
    given = plugin.validated(check, parameters, f"checks.{check.name}")
    found = _step(check, check.name, inputs, given, steps, list)
    return [replace(e, source=e.source or check.name) for e in found]


def _step(
    found: plugin.Plugin,
    name: str,
    inputs: Mapping[str, Any],
    parameters: Mapping[str, Any],
    steps: list[Step],
    collect: Callable[[Any], list[Any]],
) -> list[Any]:
    """Run one plug-in, note its fate, and return what it gave (empty when it was skipped or failed)."""
    absent = [k for k in found.inputs if inputs.get(k) is None and k not in found.optional]
    if absent:
        steps.append(Step(found.kind, name, "skipped", 0.0, f"needs {', '.join(absent)}, which this audit has not"))
        return []
    if found.capability is not None and not _capable(inputs.get("model"), found):
        needs = getattr(found.capability, "__name__", str(found.capability))
        steps.append(Step(found.kind, name, "skipped", 0.0, f"needs a {needs} model, which this one is not"))
        return []
    started = time.perf_counter()
    given = {k: inputs[k] for k in found.inputs if inputs.get(k) is not None}
    try:
        value = found.function(**given, **parameters)
        out = collect([value] if isinstance(value, Explanation) else value)
    except Exception as error:  # a plug-in may fail in any way, and the audit goes on
        because = str(error) if isinstance(error, XaikitError) else f"{type(error).__name__}: {error}"
        steps.append(Step(found.kind, name, "failed", time.perf_counter() - started, because))
        return []
    steps.append(Step(found.kind, name, "ran", time.perf_counter() - started))
    return out


def _capable(model: Any, found: plugin.Plugin) -> bool:
    if model is None:
        return "model" in found.optional
    return not isinstance(found.capability, type) or isinstance(model, found.capability)


def _provenance(planned: Plan, inputs: Mapping[str, Any], command: str) -> Provenance:
    card = planned.model.card if planned.model is not None else None
    hashes = dict(planned.hashes)
    hashes.setdefault("data", digest(planned.frame))
    if card and card.sha256:
        hashes["model"] = card.sha256
    if inputs.get("background") is not None:
        hashes["background"] = digest(inputs["background"])
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    model = {"name": card.name, "adapter": card.adapter, **card.detail} if card else {}
    return Provenance(
        created=now.isoformat(timespec="seconds"),
        seed=planned.spec.seed,
        command=command,
        hashes=hashes,
        versions=_versions(),
        device=str(getattr(planned.model, "device", "cpu")),
        data={
            "rows": len(planned.frame),
            "audited rows": int(planned.audited.sum()),
            "columns": len(planned.frame.columns),
            **({"path": planned.spec.data.path.name} if planned.spec.data else {}),
        },
        model=model,
        notes=(*inputs["decisions"].notes, *(card.warnings if card else ())),
    )


def _versions() -> dict[str, str]:
    modules = {"scikit-learn": "sklearn"}
    used = [p for p in PACKAGES if modules.get(p, p) in sys.modules]
    return {"python": platform.python_version(), **{p: metadata.version(p) for p in used}}
