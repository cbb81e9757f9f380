"""One model and its way of being explained, with the faces that users of captum and of shap know."""

from typing import Any

import numpy as np

from xaikit.auditing.explaining import explain
from xaikit.compute.batches import is_tensor, take
from xaikit.core import plugin
from xaikit.core.errors import DataError, SpecError
from xaikit.core.explanation import Explanation

PAIRED = frozenset({"integrated_gradients", "deep_lift", "occlusion", "shapley"})
"""Engines whose namesakes in captum give each row a baseline of its own; the others draw from all of them."""


class Explainer:
    """A model, an engine and its parameters, bound together.

    Parameters
    ----------
    predict_or_model : object
        As for `xaikit.explain`.
    engine : str
        Which engine.
    background : array, tensor or table, optional
        What absent features are drawn from, for calls that give none.
    **parameters
        Of `xaikit.explain` and of the engine.

    Examples
    --------
    >>> import numpy as np
    >>> explainer = Explainer(lambda x: x @ [2.0, 1.0])
    >>> explainer.attribute(np.array([[1.0, 3.0]]), baselines=0.0).tolist()
    [[2.0, 3.0]]
    >>> explainer(np.array([[1.0, 3.0]]), background=np.zeros((1, 2))).values.shape
    (1, 2, 1)
    """

    def __init__(
        self, predict_or_model: Any, engine: str = "shapley", *, background: Any = None, **parameters: Any
    ) -> None:
        self.model, self.engine, self.background, self.parameters = predict_or_model, engine, background, parameters

    def __call__(self, X: Any, **parameters: Any) -> Explanation:
        """Return the explanation of rows, as `xaikit.explain` does."""
        given = {"background": self.background, **self.parameters, **parameters}
        return explain(self.model, X, engine=self.engine, **given)

    def attribute(
        self,
        inputs: Any,
        baselines: Any = None,
        target: Any = None,
        *,
        return_convergence_delta: bool = False,
        **parameters: Any,
    ) -> Any:
        """Return the attribution values alone, like the inputs, as captum's `attribute` does.

        Parameters
        ----------
        inputs : array or tensor, shape (rows, …)
            What to explain.
        baselines : array, tensor or number, optional
            One row, or one number for all features. As many rows as `inputs` are a baseline for each, row by row, as
            in captum's IntegratedGradients, DeepLift, Occlusion and ShapleyValueSampling; for engine "gradient_shap",
            and in any other number, they are a background, over which values are averaged. Zero by default, as in
            captum, unless the explainer has a background, which is never taken row by row.
        target : Target, int, str, callable, or sequence of int, optional
            Which output; needed where the model has several. One a row, or one for all.
        return_convergence_delta : bool
            Return also what each row's values miss of prediction − base, shape (rows,).

        Raises
        ------
        SpecError
            When the model has several outputs and no target says which.
        """
        if isinstance(inputs, tuple):
            raise DataError("inputs", f"a tuple of {len(inputs)}", "one array or tensor")
        behind = _behind(inputs, self.background if baselines is None else baselines)
        wanted: Any = "all" if target is None else target
        if is_tensor(target) and target.numel() == 1:
            wanted = int(target)
        if baselines is not None and self.engine in PAIRED and np.shape(behind) == np.shape(inputs):
            each = [(take(inputs, [i]), take(behind, [i]), _of_row(wanted, i)) for i in range(len(inputs))]
        else:
            each = [(inputs, behind, wanted)]
        found = [self(rows, background=b, target=aim, **parameters) for rows, b, aim in each]
        if found[0].values.shape[-1] > 1:
            raise SpecError("target", "none", f"one of the {found[0].values.shape[-1]} outputs of the model")
        values = np.concatenate([part.values[..., 0] for part in found])
        delta = np.concatenate([-part.residual[:, 0] for part in found])
        if is_tensor(inputs):
            make = plugin.function("torch", "as_tensor")
            kind = inputs.dtype if inputs.is_floating_point() else None
            values, delta = (make(v).to(kind).to(inputs.device) for v in (values, delta))
        return (values, delta) if return_convergence_delta else values


def _of_row(target: Any, row: int) -> Any:
    return [target[row]] if np.ndim(target) == 1 and len(target) > row else target


def _behind(inputs: Any, baselines: Any) -> Any:
    if baselines is None or np.ndim(baselines) == 0:
        return inputs[:1] * 0 + (baselines.item() if hasattr(baselines, "item") else baselines or 0)
    if getattr(baselines, "ndim", 2) == np.ndim(inputs) - 1:
        return baselines[None]
    return baselines
