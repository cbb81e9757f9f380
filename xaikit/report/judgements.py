"""Findings in words: what was found, why the verdict is what it is, and what else a reader must know of it."""

from xaikit.core.evidence import Evidence, Finding, Verdict
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.measures import interval, name_of, value
from xaikit.report.reading import evidence_of
from xaikit.report.text import Interval, Listed, Message, Number, Prose, Text, say, say_n, sentences


def verdict(result: AuditResult, deciding: Finding | None) -> Text:
    """Return the verdict of the whole in a sentence or two, with its number and its doubt."""
    if result.verdict is Verdict.ERROR:
        failed = [s.name for s in result.steps if s.status == "failed"]
        told = say_n(
            len(failed),
            "The audit is incomplete: {count} step failed ({names}). Nothing below may be read as a pass.",
            "The audit is incomplete: {count} steps failed ({names}). Nothing below may be read as a pass.",
            names=Listed(tuple(failed)),
        )
        worst = finding(result, deciding, brief=True) if deciding is not None else None
        return told if worst is None else sentences(told, say("What could be measured:"), worst)
    if deciding is None:
        if not result.profiles:
            return say("Measured, not judged: the audit names no profile, so the numbers below have no verdict.")
        return say("No criterion could be applied to what was measured.")
    if deciding.verdict is Verdict.PASS:
        return sentences(say("No criterion failed. The widest gap:"), finding(result, deciding, brief=True))
    return finding(result, deciding, brief=True)


def finding(result: AuditResult, found: Finding, brief: bool = False) -> Text:
    """Return a finding in sentences; the remarks are left out of a `brief` one."""
    if found.open:
        return Prose(found.criterion.question or found.because)
    read = {e.measure: e for e in reversed(evidence_of(result, found))}
    rule, first = found.criterion.rule, next(iter(evidence_of(result, found)), None)
    if rule == "reported" and found.verdict is Verdict.PASS:
        return _reported(found)
    if rule == "bound" and first is not None and first.value is not None:
        return _bound(found, first)
    ratio = read.get("impact_ratio")
    if rule != "adverse_impact" or ratio is None or ratio.value is None or _number(found, "bound_ratio") is None:
        return Prose(found.because)
    group, reference = ratio.about.get("group", ""), narrative.reference_of(ratio)
    if group == reference:
        return say("{group} is what the other groups are compared with.", group=narrative.joined(group))
    remarks = [] if brief else _remarks(found, read)
    return sentences(narrative.gap(result, ratio), _reason(found, read), *remarks)


def _reported(found: Finding) -> Text:
    n = found.numbers.get("reported")
    count = n if isinstance(n, int) else len(found.evidence)
    measure = name_of(found.criterion.measure)
    told = say_n(
        count, "Reported: {count} value of {measure}.", "Reported: {count} values of {measure}.", measure=measure
    )
    missing = found.numbers.get("not_defined")
    if not missing or not isinstance(missing, int):
        return told
    return sentences(told, say_n(missing, "{count} is not defined.", "{count} are not defined."))


def _bound(found: Finding, e: Evidence) -> Text:
    words = {
        Verdict.PASS: say("within every bound"),
        Verdict.INCONCLUSIVE: say("in the range of doubt"),
        Verdict.FAIL: say("beyond its bound"),
    }
    limits = say(" ({interval})", interval=interval(e)) if e.low is not None else say("")
    return say(
        "The {measure} of {about} is {value}{limits}: {verdict}. Bounds: {bounds}.",
        measure=name_of(e.measure),
        about=narrative.about(e.about),
        value=value(e),
        limits=limits,
        verdict=words.get(found.verdict, say("not judged")),
        bounds=Listed(tuple(_limit(k, v) for k, v in found.criterion.bounds.items() if k != "interval")),
    )


def _limit(name: str, value: float) -> Text:
    """Return a bound of a criterion in words."""
    bound = Number(value, "bound")
    words = {
        "fail_above": say("fails above {bound}", bound=bound),
        "fail_below": say("fails below {bound}", bound=bound),
        "inconclusive_above": say("in doubt above {bound}", bound=bound),
        "inconclusive_below": say("in doubt below {bound}", bound=bound),
    }
    return words.get(name) or sentences(name.replace("_", " "), bound)


def _number(found: Finding, name: str) -> float | None:
    given = found.numbers.get(name)
    return None if given is None or isinstance(given, (str, bool)) else float(given)


def _reason(found: Finding, read: dict[str, Evidence]) -> Message:
    """Return why the verdict on an impact ratio is what it is."""
    tested = read.get("best_of_k_p") or read.get("holm_p")
    p, alpha, bound = _number(found, "adjusted_p"), _number(found, "bound_alpha"), _number(found, "bound_ratio")
    slots: dict[str, Text] = {
        "p": Number(p, "p", tested.id if tested else ""),
        "bound": Number(bound, "bound"),
        "least": value(read.get("minimum_detectable_ratio")),
    }
    below = bool(found.numbers.get("naive_flag"))
    significant = p is not None and alpha is not None and p < alpha
    if found.verdict is Verdict.FAIL:
        return say("That is below {bound}, and chance alone would seldom leave such a gap (adjusted p {p}).", **slots)
    if below and significant:
        return say(
            "That is below {bound} and not by chance (adjusted p {p}), but the highest rate rests on few people.",
            **slots,
        )
    if below:
        return say("That is below {bound}, but with so few people chance could leave it (adjusted p {p}).", **slots)
    if significant:
        return _practical(read, slots)
    if found.verdict is Verdict.PASS:
        return say(
            "That is not below {bound} (adjusted p {p}), and a true ratio of {bound} would have been noticed.",
            **slots,
        )
    return _blind(read, slots)


def _practical(read: dict[str, Evidence], slots: dict[str, Text]) -> Message:
    more = {"people": value(read.get("shortfall")), "h": value(read.get("cohen_h"))}
    return say(
        "That is not below {bound}, yet chance would seldom leave it (adjusted p {p}): {people} people short of "
        "parity, Cohen's h {h}.",
        **slots,
        **more,
    )


def _blind(read: dict[str, Evidence], slots: dict[str, Text]) -> Message:
    found = read.get("minimum_detectable_ratio")
    if found is None or found.value is None:
        return say(
            "That is not below {bound} (adjusted p {p}), but with so few people no gap would have been noticed.",
            **slots,
        )
    return say(
        "That is not below {bound} (adjusted p {p}), but with so few people only a ratio of {least} or less would "
        "have been noticed.",
        **slots,
    )


def _remarks(found: Finding, read: dict[str, Evidence]) -> list[Text]:
    out: list[Text] = []
    if (
        found.numbers.get("one_person_reverses")
        and found.numbers.get("naive_flag")
        and found.verdict is not Verdict.FAIL
    ):
        out.append(say("Selecting one different person would reverse it."))
    bounds = read.get("impact_ratio_bounds")
    unknown = bounds.detail.get("unknown") if bounds is not None else None
    if bounds is not None and unknown and bounds.low is not None:
        limits = Interval(bounds.low, bounds.high, "ratio", bounds.id)
        out.append(
            say("However the people of unknown group are distributed, the ratio lies within {limits}.", limits=limits)
        )
    strata = read.get("mantel_haenszel_or")
    if strata is not None and strata.detail.get("reversal"):
        out.append(say("Within the declared strata the gap turns round: odds ratio {odds}.", odds=value(strata)))
    return out
