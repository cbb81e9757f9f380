"""An audit of counts alone: the rows stay where they are, or are too many to hold."""

from collections.abc import Mapping, Sequence
from typing import Any

from xaikit.auditing.judge import judge
from xaikit.auditing.provenance import created, versions
from xaikit.auditing.run import checked
from xaikit.auditing.spec import checks_of, parse
from xaikit.auditing.standing import overdue
from xaikit.compute.digests import digest
from xaikit.compute.seeds import generator
from xaikit.core import plugin
from xaikit.core.evidence import Evidence
from xaikit.core.progress import Progress, silent
from xaikit.core.result import AuditResult, Provenance, Step
from xaikit.io.profiles import load_profile
from xaikit.stats.tally import Tally


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
    spec = parse(raw, "xaikit.audit(…)")
    regimes = tuple(load_profile(p) for p in spec.profiles)
    steps: list[Step] = []
    evidence: list[Evidence] = []
    asked = checks_of(spec)
    for i, (name, parameters) in enumerate(asked.items()):
        progress("checks", i, len(asked))
        inputs = {"tally": tally, "rng": generator(seed, "checks", name), "progress": progress}
        evidence += checked(plugin.load("checks", name), parameters, inputs, steps)
    progress("checks", len(asked), len(asked))
    provenance = Provenance(
        created=created(),
        seed=seed,
        command="xaikit.audit(tally)",
        hashes={"cells": digest(tally.cells), "counts": digest(tally.counts.reshape(len(tally.cells), -1))},
        versions=versions(),
        data={"rows": len(tally), "audited rows": len(tally)},
        notes=("Made from counts: the rows were not seen by this audit.", *overdue(regimes, created())),
    )
    findings = judge(regimes, tuple(evidence), tuple(steps))
    return AuditResult(
        spec.title, spec.model_dump(mode="json"), provenance, tuple(steps), tuple(evidence), findings, regimes
    )
