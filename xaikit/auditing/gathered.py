"""Explanations and measurements made one by one, gathered into a result that can be shown, saved and verified."""

from collections.abc import Mapping, Sequence
from typing import Any

from xaikit.auditing.provenance import created, versions
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult, Provenance


def gathered(
    title: str,
    explanations: Mapping[str, Explanation],
    *,
    model: Any = None,
    evidence: Sequence[Evidence] = (),
    command: str = "",
    seed: int = 0,
    notes: Sequence[str] = (),
) -> AuditResult:
    """Return a result without verdict: what an audit of pictures, texts or series leaves behind.

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
    return AuditResult(title, {}, provenance, evidence=tuple(evidence), explanations=dict(explanations))
