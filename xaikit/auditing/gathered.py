"""Explanations and measurements made one by one, gathered into a result that can be shown, saved and verified."""

from collections.abc import Mapping, Sequence
from typing import Any

from xaikit.auditing.judge import judge
from xaikit.auditing.provenance import created, versions
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult, Provenance, Step
from xaikit.io.profiles import load_profile


def gathered(
    title: str,
    explanations: Mapping[str, Explanation],
    *,
    model: Any = None,
    evidence: Sequence[Evidence] = (),
    steps: Sequence[Step] = (),
    profiles: Sequence[str] = (),
    command: str = "",
    seed: int = 0,
    notes: Sequence[str] = (),
) -> AuditResult:
    """Return a result, without verdict unless profiles judge: of pictures, texts or series explained by hand.

    Parameters
    ----------
    title : str
        Heading of the report.
    explanations : mapping of str to Explanation
        By the names they shall have in the report.
    model : Model, optional
        For its card: name, hash, warnings.
    evidence : sequence of Evidence
        What checks measured, for example a name swap.
    steps : sequence of Step
        The fate of the checks, as `xaikit.auditing.examined.examined` returns it.
    profiles : sequence of str
        That judge the evidence: ["explanation_trust"].
    command : str
        What makes it again.
    seed : int
        That was used.
    notes : sequence of str
        What a reader must know.

    Examples
    --------
    >>> gathered("Two letters", {}).verdict
    <Verdict.NOT_APPLICABLE: 0>
    """
    card = model.card if model is not None else None
    hashes = {"model": card.sha256} if card and card.sha256 else {}
    backgrounds = {f"background of {n}": str(e.background.get("digest", "")) for n, e in explanations.items()}
    provenance = Provenance(
        created=created(),
        seed=seed,
        command=command,
        hashes={**hashes, **{n: d for n, d in backgrounds.items() if d}},
        versions=versions(),
        device=str(getattr(model, "device", "cpu")),
        model={"name": card.name, "adapter": card.adapter, **card.detail} if card else {},
        notes=(*(card.warnings if card else ()), *notes),
    )
    judging = tuple(load_profile(p) for p in profiles)
    return AuditResult(
        title,
        {},
        provenance,
        tuple(steps),
        tuple(evidence),
        judge(judging, tuple(evidence), tuple(steps)),
        judging,
        dict(explanations),
    )
