"""The rule of adverse impact: the verdict follows valid inference, and the naive flag never decides alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from xaikit.auditing.wording import group_name, number, p_value, percent, ratio
from xaikit.core.evidence import Criterion, Evidence, Finding, Verdict

FIFTHS = {Fraction(4, 5): "four fifths", Fraction(9, 10): "nine tenths", Fraction(1, 2): "one half"}


@dataclass(frozen=True, slots=True)
class _Case:
    """One group's impact ratio, and the evidence on the same comparison by measure."""

    criterion: Criterion
    ratio: Evidence
    beside: Mapping[str, Evidence]

    @property
    def bound(self) -> Fraction:
        return Fraction(self.criterion.bounds["ratio"]).limit_denominator(10_000)

    @property
    def adjusted(self) -> float | None:
        return self.value("holm_p" if "comparator" in self.ratio.about else "best_of_k_p")

    @property
    def below(self) -> bool:
        """Whether the ratio is below the bound, in integers where rows count once."""
        detail, value = self.ratio.detail, self.ratio.value
        counts = [detail.get(k) for k in ("selected", "people", "reference_selected", "reference_people")]
        if detail.get("weighted") or not all(isinstance(c, int) for c in counts):
            return value is not None and value < float(self.bound) - 1e-12
        x, n, x_ref, n_ref = (int(c) for c in counts if c is not None)
        return self.bound.denominator * x * n_ref < self.bound.numerator * x_ref * n

    @property
    def below_rival(self) -> bool:
        """Whether the ratio to the group that is most clearly above is below the bound too.

        The highest rate may be that of a handful of people, and the test speak of another group: both must hold of
        one and the same.
        """
        found = self.beside.get("best_of_k_p")
        if "comparator" in self.ratio.about or found is None or "most_clearly_above" not in found.detail:
            return self.below
        to_it = found.detail.get("ratio_to_it")
        if found.detail["most_clearly_above"] == self.ratio.about.get("reference"):
            return self.below
        return isinstance(to_it, float) and to_it < float(self.bound) - 1e-12

    @property
    def rival(self) -> str:
        """Return the group that is most clearly above, in words, where it is not the one of the highest rate."""
        found = self.beside.get("best_of_k_p")
        if "comparator" in self.ratio.about or found is None:
            return ""
        name, to_it = found.detail.get("most_clearly_above"), found.detail.get("ratio_to_it")
        if name in (None, self.ratio.about.get("reference")) or not isinstance(to_it, float):
            return ""
        return f"{group_name(str(name))} ({found.detail['above_people']} people): ratio {ratio(to_it)}"

    @property
    def threshold(self) -> str:
        return FIFTHS.get(self.bound, number(float(self.bound)))

    def value(self, measure: str) -> float | None:
        return self.beside[measure].value if measure in self.beside else None


def adverse_impact(criterion: Criterion, read: Sequence[Evidence], evidence: Sequence[Evidence]) -> list[Finding]:
    """Return one finding a group that was compared.

    Parameters
    ----------
    criterion : Criterion
        `bounds`: `ratio` (four fifths), `alpha` and, for PASS, `power`.
    read : sequence of Evidence
        Impact ratios.
    evidence : sequence of Evidence
        All, among which the tests of the same comparisons are found.

    Notes
    -----
    Ratio below the bound and adjusted p below alpha: FAIL; when the group with the highest rate is not the one most
    clearly above, the ratio to the latter must be below the bound too, else INCONCLUSIVE. Below, not significant:
    INCONCLUSIVE. Not below, significant: INCONCLUSIVE, with the practical size. Not below, not significant: PASS
    where a true ratio at the bound would have been detected, else INCONCLUSIVE.

    References
    ----------
    29 CFR 1607.4(D); UGESP Questions and Answers, 44 FR 11996 (1979), Q. 20–21.
    """
    out = []
    for e in read:
        if any(k in e.about for k in ("stratum", "period", "stage")):
            continue
        pair = {k: v for k, v in e.about.items() if k in ("sensitive", "group", "reference", "comparator")}
        short = {k: v for k, v in pair.items() if k in ("sensitive", "group")}
        beside = {x.measure: x for x in evidence if dict(x.about) == pair}
        beside |= {x.measure: x for x in evidence if dict(x.about) == short and x.measure not in beside}
        out.append(_judged(_Case(criterion, e, beside)))
    return out


def _judged(case: _Case) -> Finding:
    e, about = case.ratio, dict(case.ratio.about)
    who = group_name(e.about.get("group", ""))
    if e.value is None:
        because = f"{who}: the impact ratio is not defined, {e.because or 'no value'}."
        return Finding(case.criterion, Verdict.NOT_APPLICABLE, because, about, (e.id,))
    if e.about.get("group") == e.about.get("reference"):
        title = "the declared reference" if "comparator" in e.about else "selected at the highest rate"
        because = f"{who}: {title}, with which the other groups are compared."
        return Finding(case.criterion, Verdict.NOT_APPLICABLE, because, about, (e.id,))
    if e.n is not None and e.n < case.criterion.min_n:
        because = f"{who}: {e.n} people, fewer than the {case.criterion.min_n} that this criterion judges."
        return Finding(case.criterion, Verdict.NOT_APPLICABLE, because, about, (e.id,), {"n": e.n})
    verdict, why = _verdict(case)
    text = ". ".join([f"{_fact(case)}{why}", *_remarks(case, verdict)]) + "."
    ids = (e.id, *(x.id for m, x in case.beside.items() if m in USED and x.id != e.id))
    return Finding(case.criterion, verdict, text, about, ids, _numbers(case))


def _verdict(case: _Case) -> tuple[Verdict, str]:
    """Return the verdict and why, as it goes on after the fact."""
    p, alpha = case.adjusted, case.criterion.bounds["alpha"]
    significant = p is not None and p < alpha
    shown = f"adjusted {p_value(p)}" if p is not None else "no adjusted p"
    rival = f", most clearly against {case.rival}" if case.rival else ""
    if case.below and significant and case.below_rival:
        return Verdict.FAIL, f", below {case.threshold}; {shown}{rival}"
    if case.below and significant:
        why = "the highest rate rests on few people, and the difference is not by chance"
        return Verdict.INCONCLUSIVE, f", below {case.threshold}, but {why}; {shown}{rival}"
    if case.below:
        return Verdict.INCONCLUSIVE, f", below {case.threshold}, but too few people to tell; {shown}"
    if significant:
        why = f", not below {case.threshold}, but not by chance either; {shown}{rival}{_size(case)}"
        return Verdict.INCONCLUSIVE, why
    found = case.value("minimum_detectable_ratio")
    if found is not None and found >= float(case.bound):
        why = f"a true ratio of {case.threshold} would have been noticed (smallest detectable ratio {ratio(found)})"
        return Verdict.PASS, f", not below {case.threshold}; {shown}; {why}"
    limit = "no true ratio" if found is None else f"only a true ratio of {ratio(found)} or less"
    why = f"insufficient evidence, since {limit} would have been noticed with so few people"
    return Verdict.INCONCLUSIVE, f", not below {case.threshold}; {shown}; {why}"


def _fact(case: _Case) -> str:
    e = case.ratio
    who, reference = group_name(e.about["group"]), group_name(e.about.get("reference", "the reference"))
    x, n, x_ref, n_ref = (e.detail.get(k) for k in ("selected", "people", "reference_selected", "reference_people"))
    rates = ""
    mine, gap = case.value("selection_rate"), case.value("selection_rate_difference")
    if mine is not None and gap is not None:
        own, theirs = percent(mine), percent(mine - gap)
        rates = f"selected at {own} ({x} of {n}) against {theirs} of {reference} ({x_ref} of {n_ref})"
        if e.detail.get("weighted"):
            rates = f"selected at {own} (weighted; {n} people) against {theirs} of {reference} ({n_ref} people)"
    limits = ""
    if e.low is not None and e.high is not None:
        confidence = e.detail.get("confidence")
        share = f"{100 * float(confidence):g} % " if isinstance(confidence, float) else ""
        limits = f" ({share}simultaneous interval {ratio(e.low)}–{ratio(e.high)})"
    assert e.value is not None
    return f"{who}: {rates or f'compared with {reference}'}: ratio {ratio(e.value)}{limits}"


def _size(case: _Case) -> str:
    h, short = case.value("cohen_h"), case.value("shortfall")
    size = f"; Cohen's h {number(abs(h))}" if h is not None else ""
    return size + (f", {short:.0f} people short of parity" if short is not None else "")


def _remarks(case: _Case, verdict: Verdict) -> list[str]:
    detail, out = case.ratio.detail, []
    if (
        case.below
        and verdict is not Verdict.FAIL
        and (detail.get("one_person_reverses_direction") or detail.get("one_person_reverses_flag"))
    ):
        what = "direction" if detail.get("one_person_reverses_direction") else "flag"
        out.append(f"Selecting one different person would reverse the {what}")
    bounds = case.beside.get("impact_ratio_bounds")
    if bounds is not None and bounds.detail.get("unknown") and bounds.low is not None and bounds.high is not None:
        unknown = bounds.detail["unknown"]
        many = f"{unknown} people of unknown group" if unknown != 1 else "One person of unknown group"
        out.append(f"{many} could move the ratio to anything from {ratio(bounds.low)} to {ratio(bounds.high)}")
    strata = case.beside.get("mantel_haenszel_or")
    if strata is not None and strata.detail.get("reversal"):
        test = case.value("cmh_p")
        shown = f", CMH {p_value(test)}" if test is not None else ""
        out.append(f"Within the declared strata the difference turns round: odds ratio {number(strata.value)}{shown}")
    return out


USED = (
    "selection_rate",
    "selection_rate_difference",
    "shortfall",
    "best_of_k_p",
    "holm_p",
    "minimum_detectable_ratio",
    "cohen_h",
    "impact_ratio_bounds",
    "mantel_haenszel_or",
    "cmh_p",
)


def _numbers(case: _Case) -> dict[str, float | int | str | bool | None]:
    e = case.ratio
    bounds = case.beside.get("impact_ratio_bounds")
    out: dict[str, float | int | str | bool | None] = {
        "ratio": e.value,
        "ratio_low": e.low,
        "ratio_high": e.high,
        **{k: e.detail.get(k) for k in ("selected", "people", "reference_selected", "reference_people")},
        "adjusted_p": case.adjusted,
        "fisher_p": case.value("fisher_p"),
        "naive_flag": case.below,
        "most_clearly_above": case.beside["best_of_k_p"].detail.get("most_clearly_above")
        if "best_of_k_p" in case.beside and "comparator" not in e.about
        else None,
        "one_person_reverses": bool(
            e.detail.get("one_person_reverses_direction") or e.detail.get("one_person_reverses_flag")
        ),
        "minimum_detectable_ratio": case.value("minimum_detectable_ratio"),
        "cohen_h": case.value("cohen_h"),
        "shortfall": case.value("shortfall"),
        "ratio_least": bounds.low if bounds else None,
        "ratio_most": bounds.high if bounds else None,
        **{f"bound_{k}": v for k, v in case.criterion.bounds.items()},
    }
    return out
