"""Two audits: what improved, what worsened, and what is unchanged within error."""

from collections.abc import Mapping
from types import MappingProxyType

from xaikit.core.comparison import Compared, Comparison, Turned
from xaikit.core.evidence import Evidence, Finding
from xaikit.core.result import AuditResult
from xaikit.stats.change import Change, Estimate, change
from xaikit.stats.tests import holm

IDEALS: Mapping[str, float] = MappingProxyType(
    {
        "accuracy": 1.0,
        "accuracy_difference": 0.0,
        "attribute_flip_to_favourable": 0.0,
        "attribute_flip_to_unfavourable": 0.0,
        "auc": 1.0,
        "equal_opportunity_difference": 0.0,
        "equalized_odds_difference": 0.0,
        "expected_calibration_error": 0.0,
        "impact_ratio": 1.0,
        "mantel_haenszel_or": 1.0,
        "predictive_parity_difference": 0.0,
        "recourse_cost_gap": 0.0,
        "scoring_impact_ratio": 1.0,
    }
)
"""The measures that are compared, and the value that would be best."""
RATIOS = frozenset({"impact_ratio", "mantel_haenszel_or", "scoring_impact_ratio"})


def compare(before: AuditResult, after: AuditResult, *, alpha: float = 0.05) -> Comparison:
    """Return what changed between two audits: model versions, mitigations or periods.

    Parameters
    ----------
    before, after : AuditResult
        Of the same features; the groups that only one of them has are listed apart.
    alpha : float
        Family-wise level of the tests (Holm over everything compared).

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.
    """
    mine, other = _table(before), _table(after)
    both = [(mine[k], other[k]) for k in mine if k in other]
    changes = [_change(a, b) for a, b in both]
    adjusted = holm([c.p for c in changes]).tolist() if changes else []
    pairs = zip(both, changes, adjusted, strict=True)
    compared = [Compared(a, b, c.difference, c.low, c.high, p, _outcome(c, p, alpha)) for (a, b), c, p in pairs]
    rank = {"worsened": 0, "improved": 1, "unchanged": 2}
    compared.sort(key=lambda c: (rank[c.outcome], c.p, c.before.id))
    data = before.provenance.hashes.get("data")
    return Comparison(
        before,
        after,
        tuple(compared),
        _turned(before, after),
        tuple(e for k, e in mine.items() if k not in other),
        tuple(e for k, e in other.items() if k not in mine),
        alpha,
        data is not None and data == after.provenance.hashes.get("data"),
    )


Key = tuple[tuple[str, str], ...]


def _key(name: str, about: Mapping[str, str]) -> Key:
    """Return what must be equal for two measurements to be of one thing; the best group may be another by now."""
    return (("", name), *sorted((k, v) for k, v in about.items() if k != "reference"))


def _table(result: AuditResult) -> dict[Key, Evidence]:
    found = (e for e in result.evidence if e.measure in IDEALS and e.value is not None)
    kept = (
        e
        for e in found
        if not {"stratum", "bin"} & set(e.about) and e.about.get("group") != e.about.get("reference", "")
    )
    return {_key(e.measure + (e.about["reference"] if "flip" in e.measure else ""), e.about): e for e in kept}


def _change(before: Evidence, after: Evidence) -> Change:
    a, b = (Estimate(e.value or 0.0, e.low, e.high) for e in (before, after))
    return change(a, b, IDEALS[before.measure], ratio=before.measure in RATIOS)


def _outcome(found: Change, p: float, alpha: float) -> str:
    if p >= alpha:
        return "unchanged"
    return "improved" if found.nearer else "worsened"


def _turned(before: AuditResult, after: AuditResult) -> tuple[Turned, ...]:
    def table(result: AuditResult) -> dict[Key, Finding]:
        judged = (f for f in result.findings if not f.open and f.criterion.rule != "reported")
        return {_key(f"{f.criterion.profile}/{f.criterion.id}", f.about): f for f in judged}

    mine, other = table(before), table(after)
    pairs = (Turned(mine[k], other[k]) for k in mine if k in other)
    return tuple(t for t in pairs if t.before.verdict is not t.after.verdict)
