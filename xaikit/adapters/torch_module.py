"""A torch module: live, or from a state dict, safetensors, a `.pt2`, TorchScript or (with trust) a pickle."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch

from xaikit.compute import artefacts
from xaikit.compute.answers import answers
from xaikit.compute.devices import resolve
from xaikit.compute.module_modes import OwnBuffers, differentiable_rnn, evaluating, evaluation, own_randomness
from xaikit.compute.module_outputs import chosen, seen
from xaikit.compute.torch_files import Factory, opened
from xaikit.core.errors import DataError, ModelError, shown
from xaikit.core.model import Array, ModelCard

KINDS = ("torch_program", "torch_script", "torch_zip", "torch_legacy", "safetensors")
Activation = Literal["none", "sigmoid", "softmax"]
ACTIVATIONS: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "none": lambda y: y,
    "sigmoid": torch.sigmoid,
    "softmax": lambda y: torch.softmax(y, dim=1),
}


class TorchModule:
    """A torch module as a black box with gradients and named layers.

    Parameters
    ----------
    module : torch.nn.Module
        Stays where it is; its training flags, and buffers that it writes itself, are put back after every call.
    name : str, optional
        For people; the class name by default.
    outputs : sequence of str, optional
        Names of the outputs.
    part : int or str, optional
        Which part to take when the module returns a tuple, a mapping or a dataclass of several.
    activation : {"none", "sigmoid", "softmax"}
        Applied to the module's output, for nets that return logits.
    dtype : str, optional
        Of the input, for example "int64"; by default that of the weights, and int64 where the first layer is an
        embedding.
    exact_batch : int, optional
        The module takes this number of rows, no other.
    card : ModelCard, optional
        Of the file that the module comes from.

    Examples
    --------
    >>> model = TorchModule(torch.nn.Linear(3, 2))
    >>> model.predict(np.zeros((4, 3))).shape
    (4, 2)
    """

    takes_frames = False

    def __init__(
        self,
        module: torch.nn.Module,
        *,
        name: str | None = None,
        outputs: Sequence[str] = (),
        part: int | str | None = None,
        activation: Activation = "none",
        dtype: str | None = None,
        exact_batch: int | None = None,
        card: ModelCard | None = None,
    ) -> None:
        seen(module)
        self.module, self._buffers = module, OwnBuffers()
        self._part, self._exact = part, exact_batch
        self._activation = ACTIVATIONS[activation]
        self._dtype = _dtype(module, dtype)
        self._calls = 0
        self.card = card or ModelCard(
            name or type(module).__name__, "torch_module", tuple(outputs), weights_sha256(module), (), _facts(module)
        )

    @property
    def device(self) -> torch.device:
        """The device of the first parameter, or the CPU."""
        first: torch.Tensor | None = next(self.module.parameters(), None)
        first = next(self.module.buffers(), None) if first is None else first
        return torch.device("cpu") if first is None else first.device

    @property
    def dtype(self) -> torch.dtype:
        """The type that inputs are given in, unless they are whole numbers."""
        return self._dtype

    def layers(self) -> Mapping[str, torch.nn.Module]:
        """Return the named inner modules, in order of definition."""
        return {name: layer for name, layer in self.module.named_modules() if name}

    def forward(self, batch: Any) -> torch.Tensor:
        """Return the outputs of a batch with the graph kept, `(n, …)`, computed in evaluation mode.

        The module is given a copy, so that it may compute in place; random numbers are drawn as in `predict`.

        Raises
        ------
        ModelError
            When the module returns several things and `part` does not choose one.
        """
        self._calls += 1
        tensor = self._tensor(batch)
        tensor = tensor.clone() if tensor is batch else tensor
        with (
            evaluating(self.module),
            own_randomness(self.device, self._calls),
            self._buffers.kept(self.module),
            differentiable_rnn(self.module, tensor),
        ):
            return self._activation(self._in_exact_batches(tensor))

    @contextmanager
    def answering(self) -> Iterator[Callable[[torch.Tensor], torch.Tensor]]:
        """Yield `forward` for many calls without gradients: modes are set once, and one stream of random numbers.

        The rows are given as they are: a caller that still needs them must not be asked by a module that computes in
        place.
        """
        if type(self).forward is not TorchModule.forward:
            yield self.forward
            return
        self._calls += 1
        device = self.device
        with (
            torch.inference_mode(),
            evaluating(self.module),
            own_randomness(device, self._calls),
            self._buffers.kept(self.module),
        ):

            def answer(rows: torch.Tensor) -> torch.Tensor:
                ready = rows if rows.dtype == self._dtype and rows.device == device else self._tensor(rows)
                return self._activation(self._in_exact_batches(ready))

            yield answer

    def predict(self, batch: Any) -> Array:
        """Return the scores of a batch, float64 `(n, outputs)`.

        A module that draws random numbers draws them from a stream of its own, another at every call.

        Raises
        ------
        ModelError
            When the module raises (with the rows), or answers with NaN or another number of rows.
        """
        self._calls += 1
        where = f"model {shown(self.card.name)}"
        with (
            torch.inference_mode(),
            evaluating(self.module),
            own_randomness(self.device, self._calls),
            self._buffers.kept(self.module),
        ):
            return answers(self._answer, batch, where, exact=self._exact)

    def _answer(self, rows: Any) -> torch.Tensor:
        return self._activation(self._chosen(self.module(self._tensor(rows))))

    def _in_exact_batches(self, tensor: torch.Tensor) -> torch.Tensor:
        size = self._exact
        if size is None or len(tensor) == size:
            return self._chosen(self.module(tensor))
        outputs = []
        for part in torch.split(tensor, size):
            full = (
                part if len(part) == size else torch.cat([part, part[-1:].expand(size - len(part), *part.shape[1:])])
            )
            outputs.append(self._chosen(self.module(full))[: len(part)])
        return torch.cat(outputs)

    def _tensor(self, rows: Any) -> torch.Tensor:
        if isinstance(rows, torch.Tensor):
            keep = not rows.is_floating_point() or not self._dtype.is_floating_point
            return rows.to(self.device) if keep else rows.to(self.device, self._dtype)
        if isinstance(rows, list | tuple) and rows and isinstance(rows[0], torch.Tensor):
            return self._tensor(torch.stack(list(rows)))
        try:
            values = rows.to_numpy(dtype=np.float64) if isinstance(rows, pd.DataFrame) else np.asarray(rows)
            return torch.tensor(np.array(values, order="C"), dtype=self._dtype, device=self.device)
        except (ValueError, TypeError) as error:
            raise DataError("inputs of a torch module", shown(str(error), 200), "numbers") from None

    def _chosen(self, output: Any) -> torch.Tensor:
        return chosen(output, self._part, f"model {shown(self.card.name)}")


def load(
    *,
    path: Path,
    factory: str | None = None,
    arguments: dict[str, Any] | None = None,
    trust: bool | str = False,
    outputs: list[str] | None = None,
    part: int | str | None = None,
    activation: Activation = "none",
    dtype: str | None = None,
    device: str = "auto",
) -> TorchModule:
    """Open a torch file as a model.

    Parameters
    ----------
    path : Path
        State dict or safetensors (with `factory`), `.pt2`, TorchScript, or a whole pickled module (with `trust`).
    factory, arguments : str, dict
        What builds the architecture: `package.module:Class` or `file.py:Class` beside the model, and its arguments.
    trust : bool or str
        True or "sha256:…": execute the code in the file.
    outputs, part, activation, dtype
        As in `TorchModule`.
    device : str
        "auto", "cpu", "cuda", "cuda:1" or "mps".

    Raises
    ------
    ModelError, TrustError, SpecError
        When the file is not torch's, would execute code without trust, or does not fit the factory.
    """
    artefact = artefacts.read(Path(path))
    found = opened(artefact, Factory(factory, arguments or {}), trust)
    module = found.on(resolve(device))
    card = ModelCard(
        artefact.path.name,
        "torch_module",
        tuple(outputs or ()),
        artefact.sha256,
        found.warnings,
        {**_facts(module), "form": found.form, "path": artefact.path.name},
    )
    model = TorchModule(
        module, part=part, activation=activation, dtype=dtype, exact_batch=found.exact_batch, card=card
    )
    evaluation(module)
    return model


def recognises(path: Path) -> bool:
    """Return whether a file holds what torch saves."""
    return artefacts.kind_at(path) in KINDS


def weights_sha256(module: torch.nn.Module) -> str | None:
    """Return the SHA-256 of the names, types, shapes and values of a module's weights, or None without any."""
    state = module.state_dict()
    if not state:
        return None
    sha = hashlib.sha256()
    for name in sorted(state):
        value = state[name]
        sha.update(f"{name} {getattr(value, 'dtype', '')} {tuple(getattr(value, 'shape', ()))}\n".encode())
        if isinstance(value, torch.Tensor):
            flat = value.detach().cpu().contiguous().reshape(-1)
            sha.update(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"")
    return sha.hexdigest()


def _dtype(module: torch.nn.Module, asked: str | None) -> torch.dtype:
    if asked is not None:
        found = getattr(torch, asked, None)
        if not isinstance(found, torch.dtype):
            raise ModelError("model.dtype", shown(asked), "a torch type such as float32 or int64")
        return found
    leaves = [m for m in module.modules() if next(m.parameters(recurse=False), None) is not None]
    if leaves and isinstance(leaves[0], torch.nn.Embedding | torch.nn.EmbeddingBag):
        return torch.int64
    kinds = (p.dtype for p in module.parameters() if p.is_floating_point())
    return next(kinds, torch.float32)


def _facts(module: torch.nn.Module) -> dict[str, str]:
    count = sum(p.numel() for p in module.parameters())
    return {"architecture": getattr(module, "original_name", type(module).__name__), "parameters": f"{count:,}"}
