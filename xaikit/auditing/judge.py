"""Criterion × evidence → finding. Every criterion gets one: silence must show."""

from collections.abc import Callable, Mapping, Sequence

from xaikit.auditing.adverse_impact import adverse_impact
from xaikit.auditing.feature_standing import proxy
from xaikit.auditing.wording import number, where
from xaikit.core.evidence import JOIN, Criterion, Evidence, Finding, Profile, Verdict
from xaikit.core.result import Step

Rule = Callable[[Criterion, Sequence[Evidence], Sequence[Evidence]], list[Finding]]


def judge(profiles: Sequence[Profile], evidence: Sequence[Evidence], steps: Sequence[Step]) -> tuple[Finding, ...]:
    """Return the findings of every criterion of every profile.

    Parameters
    ----------
    profiles : sequence of Profile
        What judges; every threshold is theirs.
    evidence : sequence of Evidence
        What was measured.
    steps : sequence of Step
        What ran, was skipped, or failed.

    Returns
    -------
    tuple of Finding
        At least one a criterion: NOT_APPLICABLE where there is no evidence, ERROR where what measures it failed.
    """
    out: list[Finding] = []
    for profile in profiles:
        for criterion in profile.criteria:
            out += _judged(criterion, evidence, steps)
    return tuple(out)


def _judged(criterion: Criterion, evidence: Sequence[Evidence], steps: Sequence[Step]) -> list[Finding]:
    if criterion.rule == "question":
        return [Finding(criterion, Verdict.NOT_APPLICABLE, criterion.question, open=True)]
    read = [e for e in evidence if e.measure == criterion.measure and _concerns(criterion.about, e)]
    findings = RULES[criterion.rule](criterion, read, evidence) if read else []
    compared = any(f.verdict is not Verdict.NOT_APPLICABLE for f in findings)
    if criterion.rule == "adverse_impact" and not compared and _was_to_compare(criterion, steps):
        # what was asked could not be answered; reported tables beside it must not make that a pass
        because = "No two groups of people could be compared: nothing is established either way."
        findings.append(Finding(criterion, Verdict.INCONCLUSIVE, because))
    return findings or [_without(criterion, steps)]


def _was_to_compare(criterion: Criterion, steps: Sequence[Step]) -> bool:
    ran = any(s.kind == "checks" and s.name == criterion.check and s.status == "ran" for s in steps)
    return ran and criterion.about.get("sensitive") != "intersection"


def _concerns(about: Mapping[str, str], evidence: Evidence) -> bool:
    """Return whether a criterion reads this evidence; single strata and declared references only when it says so."""
    if any(k in evidence.about and k not in about for k in ("comparator", "stratum", "bin", "period", "stage")):
        return False
    for key, wanted in about.items():
        found = evidence.about.get(key)
        if key == "sensitive" and wanted in ("single", "intersection"):
            if found is None or (JOIN in found) != (wanted == "intersection"):
                return False
        elif found != wanted:
            return False
    return True


def _without(criterion: Criterion, steps: Sequence[Step]) -> Finding:
    fates = [s for s in steps if s.kind == "checks" and s.name == criterion.check]
    name = criterion.check or criterion.measure
    if any(s.status == "failed" for s in fates):
        because = next(s.because for s in fates if s.status == "failed")
        return Finding(criterion, Verdict.ERROR, f"The check '{name}' failed: {because}")
    if any(s.status == "skipped" for s in fates):
        because = next(s.because for s in fates if s.status == "skipped")
        return Finding(criterion, Verdict.NOT_APPLICABLE, f"Not measured: {because}.")
    if not fates:
        return Finding(criterion, Verdict.NOT_APPLICABLE, f"Not measured: the audit did not run the check '{name}'.")
    kind = criterion.about.get("sensitive")
    among = f" for {'an intersection' if kind == 'intersection' else kind}" if kind and kind != "single" else ""
    if criterion.about.get("group"):
        among += f" about the group '{criterion.about['group']}'"
    if criterion.about.get("kind"):
        because = f"No column is a {criterion.about['kind']} by its name and its values."
        return Finding(criterion, Verdict.NOT_APPLICABLE, because)
    return Finding(
        criterion, Verdict.NOT_APPLICABLE, f"There is no {_words(criterion.measure)}{among} in this audit."
    )


def _words(measure: str) -> str:
    return measure.replace("_", " ")


def _reported(criterion: Criterion, read: Sequence[Evidence], evidence: Sequence[Evidence]) -> list[Finding]:
    del evidence
    known = [e for e in read if e.value is not None]
    ids = tuple(e.id for e in read)
    if not known:
        because = f"Not defined: {read[0].because or 'no value'}."
        return [Finding(criterion, Verdict.NOT_APPLICABLE, because, evidence=ids)]
    measure = _words(criterion.measure)
    count = f"{len(known)} values of {measure}" if len(known) > 1 else f"1 value of {measure}"
    rest = f"; {len(read) - len(known)} not defined" if len(known) < len(read) else ""
    numbers = {"reported": len(known), "not_defined": len(read) - len(known)}
    return [Finding(criterion, Verdict.PASS, f"Reported: {count}{rest}.", evidence=ids, numbers=numbers)]


def _bound(criterion: Criterion, read: Sequence[Evidence], evidence: Sequence[Evidence]) -> list[Finding]:
    del evidence
    return [_one_bound(criterion, e) for e in read]


def _one_bound(criterion: Criterion, e: Evidence) -> Finding:
    about, ids = dict(e.about), (e.id,)
    if e.value is None:
        because = f"{_words(e.measure).capitalize()}{where(e.about)} is not defined: {e.because or 'no value'}."
        return Finding(criterion, Verdict.NOT_APPLICABLE, because, about, ids)
    if e.n is not None and e.n < criterion.min_n:
        because = f"Only {e.n} rows: fewer than {criterion.min_n} are not judged."
        return Finding(criterion, Verdict.NOT_APPLICABLE, because, about, ids, {"n": e.n})
    verdict, why = _against(e, criterion.bounds)
    limits = f" (interval {number(e.low)} to {number(e.high)})" if e.low is not None and e.high is not None else ""
    because = f"{_words(e.measure).capitalize()}{where(e.about)} is {number(e.value)}{limits}: {why}."
    numbers = {"value": e.value, "low": e.low, "high": e.high, "n": e.n, **criterion.bounds}
    return Finding(criterion, verdict, because, about, ids, numbers)


def _against(e: Evidence, bounds: Mapping[str, float]) -> tuple[Verdict, str]:
    """Return the verdict on a value: by the point, or with `interval` by both ends."""
    worst: tuple[Verdict, str] = (Verdict.PASS, "within every bound")
    for name, verdict in (("inconclusive", Verdict.INCONCLUSIVE), ("fail", Verdict.FAIL)):
        for side in ("above", "below"):
            bound = bounds.get(f"{name}_{side}")
            if bound is None:
                continue
            beyond, crossed = _beyond(e, bound, side, bool(bounds.get("interval")))
            if beyond:
                why = f"above {number(bound)}" if side == "above" else f"below {number(bound)}"
                worst = max(worst, (verdict, why), key=lambda w: w[0])
            elif crossed:
                because = f"the interval crosses {number(bound)}, so that there is not enough evidence"
                worst = max(worst, (Verdict.INCONCLUSIVE, because), key=lambda w: w[0])
    return worst


def _beyond(e: Evidence, bound: float, side: str, by_interval: bool) -> tuple[bool, bool]:
    """Return whether a value lies beyond a bound, and whether its interval leaves that open."""
    assert e.value is not None
    sign = 1.0 if side == "above" else -1.0
    ends = [v for v in (e.low, e.high) if v is not None] if by_interval else []
    values = ends if len(ends) == 2 else [e.value]
    past = [sign * v > sign * bound for v in values]
    return all(past), any(past) and not all(past)


RULES: Mapping[str, Rule] = {
    "adverse_impact": adverse_impact,
    "bound": _bound,
    "proxy": proxy,
    "reported": _reported,
}
