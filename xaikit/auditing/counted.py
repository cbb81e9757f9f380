"""An audit of counts alone: the rows stay where they are, or are too many to hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xaikit.auditing.defaults import resolved
from xaikit.auditing.judge import judge
from xaikit.auditing.plan import engines_of, profiles_of
from xaikit.auditing.provenance import created, versions
from xaikit.auditing.review_dates import overdue
from xaikit.auditing.run import checked
from xaikit.auditing.spec import checks_of, parse
from xaikit.auditing.spec_types import AuditSpec
from xaikit.compute.digests import digest
from xaikit.compute.seeds import generator
from xaikit.core import plugin
from xaikit.core.evidence import Evidence
from xaikit.core.progress import Progress, silent
from xaikit.core.result import AuditResult, Provenance, Step
from xaikit.io.profiles import load_profile
from xaikit.stats.tally import Tally

ROWS = {"decisions", "population_frame", "inputs", "population"}


def audit_tally(
    tally: Tally,
    *,
    profiles: Sequence[str] = (),
    checks: Any = "default",
    title: str | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> AuditResult:
    """Return the audit of a tally: every check that needs no rows; the others are skipped, and say so.

    Parameters
    ----------
    tally : Tally
        Of one site, or the sum of several.
    profiles : sequence of str
        Regimes to judge by.
    checks : "default", list of str, or mapping of str to parameters
        What to measure.
    title : str, optional
        Heading of the report.
    seed : int
        Same counts, same seed, same numbers.
    progress : callable
        Called with task, done, total.
    """
    roles = {"sensitive": list(tally.sensitive), "control": list(tally.control)}
    raw = {
        "title": title or "Audit of counted decisions",
        "roles": roles,
        "checks": checks if isinstance(checks, (str, Mapping)) else list(checks),
        "profiles": list(profiles),
        "seed": seed,
    }
    origin = Origin(
        "xaikit.audit(tally)",
        {"cells": digest(tally.cells), "counts": digest(tally.counts.reshape(len(tally.cells), -1))},
        {"rows": len(tally), "audited rows": len(tally)},
        ("Made from counts: the rows were not seen by this audit.",),
        "which an audit of counts has not",
    )
    return measured(tally, parse(raw, "xaikit.audit(…)"), origin, progress)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where counts come from.

    Parameters
    ----------
    command : str
        What makes the result again.
    hashes : mapping
        SHA-256 by name.
    data : mapping
        Facts for the provenance.
    notes : tuple of str
        What a reader must know.
    without : str
        Why there are no rows, for the steps that need them: "needs the rows, …".
    """

    command: str
    hashes: Mapping[str, str]
    data: Mapping[str, Any]
    notes: tuple[str, ...]
    without: str


def measured(tally: Tally, spec: AuditSpec, origin: Origin, progress: Progress = silent) -> AuditResult:
    """Return the audit of counts that a spec asks for; steps that need rows are skipped, with the reason."""
    regimes = tuple(load_profile(p) for p in profiles_of(spec))
    steps = [
        Step(e.kind, name, "skipped", 0.0, "needs model, which this audit has not") for name, e, _ in engines_of(spec)
    ]
    evidence: list[Evidence] = []
    asked = checks_of(spec)
    for i, (name, parameters) in enumerate(asked.items()):
        progress("checks", i, len(asked))
        check = plugin.offered("checks", name)
        needed = set(check.inputs) - check.optional
        if ROWS & needed and "model" not in needed:
            steps.append(Step(check.kind, name, "skipped", 0.0, f"needs the rows, {origin.without}"))
            continue
        inputs = {"tally": tally, "rng": generator(spec.seed, "checks", name), "progress": progress}
        evidence += checked(check, parameters, inputs, steps)
    progress("checks", len(asked), len(asked))
    provenance = Provenance(
        created=created(),
        seed=spec.seed,
        command=origin.command,
        hashes=origin.hashes,
        versions=versions(),
        data=origin.data,
        notes=(*origin.notes, *overdue(regimes, created())),
    )
    findings = judge(regimes, tuple(evidence), tuple(steps))
    plugins = [(plugin.offered("checks", name), parameters) for name, parameters in asked.items()]
    told = resolved(spec, steps, plugins)
    return AuditResult(spec.title, told, provenance, tuple(steps), tuple(evidence), findings, regimes)
