"""From the spec to everything that the run needs, resolved and checked before any work starts."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.auditing.models import load_model
from xaikit.auditing.spec import checks_of
from xaikit.auditing.spec_types import AuditSpec, ExplainSpec
from xaikit.core import plugin
from xaikit.core.decisions import Roles
from xaikit.core.errors import DataError, SpecError, nearest, shown, unknown_name
from xaikit.core.evidence import Profile
from xaikit.core.groups import group_name, groups_of
from xaikit.core.players import Players
from xaikit.io.files import sha256
from xaikit.io.profiles import load_profile
from xaikit.io.tables import read_table

GATE = "explanation_trust"
DECISION_ROLES = ("decision", "label", "score", "sensitive", "control", "weight", "cluster", "id")


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """An audit, ready to run.

    Parameters
    ----------
    spec : AuditSpec
        What was asked for.
    frame : pandas.DataFrame
        All rows: the population.
    audited : bool array, shape (rows,)
        Those to audit (`data.where`).
    roles : Roles
        Of the columns.
    model : object or None
        What the adapter opened.
    features : tuple of str
        Columns that the model takes, in its order.
    players : Players or None
        Features and groups.
    profiles : tuple of Profile
        What judges.
    engines : tuple of (name, Plugin, ExplainSpec)
        In order.
    checks : tuple of (Plugin, parameters)
        In order.
    hashes : mapping
        SHA-256 of what was read.
    """

    spec: AuditSpec
    frame: pd.DataFrame
    audited: NDArray[np.bool_]
    roles: Roles
    model: Any
    features: tuple[str, ...]
    players: Players | None
    profiles: tuple[Profile, ...]
    engines: tuple[tuple[str, plugin.Plugin, ExplainSpec], ...]
    checks: tuple[tuple[plugin.Plugin, Mapping[str, Any]], ...]
    hashes: Mapping[str, str] = field(default_factory=dict)


def plan(spec: AuditSpec, *, frame: pd.DataFrame | None = None, model: Any = None) -> Plan:
    """Return the plan of a spec; a frame or a live model take the place of those the spec names.

    Raises
    ------
    SpecError, DataError, ModelError, TrustError
        For the first thing that is missing, misspelt, or not what it says.
    """
    engines = engines_of(spec)
    profiles = tuple(load_profile(p) for p in profiles_of(spec))
    checks = tuple((plugin.offered("checks", n), p) for n, p in checks_of(spec).items())
    hashes: dict[str, str] = {}
    if frame is None:
        if spec.data is None:
            raise SpecError("data", "nothing", "data.path, the table of decisions")
        frame = read_table(spec.data.path)
        hashes["data"] = sha256(spec.data.path)
    if spec.model is not None and model is None:
        model = load_model(
            spec.model.path, adapter=spec.model.adapter, trust=spec.model.trust, **spec.model.parameters
        )
    roles = roles_of(spec)
    features = _features(spec, frame, roles, model) if model is not None else ()
    groups = spec.model.groups if spec.model else {}
    roles.graph.check([*map(str, frame.columns), *groups])
    check_labels(spec, [*map(str, frame.columns), *groups])
    return Plan(
        spec,
        frame,
        _audited(spec, frame),
        roles,
        model,
        features,
        Players.of(features, groups, spec.model.scales if spec.model else None) if features else None,
        profiles,
        engines,
        checks,
        hashes,
    )


def check_labels(spec: AuditSpec, names: Sequence[str]) -> None:
    """Check that labels are of columns (or of groups of them) that are there, and take no other column's name.

    Raises
    ------
    SpecError
        For the first that is not, with the nearest.
    """
    for column, label in (spec.data.labels if spec.data else {}).items():
        if column not in names:
            raise unknown_name("data.labels", "column", column, names)
        if label != column and label in names:
            got, expected = f"{shown(label)}, the name of another column", "a label of its own"
            raise SpecError(f"data.labels.{column}", got, expected)


def profiles_of(spec: AuditSpec) -> list[str]:
    """Return the profiles asked for, and the gate that every explanation passes before it is shown."""
    return [*spec.profiles, *([GATE] if spec.explain and GATE not in spec.profiles else [])]


def engines_of(spec: AuditSpec) -> tuple[tuple[str, plugin.Plugin, ExplainSpec], ...]:
    """Return the engines to run, each with a name of its own."""
    out = []
    for i, step in enumerate(spec.explain):
        again = sum(s.engine == step.engine for s in spec.explain[:i])
        name = f"{step.engine} {again + 1}" if again else step.engine
        found = plugin.load("engines", step.engine, f"explain[{i}]")
        instead = getattr(sys.modules[found.function.__module__], "IN_AUDITS", None)
        if instead is not None:
            raise SpecError(f"explain[{i}].engine", f"'{step.engine}', which gives no attributions", f"`{instead}`")
        out.append((name, found, step))
    return tuple(out)


def roles_of(spec: AuditSpec) -> Roles:
    """Return what each column is for."""
    r = spec.roles
    return Roles(
        decision=r.decision,
        favourable=r.favourable,
        label=r.label,
        score=r.score,
        sensitive=tuple(r.sensitive),
        control=tuple(r.control),
        legitimate=tuple(r.legitimate),
        contested=tuple(r.contested),
        weight=r.weight,
        cluster=r.cluster,
        id=spec.data.id if spec.data else None,
        measured_at=dict(r.measured_at),
        causes=tuple(r.causes),
        bins=dict(r.bins),
    )


def _features(spec: AuditSpec, frame: pd.DataFrame, roles: Roles, model: Any) -> tuple[str, ...]:
    """Return the columns that the model takes: declared, or known to the model, or those without another role."""
    if spec.model and spec.model.features:
        for name in spec.model.features:
            if name not in frame.columns:
                raise unknown_name("model.features", "column", name, frame.columns)
        return tuple(spec.model.features)
    known = tuple(getattr(model, "feature_names", ()))  # of a fitted estimator; a sensitive feature may be among them
    if known and set(known) <= set(map(str, frame.columns)):
        return known
    taken = {c for c, role in roles.columns().items() if role in DECISION_ROLES}
    taken |= set(spec.data.where) if spec.data else set()
    return tuple(str(c) for c in frame.columns if c not in taken)


def _audited(spec: AuditSpec, frame: pd.DataFrame) -> NDArray[np.bool_]:
    keep = np.ones(len(frame), dtype=bool)
    for column, wanted in (spec.data.where if spec.data else {}).items():
        if column not in frame.columns:
            raise unknown_name("data.where", "column", column, frame.columns)
        groups = groups_of(frame[column], column)
        values = wanted if isinstance(wanted, list) else [wanted]
        for value in values:
            if group_name(value) not in groups.names:
                near = nearest(value, groups.names)
                raise DataError(
                    f"data.where.{column}",
                    f"{shown(value)}, which no row has",
                    f"one of {', '.join(groups.names[:12])}",
                    f"Did you mean {shown(near)}?" if near else None,
                )
        keep &= np.isin(groups.codes, [groups.names.index(group_name(v)) for v in values])
    return keep
