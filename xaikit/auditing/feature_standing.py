"""Which features are suspected to stand in for a sensitive one: predictability and dependence, against a profile."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xaikit.auditing.wording import number, percent
from xaikit.core.evidence import Criterion, Evidence, Finding, Verdict
from xaikit.core.players import Players
from xaikit.core.roles import Roles
from xaikit.core.standing import CONTESTED, SUSPECTED, UNDECLARED, Standing

PROFILE = "feature_standing"
OPEN = (UNDECLARED, CONTESTED)
"""Standings that leave it to the evidence; what is declared legitimate is a claim that the auditor defends."""
REACH = 1.96


@dataclass(frozen=True, slots=True)
class Judged:
    """What the bounds make of one feature and one sensitive one.

    Parameters
    ----------
    tells : bool
        Whether the sensitive feature can be told from it, by more than the bound.
    leans : bool or None
        Whether the model leans on it; None where nothing has measured that.
    why : str
        Both in words.
    """

    tells: bool
    leans: bool | None
    why: str


def standings(
    roles: Roles, players: Players | None, evidence: Sequence[Evidence], criteria: Iterable[Criterion]
) -> tuple[Standing, ...]:
    """Return the standing of every feature: as declared, and whether the evidence makes it a suspected proxy.

    Parameters
    ----------
    roles : Roles
        What was declared.
    players : Players, optional
        The inputs of the model.
    evidence : sequence of Evidence
        Of the check `proxies`, among others.
    criteria : iterable of Criterion
        Of the profile that holds the bounds.
    """
    read = [e for e in evidence if e.measure == "proxy_auc" and e.value is not None and "itself" in e.detail]
    features = dict.fromkeys([*(players.names if players is not None else ()), *(e.about["feature"] for e in read)])
    rules = [c for c in criteria if c.rule == "proxy"]
    out = []
    for feature in features:
        declared = roles.standing(*_names(feature, players))
        mine = [e for e in read if e.about["feature"] == feature]
        found = [(e, j) for c in rules for e in mine if (j := judged(c, e, evidence)).tells and j.leans]
        if declared not in OPEN or not found:
            out.append(Standing(feature, declared, declared))
            continue
        whole = [j.why for e, j in found if "part" not in e.about] or [j.why for _, j in found]
        because = "; ".join(dict.fromkeys(whole))
        out.append(Standing(feature, SUSPECTED, declared, because, tuple(e.id for e, _ in found)))
    return tuple(out)


def judged(criterion: Criterion, e: Evidence, evidence: Sequence[Evidence]) -> Judged:
    """Return what a criterion makes of one feature and one sensitive one.

    It tells where the area under the curve is above the bound and the information above 0, by the lower limits of
    their intervals; the model leans on it where the lower limit of its share of all attributions is above the bound.
    """
    bits = next(
        (b for b in evidence if b.measure == "proxy_mutual_information" and dict(b.about) == dict(e.about)), None
    )
    enough = e.n is None or e.n >= criterion.min_n
    tells = enough and e.low is not None and e.low > criterion.bounds["auc_above"]
    tells = tells and bits is not None and bits.low is not None and bits.low > 0
    share, error = e.detail.get("dependence"), e.detail.get("dependence_error")
    known = isinstance(share, float) and isinstance(error, float)
    leans = share - REACH * error > criterion.bounds["share_above"] if known else None  # type: ignore[operator]
    sensitive, auc, low, high = e.about["sensitive"], number(e.value), number(e.low), number(e.high)
    why = f"{sensitive} is told from it with an AUC of {auc} ({low} to {high})"
    if known:
        carried = percent(float(share or 0.0))
        why = (
            f"{sensitive} is told from it with an AUC of {auc} ({low} to {high}), "
            f"and it carries {carried} of the attributions"
        )
    return Judged(bool(tells), leans, why)


def proxy(criterion: Criterion, read: Sequence[Evidence], evidence: Sequence[Evidence]) -> list[Finding]:
    """Return one finding a feature and sensitive feature; of a whole and its parts, the parts speak for themselves.

    Parameters
    ----------
    criterion : Criterion
        `bounds`: `auc_above`, `share_above` and, where a proxy fails rather than raises a question, `fail`.
    read : sequence of Evidence
        Of the measure `proxy_auc`.
    evidence : sequence of Evidence
        All, among which the information of the same features is found.

    Notes
    -----
    Read by the model, telling and leant on: FAIL with `fail`, else INCONCLUSIVE. Not read: PASS, and that it lies in
    the data is said. Whether it is leant on, or read at all, is not known: INCONCLUSIVE. Read and leant on, without
    being told beyond chance: INCONCLUSIVE where the criterion names a kind of column that the law does, else PASS.

    References
    ----------
    Datta, A. et al. (2017). Proxy non-discrimination in data-driven systems. arXiv:1707.08120.
    """
    out = []
    for e in read:
        if e.value is None or e.detail.get("itself") or "itself" not in e.detail:
            continue
        if "kind" not in criterion.about and e.detail.get("standing") not in OPEN:
            continue
        verdict, because = _verdict(criterion, e, judged(criterion, e, evidence))
        numbers: Mapping[str, float | int | str | bool | None] = {
            "value": e.value,
            "low": e.low,
            "high": e.high,
            "dependence": e.detail.get("dependence"),
            **criterion.bounds,
        }
        out.append(Finding(criterion, verdict, because, dict(e.about), (e.id,), numbers))
    return out


def _verdict(criterion: Criterion, e: Evidence, found: Judged) -> tuple[Verdict, str]:
    what = e.about["feature"] + (f" ({e.about['kind']})" if "kind" in e.about else "")
    named = "kind" in criterion.about
    if e.detail.get("read") is None:
        because = f"{what} is in the data: {found.why}. Whether the decisions rest on it is not known."
        return (Verdict.INCONCLUSIVE if found.tells else Verdict.PASS), because
    if not e.detail["read"]:
        return Verdict.PASS, f"{what} is in the data, and the model does not read it: {found.why}."
    if found.leans is None:
        because = f"{what} is among the inputs: {found.why}. No explanation measured how far the model leans on it."
        return (Verdict.INCONCLUSIVE if found.tells or named else Verdict.PASS), because
    if found.tells and found.leans:
        verdict = Verdict.FAIL if criterion.bounds.get("fail") else Verdict.INCONCLUSIVE
        return verdict, f"{what} stands in: {found.why}."
    if found.leans and named:
        return Verdict.INCONCLUSIVE, f"{what} is among the inputs, without being shown to stand in: {found.why}."
    return Verdict.PASS, f"{what} is not shown to stand in: {found.why}."


def _names(feature: str, players: Players | None) -> set[str]:
    if players is None or feature not in players.names:
        return {feature}
    return {feature, *(players.columns[i] for i in players.members(players.names.index(feature)))}
