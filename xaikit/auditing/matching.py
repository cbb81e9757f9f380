"""Which measurements and findings of two audits are of one thing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from xaikit.core.comparison import Turned
from xaikit.core.evidence import Evidence, Finding, Verdict
from xaikit.core.result import AuditResult

SWAPPED = {
    "selected": "reference_selected",
    "people": "reference_people",
    "reference_selected": "selected",
    "reference_people": "people",
    "weighted": "weighted",
}
Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Matched:
    """What two audits measured.

    Parameters
    ----------
    both : tuple of (Evidence, Evidence, int)
        Of one thing, before and after; and from how many pairs of groups this one was chosen by looking: 1 where it
        was not.
    only_before, only_after : tuple of Evidence
        What one of them alone measured.
    """

    both: tuple[tuple[Evidence, Evidence, int], ...]
    only_before: tuple[Evidence, ...]
    only_after: tuple[Evidence, ...]


def matched(
    before: AuditResult,
    after: AuditResult,
    measures: Iterable[str],
    ratios: Iterable[str],
    gaps: Iterable[str] = (),
) -> Matched:
    """Return which measurements are of one thing.

    A ratio compares a group with the best one, which may be another by now. Where a group that was the best is so no
    longer, its ratio to the one that took its place is taken from before, turned round: that is the same pair of
    groups, and both times the same question. Of many groups this pair was chosen by looking, as the one that moved
    apart: how many it could have been is told, for its p to be corrected by.

    Parameters
    ----------
    before, after : AuditResult
        The audits.
    measures : iterable of str
        Those that are compared.
    ratios : iterable of str
        Those of them that have a reference group, and are turned round by division.
    gaps : iterable of str
        Those that are turned round by their sign.
    """
    wanted, turnable = set(measures), {*ratios, *gaps}
    mine, other = _table(before, wanted), _table(after, wanted)
    both, used = [], set()
    for key, now in other.items():
        was, place = mine.get(key), key
        if was is None and now.measure in turnable:
            was, place = _turned_round(mine, now, by_sign=now.measure in gaps)
        if was is not None:
            both.append((was, now, 1 if place == key else _rivals(other, now)))
            used |= {key, place}
    return Matched(
        tuple(both),
        tuple(e for k, e in mine.items() if k not in used),
        tuple(e for k, e in other.items() if k not in used),
    )


def _rivals(other: Mapping[Key, Evidence], now: Evidence) -> int:
    """Return how many groups could have taken the place of the best: it is the one that did best since."""
    view = now.about.get("sensitive")
    return sum(e.measure == now.measure and e.about.get("sensitive") == view for e in other.values())


def _key(name: str, about: Mapping[str, str]) -> Key:
    """Return what must be equal for two measurements to be of one thing; the best group may be another by now."""
    return (("", name), *sorted((k, v) for k, v in about.items() if k != "reference"))


def _name(e: Evidence) -> str:
    return e.measure + (e.about["reference"] if "flip" in e.measure else "")


def _table(result: AuditResult, measures: set[str]) -> dict[Key, Evidence]:
    found = (e for e in result.evidence if e.measure in measures and e.value is not None)
    kept = (e for e in found if not {"stratum", "bin"} & set(e.about) and not is_reference(e.about))
    return {_key(_name(e), e.about): e for e in kept}


def is_reference(about: Mapping[str, str]) -> bool:
    """Return whether something is about the reference group itself."""
    return "group" in about and about["group"] == about.get("reference")


def _turned_round(mine: Mapping[Key, Evidence], now: Evidence, *, by_sign: bool) -> tuple[Evidence | None, Key]:
    """Return the ratio or gap before of the pair that one is now of, where the group was then the reference."""
    group, reference = now.about.get("group", ""), now.about.get("reference", "")
    place = _key(now.measure, {**now.about, "group": reference})
    was = mine.get(place)
    if was is None or not was.value or was.about.get("reference") != group:
        return None, place
    if by_sign:
        value = -was.value
        limits = tuple(None if v is None else -v for v in (was.high, was.low))
    else:
        value = 1 / was.value
        limits = (1 / was.high if was.high else None, 1 / was.low if was.low else None)
    about = {**was.about, "group": group, "reference": reference}
    detail = {name: was.detail[old] for name, old in SWAPPED.items() if old in was.detail}
    return replace(was, value=value, low=limits[0], high=limits[1], n=now.n, about=about, detail=detail), place


def turned(before: AuditResult, after: AuditResult) -> tuple[tuple[Turned, ...], tuple[Finding, ...]]:
    """Return the criteria whose verdict is another now, and those that are no longer judged.

    That a group is the best one, and has nobody to be compared with, is no verdict of it: where the best is another
    by now, the verdicts on the pair of groups are held against each other.
    """
    mine, other = _judged(before), _judged(after)
    pairs = []
    for key, now in other.items():
        was = mine.get(key)
        if was is not None and is_reference(was.about):
            turned_round = {**now.about, "group": now.about.get("reference", "")}
            was = mine.get(_key(_criterion(now), turned_round), was)
        if was is not None and not is_reference(now.about):
            pairs.append(Turned(was, now))
    lost = (f for k, f in mine.items() if k not in other and f.verdict is not Verdict.NOT_APPLICABLE)
    return tuple(t for t in pairs if t.before.verdict is not t.after.verdict), tuple(lost)


def _criterion(f: Finding) -> str:
    return f"{f.criterion.profile}/{f.criterion.id}"


def _judged(result: AuditResult) -> dict[Key, Finding]:
    judged = (f for f in result.findings if not f.open and f.criterion.rule != "reported")
    return {_key(_criterion(f), f.about): f for f in judged}
