"""Standings in words: of a criterion, what it cites and how its text was read; of a feature, declared and judged."""

from xaikit.core.evidence import Criterion, Evidence
from xaikit.core.result import AuditResult
from xaikit.core.standing import SUSPECTED, UNDECLARED
from xaikit.report.text import Prose, Text, say, sentences


def standing(criterion: Criterion) -> Text:
    """Return citation and, where the criterion has its own, status, date and source."""
    status, since, source = criterion.status, criterion.effective, criterion.source
    return sentences(
        Prose(f"{criterion.citation.rstrip('.')}.") if criterion.citation else None,
        say("Status: {status}.", status=Prose(status)) if status else None,
        say("Effective: {since}.", since=since) if since else None,
        say("Source: {source}.", source=source_of(source)) if source and source != "original" else None,
    )


def source_of(source: str) -> Text:
    """Return how the text of the law was read."""
    words = {
        "original": say("original text"),
        "secondary": say("secondary, verify before relying"),
        "memory": say("from memory, verify before relying"),
        "house": say("house criteria, no law"),
    }
    return words.get(source, source)


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
