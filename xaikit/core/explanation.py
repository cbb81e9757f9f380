"""Attribution values, with all that is needed to doubt them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaikit.core import plugin
from xaikit.core.alternative import Alternative, alternatives
from xaikit.core.errors import DataError

Floats = NDArray[np.float64]
OF_ALL = frozenset({"stderr_base", "conformal_bound", "r2"})
"""Arrays in `detail` that are about the explanation; the others have a first axis of rows."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Explanation:
    """Attribution values of a batch of rows.

    Parameters
    ----------
    values : float array, shape (rows, *features, outputs)
        In the unit of the output; positive moved the output up from `base`.
    base : float array, shape (rows, outputs)
        The output that the values start from: the mean over the background, or at the baseline.
    prediction : float array, shape (rows, outputs)
        The output that was explained.
    feature_names, output_names : tuple of str
        Names of the last feature axis (players) and of the outputs.
    engine : str
        The engine that computed them.
    stderr : float array like `values`, or None
        Standard error, all sampling included; None where the method does not sample; 0 where it is exact.
    degrees : float array like `values`, or None
        Degrees of freedom of `stderr`, as intervals need them; None for the normal distribution.
    converged : bool array, shape (rows, outputs), or None
        Whether the requested precision was reached.
    data : array, shape (rows, *features), or None
        The values of the features that were explained (objects where features are grouped or categorical).
    unit, target : str
        What the output is.
    budget : mapping
        What was spent: model rows, coalitions, steps; and `because`, why this method was chosen.
    background : mapping
        `digest` (SHA-256 of its values), `rows`, and how it was drawn.
    rows : tuple of str
        Names of the rows, pseudonyms by default.
    notes : tuple of str
        What a reader must know: "NOT CONVERGED", fall-backs, warnings.
    seed : int
        The seed of the per-call generator.
    detail : mapping of str to array
        Further arrays that belong to the engine, for example `stderr_background`.
    """

    values: Floats
    base: Floats
    prediction: Floats
    feature_names: tuple[str, ...]
    output_names: tuple[str, ...]
    engine: str
    stderr: Floats | None = None
    degrees: Floats | None = None
    converged: NDArray[np.bool_] | None = None
    data: NDArray[Any] | None = None
    unit: str = "score"
    target: str = "all outputs"
    budget: Mapping[str, float | int | str] = field(default_factory=dict)
    background: Mapping[str, float | int | str] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seed: int = 0
    detail: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.values.ndim < 3:
            raise DataError("Explanation.values", f"shape {self.values.shape}", "(rows, *features, outputs)")
        rows, outputs = self.values.shape[0], self.values.shape[-1]
        if not self.rows:
            object.__setattr__(self, "rows", tuple(str(i) for i in range(rows)))
        wanted = {"stderr": self.values.shape, "degrees": self.values.shape}
        wanted |= dict.fromkeys(("base", "prediction", "converged"), (rows, outputs))
        for name, shape in wanted.items():
            _shaped(f"Explanation.{name}", getattr(self, name), shape, needed=name in ("base", "prediction"))
        counts = {"output_names": outputs, "rows": rows}
        if self.values.ndim == 3:
            counts["feature_names"] = self.values.shape[1]
        for name, count in counts.items():
            if len(getattr(self, name)) != count:
                raise DataError(f"Explanation.{name}", f"{len(getattr(self, name))} names", f"{count}")

    def __repr__(self) -> str:
        """Return what it is in one line: `.values` holds the numbers."""
        shape = " × ".join(map(str, self.values.shape))
        names = ["rows", "features", "outputs"] if self.values.ndim == 3 else ["rows", "features…", "outputs"]
        fine = "" if self.converged is None else f", converged {int(self.converged.all(axis=1).sum())} of {len(self)}"
        return f"<Explanation by {self.engine}: {shape} ({', '.join(names)}){fine}>"

    def __len__(self) -> int:
        return int(self.values.shape[0])

    def __getitem__(self, index: Any) -> "Explanation":
        """Return the explanation of some rows: a slice, a list of positions, or a mask."""
        keep = np.atleast_1d(np.arange(len(self))[index])

        def of(a: Any) -> Any:
            return None if a is None else a[keep]

        return replace(
            self,
            values=of(self.values),
            base=of(self.base),
            prediction=of(self.prediction),
            stderr=of(self.stderr),
            degrees=of(self.degrees),
            converged=of(self.converged),
            data=of(self.data),
            rows=tuple(self.rows[i] for i in keep),
            detail={k: v if k in OF_ALL else v[keep] for k, v in self.detail.items()},
        )

    @property
    def residual(self) -> Floats:
        """Completeness: prediction − base − sum of the values; float array `(rows, outputs)`."""
        axes = tuple(range(1, self.values.ndim - 1))
        return np.asarray(self.prediction - self.base - self.values.sum(axis=axes))

    @property
    def alternatives(self) -> tuple[tuple[Alternative, ...], ...]:
        """The ways in which each row would have been accepted, of the engine `counterfactual`; the best first."""
        return alternatives(self)

    def margin(self, level: float = 0.95) -> Floats | None:
        """Return half the width of the interval of each value, float array like `values`; None without errors.

        Whoever draws or tests a value uses this margin: it knows how many draws the standard error rests on.
        """
        if self.stderr is None:
            return None
        quantile = plugin.function("xaikit.stats.studentised", "quantile")(self.degrees, level)
        return np.asarray(quantile * self.stderr)

    def to_frame(self) -> Any:
        """Return a pandas frame, one line a row × feature × output, with value, standard error and 95 % limits."""
        return plugin.function("xaikit.io.frames", "explanation_frame")(self)

    def to_shap(self) -> Any:
        """Return a `shap.Explanation` that draws in `shap.plots`, with 95 % bounds where there are errors."""
        return plugin.function("xaikit.compute.interop", "to_shap")(self)

    def plot(self, kind: str, *, row: int | None = None, output: int | str | None = None) -> Any:
        """Return a plot, which a notebook shows and `.save(path)` writes as .html or .svg.

        Parameters
        ----------
        kind : {"waterfall", "beeswarm", "bar", "overlay", "highlight"}
            Which; each has a method of its own.
        row : int, optional
            Which row, for plots of one.
        output : int or str, optional
            Which output, by position or name; the last by default.

        Raises
        ------
        DataError
            When the plot does not fit what was explained; the message names those that do.
        """
        return plugin.function("xaikit.report.plots", "plot")(self, kind, row, output)

    def waterfall(self, row: int = 0, output: int | str | None = None) -> Any:
        """Return the way from the base to one row's prediction, feature by feature, with 95 % intervals."""
        return self.plot("waterfall", row=row, output=output)

    def beeswarm(self, output: int | str | None = None) -> Any:
        """Return the values of every row, one dot each, coloured by the feature's own value."""
        return self.plot("beeswarm", output=output)

    def bar(self, row: int | None = None, output: int | str | None = None) -> Any:
        """Return bars with 95 % intervals: the mean absolute value of each feature, or the values of one row."""
        return self.plot("bar", row=row, output=output)

    def overlay(self, row: int = 0, output: int | str | None = None) -> Any:
        """Return the values laid over a picture (or the channels of a series), blue up and orange down."""
        return self.plot("overlay", row=row, output=output)

    def highlight(self, row: int = 0, output: int | str | None = None) -> Any:
        """Return a text with its words marked by what they did to the output, of the engine `words`."""
        return self.plot("highlight", row=row, output=output)

    def save(self, path: str | Path) -> None:
        """Write to one `.npz` file without pickle; the file is whole or absent."""
        plugin.function("xaikit.io.store", "save_explanation")(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> "Explanation":
        """Read what `save` wrote. Nothing is executed."""
        loaded: Explanation = plugin.function("xaikit.io.store", "load_explanation")(Path(path))
        return loaded

    def _repr_html_(self) -> str:
        html: str = plugin.function("xaikit.report.notebook", "explanation_html")(self)
        return html


def _shaped(where: str, array: Any, shape: tuple[int, ...], needed: bool) -> None:
    if array is None and needed:
        raise DataError(where, "none", f"an array of shape {shape}")
    if array is not None and array.shape != shape:
        raise DataError(where, f"shape {array.shape}", f"{shape}")
