"""What each column of a table of decisions is for, as the auditor declares it."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from math import isfinite
from typing import Any

from xaikit.core.errors import SpecError, shown, unknown_name
from xaikit.core.evidence import JOIN
from xaikit.core.graph import Graph
from xaikit.core.standing import CONTESTED, LEGITIMATE, PROTECTED, UNDECLARED


@dataclass(frozen=True, slots=True)
class Roles:
    """What each column is for.

    Parameters
    ----------
    decision : str, optional
        The decision that was taken; left out when the model decides.
    favourable : hashable
        The value of decision (and label) that is the favourable outcome.
    label : str, optional
        Ground truth.
    score : str, optional
        A score, higher being more favourable.
    sensitive, control, legitimate, contested : sequence of str
        Sensitive features, strata, features declared job-related, and features whose job-relatedness is disputed.
    weight, cluster, id : str, optional
        Row weight, dependence between rows (a vacancy, a person), and unique row name.
    measured_at : mapping of str to {"before", "at", "after"}
        When a feature was measured, relative to the decision.
    causes : sequence of str or pairs
        The declared causal graph, edge by edge: "sex -> hours"; "decision" is the decision.
    bins : mapping of str to sequence of float
        Cut points of sensitive features and strata that are numbers: `{"age": [40]}` makes the groups <40 and ≥40.

    Raises
    ------
    SpecError
        For a column without a name, or named twice in one role; for a sensitive feature with × in its name, which
        joins the features of an intersection; for a feature that is declared both legitimate and contested; for edges
        that lead in a circle; for cut points that do not rise, or of a column that makes no groups.
    """

    decision: str | None = None
    favourable: Hashable = 1
    label: str | None = None
    score: str | None = None
    sensitive: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
    legitimate: tuple[str, ...] = ()
    contested: tuple[str, ...] = ()
    weight: str | None = None
    cluster: str | None = None
    id: str | None = None
    measured_at: Mapping[str, str] = field(default_factory=dict)
    causes: tuple[Any, ...] = ()
    bins: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("sensitive", "control", "legitimate", "contested", "causes"):
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given or ()))
        _named_once(self)
        for feature in self.sensitive:
            if JOIN in str(feature):
                raise not_one_feature(feature)
        agreed(self.legitimate, self.contested)
        Graph.of(self.causes)
        cut(self.bins, (*self.sensitive, *self.control))

    @property
    def graph(self) -> Graph:
        """The declared causal graph; empty when none is."""
        return Graph.of(self.causes)

    def standing(self, *names: str) -> str:
        """Return the declared standing of a feature that goes by one name or several (its own, its columns').

        Examples
        --------
        >>> Roles(sensitive=["sex"], contested=["hours"]).standing("hours")
        'contested'
        """
        for standing, declared in (
            (PROTECTED, self.sensitive),
            (CONTESTED, self.contested),
            (LEGITIMATE, self.legitimate),
        ):
            if set(names) & set(declared):
                return standing
        return UNDECLARED

    def columns(self) -> dict[str, str]:
        """Return every column named, with the role that names it."""
        out: dict[str, str] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name in ("favourable", "causes", "bins") or not value:
                continue
            for column in [value] if isinstance(value, str) else value:
                out.setdefault(column, f.name)
        return out


def _named_once(roles: Roles) -> None:
    for role in ("decision", "label", "score", "weight", "cluster", "id"):
        if getattr(roles, role) == "":
            raise SpecError(f"roles.{role}", "an empty name", "the name of a column")
    for role in ("sensitive", "control", "legitimate", "contested"):
        seen: set[str] = set()
        for column in getattr(roles, role):
            if column == "":
                raise SpecError(f"roles.{role}", "an empty name", "the name of a column")
            if column in seen:
                raise SpecError(f"roles.{role}", f"column {shown(column)} twice", "each column once")
            seen.add(column)


def agreed(legitimate: Iterable[str], contested: Iterable[str], where: str = "roles.contested") -> None:
    """Check that no feature is declared both legitimate and contested.

    Raises
    ------
    SpecError
        For the first that is.
    """
    taken = set(legitimate)
    for feature in contested:
        if feature in taken:
            raise SpecError(where, f"column {shown(feature)}, which is declared legitimate too", "one of the two")


def cut(bins: Mapping[str, Sequence[float]], features: Sequence[str], where: str = "roles.bins") -> None:
    """Check cut points: of columns that make groups, finite and rising.

    Raises
    ------
    SpecError
        For the first column that does not fit.
    """
    for column, points in bins.items():
        if column not in features:
            raise unknown_name(where, "sensitive feature or control", column, features)
        numbers = [isinstance(p, (int, float)) and isfinite(p) for p in points]
        rising = all(numbers) and all(a < b for a, b in pairwise(points))
        if not points or not rising:
            raise SpecError(f"{where}.{column}", shown(list(points)), "cut points that rise, such as [40, 65]")


def not_one_feature(name: str, where: str = "roles.sensitive") -> SpecError:
    """Return the error for a column whose name reads like an intersection of several."""
    hint = "Rename the column; intersections of the sensitive features are made by themselves."
    return SpecError(
        where, f"column {shown(name)}", f"a name without {JOIN}, which joins the features of an intersection", hint
    )
