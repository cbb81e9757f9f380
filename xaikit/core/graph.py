"""The declared causal graph: what shapes what, according to the auditor; never inferred from data."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from xaikit.core.errors import SpecError, shown, unknown_name

DECISION = "decision"
ARROWS = ("->", "→")
Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Places:
    """What each declared node is to the question whether one of them moves the decision.

    Parameters
    ----------
    confounders : tuple of str
        They shape both: the attribute, and the decision by a way that does not lead through the attribute.
    mediators : tuple of str
        The attribute shapes them, and they shape the decision.
    others : tuple of str
        They shape the decision, and are neither.
    colliders : tuple of str
        The attribute shapes them, or the decision does, and they do not shape the decision: holding them equal would
        make a gap where there is none, or hide one.
    before : tuple of str
        They shape the attribute alone.
    unrelated : tuple of str
        None of these.
    """

    confounders: tuple[str, ...]
    mediators: tuple[str, ...]
    others: tuple[str, ...]
    colliders: tuple[str, ...]
    before: tuple[str, ...]
    unrelated: tuple[str, ...]

    @property
    def of(self) -> Mapping[str, str]:
        """The place of each node, in one word."""
        words = ("confounder", "mediator", "other", "collider", "before", "unrelated")
        fields = (self.confounders, self.mediators, self.others, self.colliders, self.before, self.unrelated)
        return {node: word for word, nodes in zip(words, fields, strict=True) for node in nodes}


@dataclass(frozen=True, slots=True)
class Graph:
    """Directed edges without a cycle.

    Parameters
    ----------
    edges : tuple of (str, str)
        From what shapes to what is shaped.

    Examples
    --------
    >>> graph = Graph.of(["town -> sex -> hours", "hours -> decision", "town -> decision"])
    >>> graph.places("sex").confounders, graph.places("sex").mediators
    (('town',), ('hours',))
    """

    edges: tuple[Edge, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.edges)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every name, in the order of the declaration."""
        return tuple(dict.fromkeys(name for edge in self.edges for name in edge))

    @classmethod
    def of(cls, declared: Iterable[str | Sequence[str]], where: str = "roles.causes") -> "Graph":
        """Return the graph of edges written "a -> b" (or "a -> b -> c"), or as pairs.

        Raises
        ------
        SpecError
            For what is no edge, and for a cycle, which is named.
        """
        edges = dict.fromkeys(e for item in declared for e in _edges(item, where))
        graph = cls(tuple(edges))
        cycle = graph._cycle()
        if cycle:
            raise SpecError(where, f"a cycle: {' -> '.join(cycle)}", "edges that never lead back to where they start")
        return graph

    def parents(self, node: str) -> tuple[str, ...]:
        """Return what shapes a node directly."""
        return tuple(a for a, b in self.edges if b == node)

    def children(self, node: str) -> tuple[str, ...]:
        """Return what a node shapes directly."""
        return tuple(b for a, b in self.edges if a == node)

    def descendants(self, node: str) -> frozenset[str]:
        """Return what a node shapes, directly or through others; not the node itself."""
        return _reached(node, self.children)

    def ancestors(self, node: str) -> frozenset[str]:
        """Return what shapes a node, directly or through others; not the node itself."""
        return _reached(node, self.parents)

    def without(self, node: str) -> "Graph":
        """Return the graph with the edges that leave a node taken away."""
        return Graph(tuple(e for e in self.edges if e[0] != node))

    def deciding(self, read: Iterable[str]) -> "Graph":
        """Return the graph with an edge from each of `read` to the decision, as a model that reads them makes it."""
        return Graph(tuple(dict.fromkeys([*self.edges, *((r, DECISION) for r in read)])))

    def renamed(self, names: Mapping[str, str]) -> "Graph":
        """Return the graph with nodes under other names."""
        return Graph(tuple(dict.fromkeys((names.get(a, a), names.get(b, b)) for a, b in self.edges)))

    def check(self, options: Iterable[str], where: str = "roles.causes") -> None:
        """Check that every node is one of the names given, or the decision.

        Raises
        ------
        SpecError
            For the first that is not, with the nearest name.
        """
        known = [*dict.fromkeys([*options, DECISION])]
        for node in self.nodes:
            if node not in known:
                raise unknown_name(where, "column", node, known)

    def places(self, attribute: str, outcome: str = DECISION) -> Places:
        """Return what each node is to the question whether the attribute moves the outcome.

        The confounders satisfy the back-door criterion: none is shaped by the attribute, and together they close
        every way between the two that enters the attribute.

        References
        ----------
        Pearl, J. (2009). Causality, 2nd ed., § 3.3 (back-door criterion), § 1.2.3 (colliders).
        """
        after = self.descendants(attribute)
        shaping = self.without(attribute).ancestors(outcome)
        early = self.ancestors(attribute)
        late = self.descendants(outcome)
        places: dict[str, list[str]] = {k: [] for k in Places.__slots__}
        for node in self.nodes:
            if node not in (attribute, outcome):
                places[_place(node, after, shaping, early, late)].append(node)
        return Places(**{k: tuple(v) for k, v in places.items()})

    def _cycle(self) -> list[str]:
        for node in self.nodes:
            path = _path(self, node, node)
            if path:
                return path
        return []


def _place(
    node: str, after: frozenset[str], shaping: frozenset[str], early: frozenset[str], late: frozenset[str]
) -> str:
    if node in after:
        return "mediators" if node in shaping else "colliders"
    if node in late:
        return "colliders"
    if node in early:
        return "confounders" if node in shaping else "before"
    return "others" if node in shaping else "unrelated"


def _reached(start: str, step: Callable[[str], tuple[str, ...]]) -> frozenset[str]:
    seen: set[str] = set()
    waiting = list(step(start))
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += step(node)
    return frozenset(seen)


def _path(graph: Graph, start: str, end: str) -> list[str]:
    """Return a way of one edge or more from start to end; empty where there is none."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for child in graph.children(way[-1]):
            if child == end:
                return [*way, child]
            if child not in seen:
                seen.add(child)
                ways.append([*way, child])
    return []


def _edges(item: str | Sequence[str], where: str) -> list[Edge]:
    names = [n.strip() for n in _split(item)] if isinstance(item, str) else [str(n).strip() for n in item]
    if len(names) < 2 or not all(names) or (not isinstance(item, str) and len(names) != 2):
        raise SpecError(where, shown(item), 'an edge such as "age -> years", or a pair of names')
    return list(pairwise(names))


def _split(text: str) -> list[str]:
    for arrow in ARROWS[1:]:
        text = text.replace(arrow, ARROWS[0])
    return text.split(ARROWS[0])
