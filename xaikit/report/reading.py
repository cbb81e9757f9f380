"""Reading a result: which features were audited, their groups in order, and the evidence on each."""

from collections.abc import Iterable, Mapping

from xaikit.core.evidence import JOIN, UNKNOWN, Evidence, Finding, Verdict
from xaikit.core.result import AuditResult

WORST_FIRST = (Verdict.ERROR, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS, Verdict.NOT_APPLICABLE)


def is_intersection(sensitive: str) -> bool:
    """Return whether a feature is several joined.

    Examples
    --------
    >>> is_intersection("sex×race"), is_intersection("sex")
    (True, False)
    """
    return JOIN in sensitive


def features(result: AuditResult) -> tuple[str, ...]:
    """Return the sensitive features of the evidence: single ones as declared, then their intersections."""
    found = dict.fromkeys(e.about["sensitive"] for e in result.evidence if e.about.get("sensitive"))
    declared = declared_roles(result).get("sensitive") or ()
    rank = {name: i for i, name in enumerate(declared if isinstance(declared, (list, tuple)) else [declared])}
    return tuple(sorted(found, key=lambda f: (f.count(JOIN), rank.get(f, len(rank)), f)))


def declared_roles(result: AuditResult) -> Mapping[str, object]:
    """Return the roles of audit.yaml."""
    roles = result.spec.get("roles") or {}
    return roles if isinstance(roles, Mapping) else {}


def labels_alone(result: AuditResult) -> bool:
    """Return whether nobody decided anything: the ground truth was looked at, and nothing else."""
    roles = declared_roles(result)
    return bool(roles.get("label")) and not (roles.get("decision") or roles.get("score") or result.spec.get("model"))


PLAIN = frozenset({"sensitive", "group", "reference"})


def by_group(result: AuditResult, measure: str, sensitive: str) -> dict[str, Evidence]:
    """Return the evidence on a measure by group: over all strata together, against the best group."""
    found = result.measured(measure, sensitive=sensitive)
    return {e.about["group"]: e for e in found if "group" in e.about and PLAIN.issuperset(e.about)}


def ordered_groups(result: AuditResult, sensitive: str, measure: str = "selection_rate") -> tuple[str, ...]:
    """Return the groups of a feature, the highest rate first, those without a value and the unknown last."""
    found = by_group(result, measure, sensitive)

    def rank(group: str) -> tuple[bool, bool, float, str]:
        value = found[group].value
        return (is_unknown(group), value is None, -(value or 0.0), group)

    return tuple(sorted(found, key=rank))


def beyond_chance(found: Finding) -> bool:
    """Return whether a finding on an impact ratio is sure of a difference, whatever its size.

    An inconclusive one may be: the difference is no chance, but not below the bound, or not against a safe reference.
    """
    p, alpha = found.numbers.get("adjusted_p"), found.numbers.get("bound_alpha")
    return isinstance(p, (int, float)) and isinstance(alpha, (int, float)) and p < alpha


def is_unknown(group: str) -> bool:
    """Return whether a group stands for missing demographics."""
    return UNKNOWN in group.split(JOIN)


def colours(result: AuditResult, sensitive: str) -> dict[str, int]:
    """Return the colour of each group, the same in every chart; -1 (neutral) for the unknown and intersections."""
    groups = sorted(
        {e.about["group"] for e in result.evidence if e.about.get("sensitive") == sensitive and "group" in e.about}
    )
    known = [g for g in groups if not is_unknown(g)]
    plain = is_intersection(sensitive) or len(known) > 8
    place = {g: -1 if plain else i for i, g in enumerate(known)}
    return {g: place.get(g, -1) for g in groups}


def evidence_of(result: AuditResult, finding: Finding) -> tuple[Evidence, ...]:
    """Return the evidence that a finding was judged by."""
    found = (result.named(i) for i in finding.evidence)
    return tuple(e for e in found if e is not None)


def judged(result: AuditResult) -> list[Finding]:
    """Return the findings that answer a criterion with a threshold, worst first; questions and reports are none."""
    return worst_first(f for f in result.findings if (not f.open and f.criterion.rule != "reported") or _broken(f))


def deciding(result: AuditResult) -> Finding | None:
    """Return the worst finding that was judged; None where none could be."""
    silent = (Verdict.NOT_APPLICABLE, Verdict.ERROR)
    return next((f for f in judged(result) if f.verdict not in silent), None)


def is_reference(found: Finding) -> bool:
    """Return whether a finding only says that its group is the one compared with."""
    return found.about.get("group") is not None and found.about.get("group") == found.about.get("reference")


def _broken(finding: Finding) -> bool:
    return finding.verdict is Verdict.ERROR


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by verdict, decisions before the rest, single features first, the lowest ratio first."""
    rank = {v: i for i, v in enumerate(WORST_FIRST)}

    def weight(f: Finding) -> tuple[int, bool, int, float]:
        sensitive = f.about.get("sensitive", "")
        return (rank[f.verdict], f.criterion.rule != "adverse_impact", sensitive.count(JOIN), _value(f))

    return sorted(findings, key=weight)


def _value(finding: Finding) -> float:
    value = finding.numbers.get("ratio", finding.numbers.get("value"))
    return float(value) if isinstance(value, (int, float)) else 0.0


def number(evidence: Evidence | None, key: str) -> float | None:
    """Return a number of the evidence's detail; None where it is absent or no number."""
    value = evidence.detail.get(key) if evidence is not None else None
    return None if value is None or isinstance(value, (str, bool)) else value
