"""The same rows in two audits: which they are, and what each of them moved of a measure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import product
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from xaikit.core.comparison import Pairing
from xaikit.core.decisions import Bools, Decisions
from xaikit.core.evidence import JOIN, Evidence
from xaikit.core.result import AuditResult
from xaikit.core.traces import Traced, traces_of
from xaikit.stats.paired import Rate, Side, above_the_median, area, contrast, gap_of, mean_of, pooled_odds
from xaikit.stats.paired_calibration import Binned, binned

AGREES = 1e-9  # relative: what the rows give is what the audit measured
NEAR = 1e-2  # the same, for what was measured from scores in bins
NOT_HELD = "the rows that were kept do not hold what it is made of"
NOT_NOTED = (
    "what each person moved of it was not kept: it was counted over more rows than were audited, or by a version "
    "that did not keep it"
)
ANOTHER = "the rows that were kept give another value than the audit measured"
Rows = tuple[Decisions, Decisions]


class People:
    """The rows that an audit judged, and who of them belongs to which group: looked up once.

    Parameters
    ----------
    rows : Decisions
        As they were kept.
    """

    def __init__(self, rows: Decisions) -> None:
        self.rows = rows
        self._groups: dict[str, dict[str, Bools]] = {}

    def groups(self, sensitive: str) -> dict[str, Bools]:
        """Return who belongs to each group of a feature, or of features crossed; the unknown belong to none."""
        if sensitive not in self._groups:
            names = sensitive.split(JOIN)
            known = set(names) <= set(self.rows.roles.sensitive)
            self._groups[sensitive] = _members(self.rows, names) if known else {}
        return self._groups[sensitive]

    @cached_property
    def stratum(self) -> NDArray[np.intp]:
        """The stratum of each row: the control features crossed."""
        place = np.zeros(len(self.rows), dtype=np.intp)
        for name in self.rows.roles.control:
            groups = self.rows.groups(name)
            place = place * len(groups.names) + groups.codes
        return np.unique(place, return_inverse=True)[1]


def _members(rows: Decisions, names: list[str]) -> dict[str, Bools]:
    groups = [rows.groups(name) for name in names]
    known = np.logical_and.reduce([g.known for g in groups])
    of = [{n: g.codes == i for i, n in enumerate(g.names)} for g in groups]
    out = {}
    for combination in product(*(g.names for g in groups)):
        member = np.logical_and.reduce([known, *(part[n] for part, n in zip(of, combination, strict=True))])
        if member.any():
            out[JOIN.join(combination)] = member
    return out


def pairing_of(before: AuditResult, after: AuditResult, rows: Rows | None) -> Pairing:
    """Return whether two audits are of the same rows, and whether these are at hand."""
    if rows is not None:
        return Pairing.PAIRED if _place(before, after, rows) is not None else Pairing.DIFFERENT
    return Pairing.NOT_KEPT if _same_file(before, after) else Pairing.DIFFERENT


def aligned(before: AuditResult, after: AuditResult, rows: Rows | None) -> tuple[People, People] | None:
    """Return the rows of both audits in the order of the earlier; None where they are not the same.

    Rows are the same where their ids are, or, without ids, where both audits read the same file and the same part of
    it.
    """
    if rows is None:
        return None
    place = _place(before, after, rows)
    return None if place is None else (People(rows[0]), People(_taken(rows[1], place)))


def _place(before: AuditResult, after: AuditResult, rows: Rows) -> NDArray[np.intp] | None:
    first, second = rows
    if len(first) != len(second):
        return None
    if first.roles.id and second.roles.id:
        where = {name: i for i, name in enumerate(second.ids)}
        found = [where.get(name, -1) for name in first.ids]
        return None if -1 in found else np.asarray(found, dtype=np.intp)
    return np.arange(len(first)) if _same_file(before, after) else None


def _same_file(before: AuditResult, after: AuditResult) -> bool:
    data = before.provenance.hashes.get("data")
    parts = [(r.spec.get("data") or {}).get("where") or {} for r in (before, after)]
    return data is not None and data == after.provenance.hashes.get("data") and parts[0] == parts[1]


def _taken(rows: Decisions, place: NDArray[np.intp]) -> Decisions:
    changes = {
        name: getattr(rows, name)[place]
        for name in ("selected", "label", "score", "weight", "cluster")
        if getattr(rows, name) is not None
    }
    noted = {key: values[place] for key, values in traces_of(rows).items()}
    moved = replace(rows, frame=rows.frame.iloc[place].reset_index(drop=True), **changes)
    return Traced.with_traces(moved, noted)


def side_of(e: Evidence, people: People) -> Side | Binned | str:
    """Return what each row moved of a measurement, or in words why that is not known.

    Parameters
    ----------
    e : Evidence
        Of the audit.
    people : People
        That it judged.
    """
    make = SIDES.get(e.measure)
    found = make(e, people) if make is not None and e.value is not None else None
    if found is None or e.value is None:
        return NOT_NOTED if e.measure in NOTED else NOT_HELD
    value = float(np.exp(found.value)) if e.measure in LOGS else found.value
    near = NEAR if e.detail.get("exact") is False else AGREES
    if abs(value - e.value) > near * max(abs(value), abs(e.value)):
        return ANOTHER
    return replace(found, value=float(np.log(e.value)) if e.measure in LOGS else e.value)


def _pair(e: Evidence, people: People) -> tuple[Bools, Bools] | None:
    groups = people.groups(e.about["sensitive"])
    group, reference = groups.get(e.about.get("group", "")), groups.get(e.about.get("reference", ""))
    return None if group is None or reference is None else (group, reference)


def _impact_ratio(e: Evidence, people: People) -> Side | None:
    pair, chosen = _pair(e, people), people.rows.selected
    if pair is None or chosen is None:
        return None
    group, reference = pair
    rates = [
        Rate(e.about["group"], chosen & group, group),
        Rate(e.about["reference"], chosen & reference, reference, -1),
    ]
    return contrast(rates, people.rows.weight, logs=True)


def _scoring_impact_ratio(e: Evidence, people: People) -> Side | None:
    pair = _pair(e, people)
    return None if pair is None or people.rows.score is None else above_the_median(people.rows.score, *pair)


def _odds_ratio(e: Evidence, people: People) -> Side | None:
    pair = _pair(e, people)
    if pair is None or people.rows.selected is None:
        return None
    return pooled_odds(people.rows.selected, *pair, people.stratum)


def _auc(e: Evidence, people: People) -> Side | None:
    member = people.groups(e.about["sensitive"]).get(e.about.get("group", ""))
    if member is None or people.rows.score is None or people.rows.label is None:
        return None
    return area(people.rows.score, people.rows.label, member)


def _calibration_error(e: Evidence, people: People) -> Binned | None:
    member, bins = people.groups(e.about["sensitive"]).get(e.about.get("group", "")), e.detail.get("bins")
    if member is None or people.rows.score is None or people.rows.label is None or not isinstance(bins, int):
        return None
    return binned(people.rows.score, people.rows.label, member, bins)


def _flip(e: Evidence, people: People) -> Side | None:
    member = people.groups(e.about["sensitive"]).get(e.about.get("group", ""))
    noted = traces_of(people.rows).get((e.measure, e.about["sensitive"], e.about.get("reference", "")))
    return None if member is None or noted is None else mean_of(noted, member, e.about["group"])


def _recourse_gap(e: Evidence, people: People) -> Side | None:
    pair, costs = _pair(e, people), traces_of(people.rows).get(("recourse_cost",))
    return None if pair is None or costs is None else gap_of(costs, *pair)


def _parts(rows: Decisions, measure: str) -> tuple[Bools, Bools] | None:
    """Return who is counted in an error rate, and out of whom."""
    if rows.selected is None or rows.label is None:
        return None
    selected, label = rows.selected, rows.label
    return {
        "accuracy": (selected == label, np.ones(len(label), dtype=bool)),
        "true_positive_rate": (selected & label, label),
        "false_positive_rate": (selected & ~label, ~label),
        "precision": (selected & label, selected),
    }[measure]


def _accuracy(e: Evidence, people: People) -> Side | None:
    member, parts = people.groups(e.about["sensitive"]).get(e.about.get("group", "")), _parts(people.rows, "accuracy")
    if member is None or parts is None:
        return None
    return contrast([Rate(e.about["group"], parts[0] & member, parts[1] & member)], people.rows.weight)


def _gap(*measures: str) -> Callable[[Evidence, People], Side | None]:
    """Return what makes the side of the largest gap between two groups, over one rate or several."""

    def side(e: Evidence, people: People) -> Side | None:
        found: Side | None = None
        for measure in measures:
            parts = _parts(people.rows, measure)
            one = None if parts is None else _largest(people.groups(e.about["sensitive"]), parts, people.rows)
            if one is not None and (found is None or one.value > found.value):
                found = one
        return found

    return side


def _largest(groups: Mapping[str, Bools], parts: tuple[Bools, Bools], rows: Decisions) -> Side | None:
    top, bottom = parts
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    mass = {name: (weight[top & m].sum(), weight[bottom & m].sum()) for name, m in groups.items()}
    rates = {name: counted / whole for name, (counted, whole) in mass.items() if whole > 0}
    if len(rates) < 2:
        return None
    high, low = max(rates, key=lambda g: rates[g]), min(rates, key=lambda g: rates[g])
    both = [Rate(g, top & groups[g], bottom & groups[g], sign) for g, sign in ((high, 1), (low, -1))]
    return contrast(both, rows.weight)


LOGS = frozenset({"impact_ratio", "mantel_haenszel_or", "scoring_impact_ratio"})
GAPS = frozenset({"recourse_cost_gap"})
NOTED = frozenset({"attribute_flip_to_favourable", "attribute_flip_to_unfavourable", *GAPS})
SIDES: Mapping[str, Callable[[Evidence, People], Side | Binned | None]] = MappingProxyType(
    {
        "accuracy": _accuracy,
        "accuracy_difference": _gap("accuracy"),
        "attribute_flip_to_favourable": _flip,
        "attribute_flip_to_unfavourable": _flip,
        "auc": _auc,
        "equal_opportunity_difference": _gap("true_positive_rate"),
        "equalized_odds_difference": _gap("true_positive_rate", "false_positive_rate"),
        "expected_calibration_error": _calibration_error,
        "impact_ratio": _impact_ratio,
        "mantel_haenszel_or": _odds_ratio,
        "predictive_parity_difference": _gap("precision"),
        "recourse_cost_gap": _recourse_gap,
        "scoring_impact_ratio": _scoring_impact_ratio,
    }
)
"""What makes the side of a measure: `NOTED` from what its check noted, the others from decisions and scores."""
