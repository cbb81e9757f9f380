"""A declared causal graph: boxes from left to right in the order of what shapes what, and arrows between them."""

from collections.abc import Mapping
from dataclasses import dataclass

from xaikit.core.graph import Edge, Graph
from xaikit.report.blocks import Column, Drawing, Row
from xaikit.report.charts.svg import BOLD, Canvas, cut, short, text_width
from xaikit.report.language import Language
from xaikit.report.text import Text, say

ROW, HEIGHT, GAP = 74.0, 46.0, 44.0
WIDEST = 210.0
LINE = 22.0


@dataclass(frozen=True, slots=True)
class Arrows:
    """A graph without cycles.

    Parameters
    ----------
    edges : tuple of (str, str)
        From what shapes to what is shaped.
    notes : mapping of str to Text
        Under the name of a node.
    strong : tuple of str
        Nodes that are what is asked about.
    implied : tuple of (str, str)
        Edges that were not declared and follow from what the model reads; drawn dashed.
    names : mapping of str to Text
        Nodes that are shown under another name.
    """

    edges: tuple[Edge, ...]
    notes: Mapping[str, Text]
    strong: tuple[str, ...] = ()
    implied: tuple[Edge, ...] = ()
    names: Mapping[str, Text] | None = None

    def draw(self, width: int, language: Language) -> Drawing:
        """Return the chart drawn `width` units wide; where boxes do not fit, the edges as lines of text."""
        canvas = Canvas(width)
        layers = self._layers()
        step = (width - GAP * (len(layers) - 1)) / max(len(layers), 1)
        if canvas.narrow or step < 70:
            for i, (a, b) in enumerate((*self.edges, *self.implied)):
                told = f"{self._said(a, language)} → {self._said(b, language)}"
                canvas.text(0, LINE * (i + 0.8), cut(told, width))
            return canvas.drawing(LINE * (len(self.edges) + len(self.implied)) + 4)
        box = min(step, WIDEST)
        tallest = max(len(layer) for layer in layers)
        place: dict[str, tuple[float, float]] = {}
        for i, layer in enumerate(layers):
            top = (tallest - len(layer)) * ROW / 2 + (12 if i % 2 else 0)  # no two edges lie in one line by chance
            for j, node in enumerate(layer):
                place[node] = (i * (box + GAP), top + j * ROW)
        for edges, style in ((self.edges, "grid0"), (self.implied, "ref")):
            for a, b in edges:
                _arrow(canvas, place[a], place[b], box, style)
        for node, (x, y) in place.items():
            self._box(canvas, node, x, y, box, language)
        return canvas.drawing(tallest * ROW + 4)

    def twin(self) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
        """Return the same as a table, an edge a row."""
        columns = tuple(Column(c, numeric=False) for c in (say("from"), say("to"), say("declared")))
        rows = [Row((self._name(a), self._name(b), say("yes"))) for a, b in self.edges]
        rows += [Row((self._name(a), self._name(b), say("no: the model reads it"))) for a, b in self.implied]
        return columns, tuple(rows)

    def _name(self, node: str) -> Text:
        return (self.names or {}).get(node, node)

    def _said(self, node: str, language: Language) -> str:
        return language.plain(self._name(node))

    def _layers(self) -> list[list[str]]:
        """Return the nodes by the longest way that leads to them."""
        graph = Graph((*self.edges, *self.implied))
        depth: dict[str, int] = {}
        for node in sorted(graph.nodes, key=lambda n: len(graph.ancestors(n))):
            depth[node] = max((depth[p] + 1 for p in graph.parents(node)), default=0)
        layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
        for node, d in depth.items():
            layers[d].append(node)
        return layers

    def _box(self, canvas: Canvas, node: str, x: float, y: float, box: float, language: Language) -> None:
        canvas.rect(x, y, box, HEIGHT, "paper")
        outline = f"M{short(x)} {short(y)}h{short(box)}v{short(HEIGHT)}h{short(-box)}z"
        canvas.path(outline, "whisk")
        if node in self.strong:
            canvas.path(f"M{short(x)} {short(y + HEIGHT)}h{short(box)}", "whisk end")
        note = self.notes.get(node)
        name = self._said(node, language)
        size = 14 if text_width(name, 14, BOLD) < box - 10 else 12
        canvas.text(x + box / 2, y + (20 if note else 28), cut(name, box - 8, size, BOLD), "b", end="middle")
        if note:
            canvas.text(x + box / 2, y + 37, cut(language.plain(note), box - 8, 12), "mu", end="middle")


def _arrow(canvas: Canvas, start: tuple[float, float], end: tuple[float, float], box: float, style: str) -> None:
    x1, y1 = start[0] + box, start[1] + HEIGHT / 2
    x2, y2 = end[0], end[1] + HEIGHT / 2
    canvas.line(x1, y1, x2 - 7, y2, style)
    canvas.path(f"M{short(x2)} {short(y2)}l-9 -4.5v9z", "gn")
