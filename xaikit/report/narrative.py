"""Sentences from findings and evidence: every number is a slot that names the evidence it claims."""

from collections.abc import Mapping

from xaikit.core.evidence import JOIN, Evidence, Finding, Verdict
from xaikit.core.result import AuditResult
from xaikit.report.measures import interval, kind_of, name_of, value
from xaikit.report.reading import evidence_of
from xaikit.report.text import Interval, Message, Number, Text, say, say_n, sentences


def about(where: Mapping[str, str]) -> Text:
    """Return what evidence or a finding is about: "sex: Female"."""
    sensitive, group = where.get("sensitive"), where.get("group")
    if sensitive and group:
        return say("{feature}: {group}", feature=joined(sensitive), group=joined(group))
    rest = [v for k, v in sorted(where.items()) if k != "reference"]
    return joined(sensitive) if sensitive else ", ".join(rest)


def joined(name: str) -> str:
    """Return a feature or group for people: parts of an intersection with room between them."""
    return f" {JOIN} ".join(name.split(JOIN))


def gap(result: AuditResult, ratio: Evidence) -> Text:
    """Return a gap in rates as a sentence: who, against whom, the ratio, its doubt."""
    sensitive, group = ratio.about.get("sensitive", ""), ratio.about.get("group", "")
    reference = reference_of(ratio)
    rates = {e.about.get("group"): e for e in result.measured("selection_rate", sensitive=sensitive)}
    mine, theirs = rates.get(group), rates.get(reference)
    if ratio.value is None or mine is None or theirs is None:
        return say("{who}: {value}.", who=about(ratio.about), value=value(ratio))
    return say(
        "By {feature}, the group {group} is selected at {ratio} of the rate of {reference}: {mine} against {theirs} "
        "(95% interval of the ratio {interval}).",
        feature=joined(sensitive),
        group=joined(group),
        reference=joined(reference),
        ratio=Number(ratio.value, "ratio", ratio.id),
        mine=value(mine),
        theirs=value(theirs),
        interval=interval(ratio),
    )


def reference_of(ratio: Evidence) -> str:
    """Return the group that a ratio compares with."""
    given = ratio.about.get("reference") or ratio.detail.get("reference")
    return given if isinstance(given, str) else ""


def shortfall(evidence: Evidence, judged: Verdict | None) -> Text | None:
    """Return how many people a group is short of, as a sentence; None where it is short of nobody."""
    if evidence.value is None or evidence.value <= 0:
        return None
    return say(
        "At the rate of {reference}, {people} more people of the group {group} would have been selected{doubt}",
        people=Number(evidence.value, "people", evidence.id),
        group=joined(evidence.about.get("group", "")),
        reference=joined(reference_of(evidence)),
        doubt=_short_doubt(judged),
    )


def _short_doubt(judged: Verdict | None) -> Message:
    if judged is Verdict.FAIL:
        return say(".")
    if judged is Verdict.INCONCLUSIVE:
        return say("; there is not enough evidence to tell this from chance.")
    if judged is Verdict.PASS:
        return say("; a gap of this size passes.")
    return say("; no criterion judged it.")


def finding(result: AuditResult, found: Finding) -> Text:
    """Return a finding in a sentence or two: the gap with its numbers, then why the verdict is what it is."""
    if found.open:
        return found.criterion.question or found.because
    read = evidence_of(result, found)
    ratio = next((e for e in read if e.measure == "impact_ratio"), None)
    if ratio is not None and ratio.value is not None:
        return sentences(gap(result, ratio), found.because)
    return found.because


def verdict(result: AuditResult, deciding: Finding | None) -> Text:
    """Return the verdict of the whole in one sentence, with its number and its doubt."""
    if result.verdict is Verdict.ERROR:
        failed = [s for s in result.steps if s.status == "failed"]
        return say_n(
            len(failed),
            "The audit is incomplete: {count} step failed ({names}). Nothing below may be read as a pass.",
            "The audit is incomplete: {count} steps failed ({names}). Nothing below may be read as a pass.",
            names=", ".join(s.name for s in failed) or "?",
        )
    if deciding is None:
        if not result.findings:
            return say("Measured, not judged: the audit names no profile, so the numbers below have no verdict.")
        return say("No criterion could be applied to what was measured.")
    ratio = next((e for e in evidence_of(result, deciding) if e.measure == "impact_ratio"), None)
    if ratio is None or ratio.value is None:
        return deciding.because
    if deciding.verdict is Verdict.PASS:
        return sentences(say("No criterion failed."), _closest(result, ratio))
    return sentences(gap(result, ratio), _doubt(result, deciding, ratio))


def _closest(result: AuditResult, ratio: Evidence) -> Text:
    return sentences(say("The widest gap found:"), gap(result, ratio))


def _doubt(result: AuditResult, deciding: Finding, ratio: Evidence) -> Message:
    adjusted = adjusted_p(result, ratio)
    p = adjusted.value if adjusted is not None else None
    slots: dict[str, Text] = {"p": value(adjusted)}
    if deciding.verdict is Verdict.FAIL:
        if p is None:
            return say("That fails {criterion}.", criterion=deciding.criterion.title)
        return say("Chance alone would seldom leave a gap like this (adjusted p {p}).", **slots)
    if p is None:
        return say("That is not enough evidence for a verdict.")
    return say("Chance alone could leave a gap like this (adjusted p {p}), so there is no verdict yet.", **slots)


def adjusted_p(result: AuditResult, ratio: Evidence) -> Evidence | None:
    """Return the p value that is valid for the comparison that a ratio makes."""
    for measure in ("best_of_k_p", "holm_p"):
        for e in result.measured(measure):
            if e.about == ratio.about:
                return e
    return None


def rates_title(best: Evidence, worst: Evidence) -> Text:
    """Return the title of a chart of rates: who has the lowest, and who the highest."""
    return say(
        "{worst} has the lowest {measure}, {low}; {best} the highest, {high}",
        worst=joined(worst.about.get("group", "")),
        best=joined(best.about.get("group", "")),
        measure=name_of(worst.measure),
        low=Number(worst.value, kind_of(worst), worst.id),
        high=Number(best.value, kind_of(best), best.id),
    )


def with_interval(evidence: Evidence) -> Text:
    """Return a value with its interval in parentheses."""
    if evidence.value is None or evidence.low is None:
        return value(evidence)
    shown = Interval(evidence.low, evidence.high, kind_of(evidence), evidence.id)
    return say("{value} ({interval})", value=value(evidence), interval=shown)
