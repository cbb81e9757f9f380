"""Models made of models: one after the other, and the error with which a model rebuilds its own input.

With these, an autoencoder, a generative net or a pipeline is explained by the same engines as any other model.
"""

from typing import Any

import numpy as np

from xaikit.compute.batches import as_array
from xaikit.core.errors import ModelError
from xaikit.core.model import Array, Differentiable, Model, ModelCard


class Composed:
    """`second(first(batch))` as one black box: a generator and a classifier, an encoder and a probe.

    Parameters
    ----------
    first, second : Model
        The answer of the first is the batch of the second.
    """

    takes_frames = False

    def __init__(self, first: Model, second: Model) -> None:
        self.first, self.second = first, second
        name = f"{second.card.name} of {first.card.name}"
        warnings = (*first.card.warnings, *second.card.warnings)
        hashes = " ".join(f"{c.name}: {c.sha256}" for c in (first.card, second.card))
        self.card = ModelCard(name, "composed", second.card.output_names, None, warnings, {"sha256": hashes})

    def predict(self, batch: Any) -> Array:
        """Return the scores of the second model, float64 `(n, outputs)`."""
        return self.second.predict(self.first.predict(batch))


class DifferentiableComposed(Composed):
    """Two nets in a row, differentiated through both; shapes between them are kept."""

    first: Differentiable
    second: Differentiable

    @property
    def device(self) -> Any:
        """Of the first."""
        return self.first.device

    def forward(self, batch: Any) -> Any:
        """Return the outputs of the second net with the graph kept."""
        return self.second.forward(self.first.forward(batch))

    def predict(self, batch: Any) -> Array:
        """Return the scores of the second net, float64 `(n, outputs)`."""
        outputs = as_array(self.forward(batch))
        return np.asarray(outputs.reshape(len(outputs), -1), dtype=np.float64)


class ReconstructionError:
    """How badly an autoencoder rebuilds each row: the mean squared error, as a model of one output.

    Parameters
    ----------
    model : Model
        Gives back what it is given: as many outputs as its rows have values.

    Raises
    ------
    ModelError
        On `predict`, when the answer has another size than the input.
    """

    takes_frames = False

    def __init__(self, model: Model) -> None:
        self.model = model
        card = model.card
        self.card = ModelCard(
            f"reconstruction error of {card.name}",
            card.adapter,
            ("reconstruction error",),
            card.sha256,
            card.warnings,
            card.detail,
        )

    def predict(self, batch: Any) -> Array:
        """Return the mean squared error of each row, float64 `(n, 1)`."""
        rebuilt = self.model.predict(batch)
        given = as_array(batch).reshape(len(rebuilt), -1).astype(np.float64)
        if given.shape != rebuilt.shape:
            got = f"{rebuilt.shape[1]} outputs for rows of {given.shape[1]} values"
            raise ModelError(f"model '{self.model.card.name}'", got, "an autoencoder: as many as it is given")
        return np.asarray(((rebuilt - given) ** 2).mean(axis=1, keepdims=True))


class DifferentiableReconstructionError(ReconstructionError):
    """The same, with the graph kept."""

    model: Differentiable

    @property
    def device(self) -> Any:
        """Of the autoencoder."""
        return self.model.device

    def forward(self, batch: Any) -> Any:
        """Return the mean squared error of each row of a tensor, `(n, 1)`."""
        difference = (self.model.forward(batch) - batch).reshape(len(batch), -1)
        return (difference**2).mean(1, keepdim=True)


def composed(first: Model, second: Model) -> Composed:
    """Return one model of two, differentiable when both are."""
    both = isinstance(first, Differentiable) and isinstance(second, Differentiable)
    return (DifferentiableComposed if both else Composed)(first, second)


def reconstruction_error(model: Model) -> ReconstructionError:
    """Return the reconstruction error of an autoencoder, differentiable when it is."""
    kind = DifferentiableReconstructionError if isinstance(model, Differentiable) else ReconstructionError
    return kind(model)
