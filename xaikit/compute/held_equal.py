"""Gaps with other columns held equal: which columns, under what was declared, and what is left of the gap."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.compute.nuisance import Nuisance, cross_fitted, design
from xaikit.core.decisions import Decisions
from xaikit.core.errors import DataError, unknown_name
from xaikit.core.graph import DECISION, Graph, Places
from xaikit.core.players import Players

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
CONTROL, LEGITIMATE = "control", "control and legitimate"
CONFOUNDERS, MEDIATORS = "confounders", "confounders and mediators"
PLACEBO_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Held:
    """What is held equal for one sensitive feature.

    Parameters
    ----------
    sets : mapping of str to tuple of str
        Columns, by the name of the set; the first is what exclusion rests on.
    places : Places, optional
        Under the declared graph, where there is one that names the feature.
    left_out : tuple of str
        Declared controls that the graph makes colliders or mediators: holding them equal would deceive.
    """

    sets: Mapping[str, tuple[str, ...]]
    places: Places | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What an adjusted gap is made of.

    Parameters
    ----------
    name : str
        Of the set that is held equal.
    x : float array, shape (n, columns)
        The set as numbers; without columns where nothing is held equal.
    member, outcome : bool arrays, shape (n,)
        The group, and the favourable outcome.
    nuisance : Nuisance
        Cross-fitted predictions.
    """

    name: str
    x: Floats
    member: Bools
    outcome: Bools
    nuisance: Nuisance


def held_for(decisions: Decisions, players: Players | None, attribute: str) -> Held:
    """Return what is held equal: the confounders of the declared graph, or without one the declared controls.

    A control that the graph does not name is held equal as declared. What a model reads shapes its decision, whether
    the graph says so or not.

    References
    ----------
    Pearl, J. (2009). Causality, § 3.3. Cinelli, C., Forney, A. and Pearl, J. (2024). A crash course in good and bad
    controls. Sociological Methods & Research 53.
    """
    roles, graph = decisions.roles, full_graph(decisions, players)
    if attribute not in graph.nodes or not roles.graph:
        sets = {CONTROL: tuple(c for c in roles.control if c != attribute)}
        if roles.legitimate:
            sets[LEGITIMATE] = tuple(c for c in (*roles.control, *roles.legitimate) if c != attribute)
        return Held(sets)
    places = graph.places(attribute)
    free = tuple(c for c in roles.control if c not in graph.nodes and c != attribute)
    early = (*columns_of(places.confounders, decisions.frame, players), *free)
    sets = {CONFOUNDERS: tuple(dict.fromkeys(early))}
    if places.mediators:
        late = columns_of((*places.mediators, *places.others), decisions.frame, players)
        sets[MEDIATORS] = tuple(dict.fromkeys((*early, *late)))
    wrong = (*places.colliders, *places.mediators)
    return Held(sets, places, tuple(c for c in roles.control if c in wrong))


def full_graph(decisions: Decisions, players: Players | None) -> Graph:
    """Return the declared graph, the decision under one name, with what a model reads leading to it."""
    roles = decisions.roles
    graph = roles.graph.renamed({roles.decision: DECISION} if roles.decision else {})
    if not graph:
        return graph
    if players is not None and roles.decision is None:
        return graph.deciding(players.names)
    if not graph.parents(DECISION):  # nothing is said of the decision: each of them may shape it
        return graph.deciding(n for n in graph.nodes if n not in roles.sensitive)
    return graph


def columns_of(nodes: Sequence[str], frame: pd.DataFrame, players: Players | None) -> tuple[str, ...]:
    """Return the columns of the table that hold the nodes: of their own name, or of the group of that name."""
    out: list[str] = []
    for node in nodes:
        if node in frame.columns:
            out.append(node)
        elif players is not None and node in players.names:
            members = (players.columns[i] for i in players.members(players.names.index(node)))
            out += [c for c in members if c in frame.columns]
    return tuple(out)


def fits(
    decisions: Decisions, held: Held, member: Bools, known: Bools, rows: int, folds: int, rng: np.random.Generator
) -> Iterator[Fit]:
    """Yield the cross-fitted predictions with each set held equal, on at most so many rows of known group."""
    assert decisions.selected is not None
    kept = np.sort(rng.permutation(np.flatnonzero(known))[:rows])
    frame, mine, selected = decisions.frame.iloc[kept], member[kept], decisions.selected[kept]
    for name, columns in held.sets.items():
        x = design(frame, columns)
        if min(mine.sum(), (~mine).sum()) < 2 or (not x.shape[1] and name not in (CONFOUNDERS, MEDIATORS)):
            continue
        yield _fit(name, x, mine, selected, folds, rng)


def control_fit(
    decisions: Decisions,
    held: Held,
    column: str,
    member: Bools,
    known: Bools,
    rows: int,
    folds: int,
    rng: np.random.Generator,
) -> Fit:
    """Return the cross-fitted predictions of an outcome that the attribute cannot have moved.

    Raises
    ------
    SpecError, DataError
        For a column that is not there, or has not two values.
    """
    if column not in decisions.frame.columns:
        raise unknown_name("evidence_of_cause.negative_control", "column", column, decisions.frame.columns)
    groups = decisions.groups(column)
    if len(groups.names) != 2:
        got = f"{len(groups.names)} different values in '{column}'"
        raise DataError("evidence_of_cause.negative_control", got, "two")
    kept = np.sort(rng.permutation(np.flatnonzero(known))[:rows])
    x = design(decisions.frame.iloc[kept], next(iter(held.sets.values()), ()))
    return _fit("negative control", x, member[kept], groups.codes[kept] == 1, folds, rng)


def placebo_fits(fit: Fit, folds: int, placebos: int, rng: np.random.Generator) -> Iterator[Fit]:
    """Yield the same with the group replaced by one of its size that is drawn by lot."""
    some = rng.permutation(len(fit.member))[:PLACEBO_ROWS]
    x, member, outcome = fit.x[some], fit.member[some], fit.outcome[some]
    for _ in range(placebos):
        lot = rng.permutation(member)
        yield Fit("placebo", x, lot, outcome, cross_fitted(x, lot, outcome, folds, rng, linear=True))


def _fit(name: str, x: Floats, member: Bools, outcome: Bools, folds: int, rng: np.random.Generator) -> Fit:
    plain = x if x.shape[1] else np.zeros((len(member), 1))
    return Fit(name, x, member, outcome, cross_fitted(plain, member, outcome, folds, rng, linear=not plain.any()))
