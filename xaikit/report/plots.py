"""Plots of one explanation, for a notebook or a file: what `explanation.waterfall()` and its like return."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xaikit.core import plugin
from xaikit.core.errors import DataError, SpecError, unknown_name
from xaikit.core.explanation import Explanation
from xaikit.report.attributions import case, of_one_row, overall, swarm
from xaikit.report.blocks import Chart
from xaikit.report.language import ENGLISH
from xaikit.report.notebook import framed, whole_page
from xaikit.report.standalone import alone
from xaikit.report.unflat import is_flat, of_row


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """A chart: a notebook shows it, in its own light or dark colours; `save` writes it.

    Parameters
    ----------
    chart : Chart
        What is drawn, with its title, its axes and the table of its numbers.
    key : str
        Tells this plot from others on the same page.
    """

    chart: Chart
    key: str

    def _repr_html_(self) -> str:
        return framed([self.chart], ENGLISH, self.key)

    def save(self, path: str | Path) -> Path:
        """Write to `path`, whole or not at all: a page (.html) that follows light and dark, or a picture (.svg).

        Raises
        ------
        SpecError
            For another ending.
        """
        path = Path(path)
        if path.suffix not in (".html", ".svg"):
            raise SpecError("path", str(path), "a name that ends in .html or .svg")
        text = whole_page(self._repr_html_()) if path.suffix == ".html" else alone(self.chart, ENGLISH)
        plugin.function("xaikit.io.files", "write_text")(path, text)
        return path


def plot(explanation: Explanation, kind: str, row: int | None, output: int | str | None) -> Plot:
    """Return a plot of an explanation.

    Parameters
    ----------
    explanation : Explanation
        What is plotted.
    kind : {"waterfall", "beeswarm", "bar", "overlay", "highlight"}
        Which plot.
    row : int or None
        Which row, where the plot shows one.
    output : int, str or None
        Which output, by position or name; the last by default, which of two classes is the favourable one.

    Raises
    ------
    SpecError
        For an unknown plot or output, or a row that is not there.
    DataError
        For an explanation that the plot does not fit.
    """
    if kind not in PLOTS:
        raise unknown_name("plot", "kind", kind, PLOTS)
    if not len(explanation):
        raise DataError(f"plot {kind}", "an explanation of no rows", "at least one")
    at = _output(explanation, output)
    if row is not None and not isinstance(row, (int, np.integer)):
        raise SpecError("row", f"a {type(row).__name__}", f"a position, 0 to {len(explanation) - 1}")
    if row is not None and not -len(explanation) <= row < len(explanation):
        raise SpecError("row", str(row), f"0 to {len(explanation) - 1}, or a negative one from the end")
    chart = PLOTS[kind](explanation, None if row is None else row % len(explanation), at)
    if chart is None:
        shape, fitting = str(explanation.values.shape), " or ".join(_fitting(explanation))
        raise DataError(
            f"plot {kind}", f"values of shape {shape}", WANTED[kind], f"Use {fitting}." if fitting else None
        )
    return Plot(chart, f"{kind}{row}{at}{explanation.engine}{np.sum(explanation.values)}")


def _output(explanation: Explanation, output: int | str | None) -> int:
    names, count = list(explanation.output_names), int(explanation.values.shape[-1])
    if output is None:
        return count - 1
    if isinstance(output, str):
        if output not in names:
            raise unknown_name("output", "output", output, names)
        return names.index(output)
    if not -count <= output < count:
        raise SpecError("output", str(output), f"0 to {count - 1}, or one of {names}")
    return output % count


def _waterfall(explanation: Explanation, row: int | None, output: int) -> Chart | None:
    return case(explanation, row or 0, "plot", output) if is_flat(explanation) else None


def _beeswarm(explanation: Explanation, _row: int | None, output: int) -> Chart | None:
    return swarm(explanation, "plot", output) if is_flat(explanation) else None


def _bar(explanation: Explanation, row: int | None, output: int) -> Chart | None:
    if not is_flat(explanation):
        return None
    return overall(explanation, "plot", output) if row is None else of_one_row(explanation, row, "plot", output)


def _overlay(explanation: Explanation, row: int | None, output: int) -> Chart | None:
    field = explanation.values.ndim in (4, 5) and explanation.engine != "words"
    return of_row(explanation, row or 0, output, "plot", over=True) if field else None


def _highlight(explanation: Explanation, row: int | None, output: int) -> Chart | None:
    return of_row(explanation, row or 0, output, "plot") if explanation.engine == "words" else None


PLOTS: Mapping[str, Callable[[Explanation, int | None, int], Chart | None]] = {
    "waterfall": _waterfall,
    "beeswarm": _beeswarm,
    "bar": _bar,
    "overlay": _overlay,
    "highlight": _highlight,
}
WANTED = {
    "waterfall": "a table: (rows, features, outputs)",
    "beeswarm": "a table: (rows, features, outputs)",
    "bar": "a table: (rows, features, outputs)",
    "overlay": "pictures (rows, channels, height, width, outputs) or series (rows, steps, channels, outputs)",
    "highlight": "texts: the engine 'words'",
}


def _fitting(explanation: Explanation) -> list[str]:
    return [f".{kind}()" for kind, draw in PLOTS.items() if draw(explanation, None, 0) is not None]
