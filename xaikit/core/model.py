"""The black box, and the richer things that some black boxes can also do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Batch = Any  # array, tensor, pandas table, or list of texts or images: as the model takes it


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known of a model before it is asked anything.

    Parameters
    ----------
    name : str
        For people.
    adapter : str
        The adapter that opened it.
    output_names : tuple of str
        One name an output column of `predict`; empty when not known before the first answer.
    sha256 : str or None
        Of the artefact on disk or of the weights; None where neither exists (a callable).
    warnings : tuple of str
        What a reader of the report must know, for example that code was executed to open the file.
    detail : mapping
        Anything else worth printing: architecture, number of parameters, path.
    """

    name: str
    adapter: str
    output_names: tuple[str, ...] = ()
    sha256: str | None = None
    warnings: tuple[str, ...] = ()
    detail: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Model(Protocol):
    """A black box. `predict` is all it must do."""

    @property
    def card(self) -> ModelCard:
        """The model's card."""
        ...

    def predict(self, batch: Batch) -> Array:
        """Return the scores of a batch, float array `(n, outputs)`; never a NaN, never another shape."""
        ...


@runtime_checkable
class Differentiable(Model, Protocol):
    """A model whose outputs can be differentiated by torch."""

    @property
    def device(self) -> Any:
        """The torch device on which the parameters lie."""
        ...

    def forward(self, batch: Any) -> Any:
        """Return the outputs of a tensor batch, `(n, …)`, with the graph kept."""
        ...


@runtime_checkable
class Layered(Differentiable, Protocol):
    """A differentiable model whose inner layers have names."""

    @property
    def module(self) -> Any:
        """The `torch.nn.Module` itself."""
        ...

    def layers(self) -> Mapping[str, Any]:
        """Return the named inner modules, in order of definition."""
        ...


@runtime_checkable
class TreeEnsemble(Model, Protocol):
    """A sum of decision trees, as TreeSHAP takes them."""

    def trees(self) -> Any:
        """Return the object that `shap.TreeExplainer` accepts."""
        ...


@runtime_checkable
class Tokenized(Model, Protocol):
    """A model that reads text through a tokenizer."""

    def tokens(self, text: str) -> tuple[str, ...]:
        """Return the tokens of a text, in order."""
        ...


@runtime_checkable
class Embedded(Tokenized, Differentiable, Protocol):
    """A net that reads texts, and can be asked about the embeddings of their tokens."""

    def embed(self, text: str) -> Any:
        """Return the input embeddings of a text, float tensor `(1, tokens, width)`."""
        ...

    def absent(self) -> Any:
        """Return the embedding of a token that says nothing, float tensor `(width,)`."""
        ...

    def spans(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return where each token begins and ends in the text, the end excluded; (0, 0) for special ones."""
        ...


@runtime_checkable
class Trained(Model, Protocol):
    """A model whose weights lie in a torch module, whatever it reads."""

    @property
    def module(self) -> Any:
        """The `torch.nn.Module` itself."""
        ...
