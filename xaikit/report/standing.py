"""The standing of a feature in words: as declared, and as judged."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.core.standing import SUSPECTED, UNDECLARED
from xaikit.report.text import Prose, Text, say


def feature_standing(
    result: AuditResult, feature: str, beside: Evidence | None = None, sensitive: str = "", *, brief: bool = False
) -> Text:
    """Return the standing of a feature; of results that hold none, the declared one that stands beside evidence.

    With a sensitive feature, one that is suspected to stand in for another only has its declared standing.
    """
    found = next((s for s in result.standings if s.feature == feature), None)
    if found is None:
        return Prose(str(beside.detail.get("standing") or "–") if beside is not None else "–")
    if sensitive and found.standing == SUSPECTED and feature not in suspects(result, sensitive):
        return Prose(found.declared)
    if found.standing == SUSPECTED and found.declared != UNDECLARED and not brief:
        return say("{standing}, declared {declared}", standing=Prose(SUSPECTED), declared=Prose(found.declared))
    return Prose(found.standing)


def suspects(result: AuditResult, sensitive: str = "") -> tuple[str, ...]:
    """Return the features that are suspected to stand in for a sensitive one: for that of this name, or for any."""
    told = {e.id: e.about.get("sensitive") for e in result.measured("proxy_auc")}
    return tuple(
        s.feature
        for s in result.standings
        if s.standing == SUSPECTED and (not sensitive or any(told.get(i) == sensitive for i in s.evidence))
    )
