"""Sentences from evidence: every number is a slot that names the evidence it claims."""

from collections.abc import Mapping

from xaikit.core.evidence import JOIN, Evidence, Finding, Verdict
from xaikit.core.result import AuditResult
from xaikit.report.measures import interval, kind_of, name_of, value
from xaikit.report.reading import beyond_chance, by_group, number
from xaikit.report.text import Interval, Labelled, Message, Number, Prose, Text, say, told

REST = "the rest"


def joined(name: str) -> str:
    """Return a feature or group for people: parts of an intersection with room between them."""
    return name if isinstance(name, Labelled) else f" {JOIN} ".join(name.split(JOIN))


def named(group: str) -> Text:
    """Return a group for people; all others together are called so in every language."""
    return Prose(group) if group == REST else joined(group)


def about(where: Mapping[str, str]) -> Text:
    """Return what evidence or a finding is about: "sex: Female"."""
    sensitive, group = where.get("sensitive"), where.get("group")
    if sensitive and group:
        return say("{feature}: {group}", feature=joined(sensitive), group=joined(group))
    rest = [joined(v) for k, v in sorted(where.items()) if k != "reference"]
    return ", ".join(map(told, rest)) if rest else say("the whole audit")


def reference_of(ratio: Evidence) -> str:
    """Return the group that a ratio compares with."""
    given = ratio.about.get("reference") or ratio.detail.get("reference")
    return given if isinstance(given, str) else ""


def gap(result: AuditResult, ratio: Evidence) -> Text:
    """Return a gap in rates as a sentence: who, against whom, the ratio, its doubt."""
    sensitive, group = ratio.about.get("sensitive", ""), ratio.about.get("group", "")
    rates = by_group(result, "selection_rate", sensitive)
    mine, theirs = rates.get(group), rates.get(reference_of(ratio))
    if ratio.value is None or mine is None or theirs is None:
        return say("{who}: {value}.", who=about(ratio.about), value=value(ratio))
    return say(
        "By {feature}, the group {group} is selected at {ratio} of the rate of {reference}: {mine} against {theirs}; "
        "95% interval of the ratio {interval}.",
        feature=joined(sensitive),
        group=joined(group),
        reference=joined(reference_of(ratio)),
        ratio=Number(ratio.value, "ratio", ratio.id),
        mine=rate_of(mine),
        theirs=rate_of(theirs),
        interval=interval(ratio),
    )


def rate_of(rate: Evidence) -> Text:
    """Return a rate with its counts: 7.66%, 415 of 5,421."""
    selected = number(rate, "selected")
    if selected is None or rate.n is None:
        return value(rate)
    return say(
        "{rate} ({selected} of {n})",
        rate=value(rate),
        selected=Number(selected, "count", rate.id, "selected"),
        n=Number(rate.n, "count", rate.id, "n"),
    )


def shortfall(evidence: Evidence, judged: Finding | None) -> Text | None:
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


def _short_doubt(judged: Finding | None) -> Message:
    verdict = None if judged is None else judged.verdict
    if verdict is Verdict.FAIL:
        return say(".")
    if judged is not None and verdict is Verdict.INCONCLUSIVE:
        if not beyond_chance(judged):
            return say("; there is not enough evidence to tell this from chance.")
        if judged.numbers.get("naive_flag"):
            return say("; that is not by chance, but the highest rate rests on few people.")
        return say("; that is not by chance, but the ratio is not below the bound.")
    if verdict is Verdict.PASS:
        return say("; a gap of this size passes.")
    return say("; no criterion judged it.")


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
